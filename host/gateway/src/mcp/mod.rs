//! The MCP surface: both eras of the protocol on one endpoint, and over stdio.
//!
//! The modern era (2026-07-28) has no sessions: every request says which version it speaks. The legacy era (2024-11-05 to
//! 2025-11-25) begins with `initialize`; it is served without sessions too, so no request needs to reach the process that
//! saw an earlier one. `rmcp` speaks the protocol; what is here translates between it and the door.
//!
//! Nothing is shared between two requests but the gateway itself, the log levels that legacy principals asked for, and a
//! count of open streams: a handler lives for one request, so an answer can't reach another client however their
//! JSON-RPC ids collide.
//!
//! What legacy clients over HTTP don't have, because there are no sessions: replay of missed events by `Last-Event-ID`,
//! and a log level of their own (it is remembered for their principal, in this process, for an hour). Changes of the tool
//! list do reach them, on the stream of `GET`.

mod answer;
mod calls;
mod changes;
mod direct;
mod endpoint;
mod handler;
mod levels;
mod listing;
mod progress;
mod stdio;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use rmcp::model::{Implementation, MetaObject, ProtocolVersion};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::{Gateway, hosts};
use levels::Levels;

pub use stdio::{StdioError, converse, stdio};

/// Most streams that wait for changes at the same time. Each costs a connection and a few KiB; more listeners than this
/// are a fault or a flood.
const MOST_STREAMS: usize = 512;

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
    streams: Arc<Semaphore>,
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
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
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

/// Whether a request is of the era without `initialize`.
fn is_modern(version: Option<&ProtocolVersion>) -> bool {
    version.is_some_and(|version| !version.has_initialize())
}
