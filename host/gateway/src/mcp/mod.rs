//! The MCP surface: both eras of the protocol on one endpoint, over stdio, and for the oldest clients over HTTP+SSE.
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
mod instructions;
mod levels;
mod listing;
mod progress;
mod proxy;
mod security_schemes;
mod sessions;
mod shared;
mod sse;
mod standing;
mod stdio;
mod version;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};

use crate::Gateway;
use shared::Shared;

pub(crate) use proxy::router as proxy;

pub use stdio::{StdioError, converse, stdio};

/// The endpoint, at `/mcp`, and the transport before it, at `/sse` and `/messages`. It belongs behind [`trace::observe`](crate::trace::observe) and
/// [`authenticate`](crate::authentication::authenticate), which puts the `Arc<Principal>` into each request's extensions;
/// without a principal every request is refused.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    let shared = Arc::new(Shared::new(gateway));
    let older = Router::new()
        .route("/sse", get(sse::listen))
        .route("/messages", post(sse::say))
        .with_state(sse::Conversations::new(Arc::clone(&shared)));
    Router::new().route("/mcp", any(endpoint::serve)).with_state(endpoint::Endpoint::new(shared)).merge(older)
}
