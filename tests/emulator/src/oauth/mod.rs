//! OAuth for public integrations: what is below `/v1/oauth/`.
//!
//! The person who would read Notion's page and choose a workspace is played by a [`Consent`]. Where Notion's behaviour
//! isn't known, the stricter one is taken: every parameter is required, a code and a refresh token work once, one that
//! comes a second time ends the whole grant, and a new pair makes the old one worthless at once.

mod answered;
mod app;
mod authorize;
mod consent;
pub(crate) mod grants;
mod token;

use serde_json::json;

use crate::errors::invalid_url;
use crate::faults::FaultKind;
use crate::gate::Gate;
use crate::incoming::Incoming;
use crate::json::put;
use crate::reply::{Reply, disguised, early_refusal, json_reply, refused};
use answered::{Answered, Denied};

pub use app::OAuthApp;
pub use consent::Consent;

/// Whether a path is one of these.
pub(crate) fn serves(path: &str) -> bool {
    path.starts_with("/v1/oauth/")
}

/// Answers a request, with the faults that wait for its route.
pub(crate) async fn answer(gate: &Gate, incoming: &Incoming, counted: &mut Option<String>) -> Reply {
    let request_id = gate.state.lock().request_ids.uuid();
    let run: fn(&Gate, &Incoming) -> Result<Answered, Denied> =
        match (incoming.method.as_str(), incoming.path.as_str()) {
            ("GET", "/v1/oauth/authorize") => authorize::authorize,
            ("POST", "/v1/oauth/token") => token::token,
            ("POST", "/v1/oauth/introspect") => token::introspect,
            ("POST", "/v1/oauth/revoke") => token::revoke,
            _ => return refused(&invalid_url(), &request_id),
        };
    let name = format!("{} {}", incoming.method, incoming.path);
    let fault = gate.state.lock().faults.take(&name);
    *counted = Some(name);
    match &fault {
        Some(FaultKind::Delay { delay_ms }) => {
            tokio::time::sleep(std::time::Duration::from_millis(*delay_ms)).await;
        }
        Some(FaultKind::DropBefore) => return Reply::Drop,
        _ => {}
    }
    if let Some(refusal) = early_refusal(fault.as_ref()) {
        return refused(&refusal, &request_id);
    }
    match run(gate, incoming) {
        Ok(Answered::Redirect(location)) => Reply::Answer {
            status: 302,
            content_type: "text/plain",
            headers: vec![("location", location)],
            body: Vec::new(),
        },
        Ok(Answered::Body(mut body)) => {
            put(&mut body, "request_id", json!(request_id));
            disguised(fault.as_ref(), 200, &body, None, &request_id)
        }
        Err(Denied::Notion(refusal)) => refused(&refusal, &request_id),
        Err(Denied::OAuth { status, error, description }) => {
            let body = json!({"error": error, "error_description": description, "request_id": request_id});
            json_reply(status, &body, &request_id, None)
        }
    }
}
