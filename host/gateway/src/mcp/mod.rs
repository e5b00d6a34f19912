//! The MCP surface: both eras of the protocol on one endpoint, and over stdio.
//!
//! The modern era (2026-07-28) has no sessions: every request says which version it speaks. The legacy era (2024-11-05 to
//! 2025-11-25) begins with `initialize`, which gives out the name of a session; nothing has to be kept for one, so no
//! request needs to reach the process that saw an earlier one. `rmcp` speaks the protocol; what is here translates between
//! it and the door.
//!
//! Nothing is shared between two requests but the gateway itself, the log levels that legacy principals asked for, what a
//! session has under way, and the places of those who listen: a handler lives for one request, so an answer can't reach
//! another client however their JSON-RPC ids collide.
//!
//! Stopping a call: a modern client closes its request; a legacy one sends `notifications/cancelled` in its session, or
//! closes its request too. Changes of the tool list reach legacy clients on the stream of `GET`.
//!
//! What legacy clients over HTTP don't have: replay of missed events by `Last-Event-ID`, and a log level of their own (it is
//! remembered for their principal, in this process, for an hour).

mod answer;
mod calls;
mod changes;
mod direct;
mod endpoint;
mod events;
mod handler;
mod levels;
mod listing;
mod progress;
mod sessions;
mod stdio;
mod version;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use rmcp::model::{Implementation, MetaObject};
use serde_json::{Value, json};
use toolbay_kernel::PrincipalId;

use crate::slots::Slots;
use crate::{Gateway, hosts};
use levels::Levels;
use sessions::Sessions;

pub use stdio::{StdioError, converse, stdio};

/// Streams that wait for changes at the same time, in all. Each costs a connection and a few KiB, so that those who
/// listen leave most connections to those who call.
const MAX_LISTENERS: usize = 4_096;

/// Those of one principal: more are a fault or a flood, and must not take the places of others.
const MAX_LISTENERS_OF_ONE: usize = 512;

/// The member of a result's `_meta` that names the server.
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// The endpoint, to be mounted at `/mcp` behind [`authenticate`](crate::authenticate), which puts the `Arc<Principal>`
/// into each request's extensions; without a principal every request is refused. It checks `Host` and `Origin` itself.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let own_hosts = from_fn_with_state(Arc::clone(&gateway), hosts::check);
    let endpoint = endpoint::Endpoint::new(Arc::new(Shared::new(gateway)));
    Router::new().route("/", any(endpoint::serve)).with_state(endpoint).layer(own_hosts)
}

/// What every request of this surface stands on.
struct Shared {
    gateway: Arc<Gateway>,
    levels: Levels,
    sessions: Arc<Sessions>,
    listeners: Arc<Slots<PrincipalId>>,
    /// Who answers, as clients see it.
    implementation: Implementation,
    /// The same as every modern result carries it.
    identity: Value,
}

impl Shared {
    fn new(gateway: Arc<Gateway>) -> Self {
        let mut implementation = Implementation::new("toolbay", gateway.settings.version);
        implementation.title = Some("Toolbay".to_owned());
        Self {
            levels: Levels::new(),
            sessions: Arc::default(),
            listeners: Slots::new(MAX_LISTENERS_OF_ONE, MAX_LISTENERS),
            identity: json!({
                "name": implementation.name,
                "title": implementation.title,
                "version": implementation.version,
            }),
            implementation,
            gateway,
        }
    }

    /// Names the server in a result, as the modern era wants it.
    fn sign(&self, meta: &mut Option<MetaObject>) {
        meta.get_or_insert_default().insert(SERVER_INFO.to_owned(), self.identity.clone());
    }
}
