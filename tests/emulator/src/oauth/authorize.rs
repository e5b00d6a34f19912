//! The authorization page, and the person in front of it.

use serde_json::{Map, Value};

use super::answered::{Answered, Denied, denied};
use crate::check::query_string;
use crate::errors::invalid;
use crate::gate::Gate;
use crate::incoming::Incoming;
use crate::json::Peek;

const PARAMETERS: [&str; 5] = ["client_id", "redirect_uri", "response_type", "owner", "state"];

/// Sends the browser back at once, as if the person had answered. A request whose client or address is wrong isn't
/// sent back: nobody knows where to.
pub(super) fn authorize(gate: &Gate, incoming: &Incoming) -> Result<Answered, Denied> {
    let query = parameters(&incoming.query)?;
    let text = |key: &str| query.text(key).unwrap_or_default();
    let app = &gate.options.oauth;
    if text("client_id") != app.client_id {
        return Err(denied(400, "invalid_client", "The client_id is unknown."));
    }
    let redirect_uri = text("redirect_uri");
    if !is_registered(redirect_uri, &app.redirect_uris) {
        return Err(denied(400, "invalid_request", "The redirect_uri is not one of the integration's."));
    }
    if text("response_type") != "code" || text("owner") != "user" {
        return Err(denied(400, "invalid_request", "response_type must be code, and owner must be user."));
    }
    let mut state = gate.state.lock();
    let now = state.clock.now();
    let (key, value) = if state.oauth.consent.agrees {
        ("code", state.oauth.code(redirect_uri, now))
    } else {
        ("error", "access_denied".to_owned())
    };
    let first = if redirect_uri.contains('?') { '&' } else { '?' };
    let mut location = format!("{redirect_uri}{first}{key}={value}");
    if let Some(state) = query.text("state") {
        location.push_str(&format!("&state={}", encoded(state)));
    }
    Ok(Answered::Redirect(location))
}

/// Each key once; the values as they were sent, since an opaque state that looks like a number is none.
fn parameters(raw: &str) -> Result<Map<String, Value>, Denied> {
    let mut found = Map::new();
    for part in raw.split('&').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let key = query_string::decode(key);
        let is_known = PARAMETERS.contains(&key.as_str());
        if !is_known || found.insert(key, Value::from(query_string::decode(value))).is_some() {
            return Err(invalid("The query has a key that is unknown or comes twice.").into());
        }
    }
    Ok(found)
}

fn is_registered(address: &str, registered: &[String]) -> bool {
    const THIS_MACHINE: [&str; 3] = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    if !registered.is_empty() {
        return registered.iter().any(|known| known == address);
    }
    !address.contains('#')
        && THIS_MACHINE.iter().any(|host| {
            address.strip_prefix(host).is_some_and(|rest| rest.starts_with('/') || rest.starts_with(':'))
        })
}

/// Percent-encoding of everything but letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
