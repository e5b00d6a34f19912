//! What every request of the MCP surface stands on.

use std::sync::Arc;

use rmcp::model::{Implementation, MetaObject};
use serde::Serialize;
use serde_json::json;
use toolbay_kernel::PrincipalId;

use super::levels::Levels;
use super::sessions::Sessions;
use crate::Gateway;
use crate::slots::Slots;

/// Streams that wait for changes at the same time, in all. Each costs a connection and a few KiB, so that those who
/// listen leave most connections to those who call.
const MAX_LISTENERS: usize = 4_096;

/// Those of one principal: more are a fault or a flood, and must not take the places of others.
const MAX_LISTENERS_OF_ONE: usize = 512;

/// The member of a result's `_meta` that names the server.
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// What every request of this surface stands on.
pub(super) struct Shared {
    pub(super) gateway: Arc<Gateway>,
    pub(super) levels: Levels,
    pub(super) sessions: Arc<Sessions>,
    pub(super) listeners: Arc<Slots<PrincipalId>>,
    /// Who answers, as clients see it.
    pub(super) implementation: Implementation,
    /// The same as every modern result carries it.
    pub(super) identity: Identity,
}

impl Shared {
    pub(super) fn new(gateway: Arc<Gateway>) -> Self {
        let identity = Identity { name: "toolbay", title: "Toolbay", version: gateway.settings.version };
        let mut implementation = Implementation::new(identity.name, identity.version);
        implementation.title = Some(identity.title.to_owned());
        Self {
            levels: Levels::new(),
            sessions: Arc::default(),
            listeners: Slots::new(MAX_LISTENERS_OF_ONE, MAX_LISTENERS),
            identity,
            implementation,
            gateway,
        }
    }

    /// Names the server in a result of the library's, as the modern era wants it.
    pub(super) fn sign(&self, meta: &mut Option<MetaObject>) {
        meta.get_or_insert_default().insert(SERVER_INFO.to_owned(), json!(self.identity));
    }
}

/// Who answers, as the modern era names it in each result.
#[derive(Serialize)]
pub(super) struct Identity {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) version: &'static str,
}
