//! OAuth for public integrations: what is below `/v1/oauth/`.
//!
//! The person who would read Notion's page and choose a workspace is played by a [`Consent`]. Where Notion's behaviour
//! isn't known, the stricter one is taken: every parameter is required, a code and a refresh token work once, one that
//! comes a second time ends the whole grant, and a new pair makes the old one worthless at once.

mod authorize;
pub(crate) mod grants;
mod token;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::errors::{Refusal, invalid_url};
use crate::faults::FaultKind;
use crate::gate::{Gate, Incoming, Reply, disguised, early_refusal, json_reply, refused};
use crate::json::put;

/// A public integration, as its owner registered it with Notion.
#[derive(Clone, Debug, PartialEq)]
pub struct OAuthApp {
    /// Its public name in requests.
    pub client_id: String,
    /// What proves that a request is the integration's own.
    pub client_secret: String,
    /// Where people may be sent back to, exactly. With none, any `http` address of this machine will do: a test host
    /// doesn't know its port before it starts.
    pub redirect_uris: Vec<String>,
}

impl Default for OAuthApp {
    fn default() -> OAuthApp {
        OAuthApp {
            client_id: "emulator-client".to_owned(),
            client_secret: "secret_emulator_client".to_owned(),
            redirect_uris: Vec::new(),
        }
    }
}

/// What the person does at the authorization page.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// Whether they agree; else they are sent back with `access_denied`.
    pub agrees: bool,
    /// The workspace that they choose, by name. Each has an id and a bot of its own, and all have the same content.
    pub workspace: String,
}

impl Default for Consent {
    fn default() -> Consent {
        Consent { agrees: true, workspace: "Toolbay".to_owned() }
    }
}

/// What an operation of OAuth answers when it works.
enum Answered {
    /// The browser goes on.
    Redirect(String),
    Body(Value),
}

/// What it answers when it doesn't: the OAuth shape, or Notion's own.
enum Denied {
    OAuth { status: u16, error: &'static str, description: &'static str },
    Notion(Refusal),
}

fn denied(status: u16, error: &'static str, description: &'static str) -> Denied {
    Denied::OAuth { status, error, description }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Denied {
        Denied::Notion(refusal)
    }
}

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
