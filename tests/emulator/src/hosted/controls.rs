//! `/_emulator/hosted…`: what a test does to the hosted server by request.

use serde_json::{Value, json};

use super::settings::{HostedConsent, HostedSettings};
use crate::gate::Gate;

/// Answers a control, by what follows `hosted` in its path; none when there is no such control.
pub(crate) fn answer(gate: &Gate, method: &str, control: &str, body: Value) -> Option<Result<Value, String>> {
    let outcome = match (method, control) {
        ("GET", "") => {
            let state = gate.state.lock();
            Ok(json!({ "settings": state.hosted.settings, "consent": state.hosted.consent }))
        }
        ("POST", "") => set(gate, body),
        ("POST", "/consent") => consent(gate, body),
        ("POST", "/expire") => Ok(json!({ "expired": expire(gate) })),
        ("POST", "/revoke") => Ok(json!({ "revoked": revoke(gate) })),
        ("DELETE", "/sessions") => Ok(json!({ "forgotten": forget_sessions(gate) })),
        ("GET", "/tokens") => Ok(json!(gate.state.lock().hosted.token_requests)),
        ("GET", "/trail") => Ok(json!(gate.state.lock().hosted.trail.exchanges())),
        ("DELETE", "/trail") => {
            gate.state.lock().hosted.trail.clear();
            Ok(json!({}))
        }
        _ => return None,
    };
    Some(outcome)
}

fn set(gate: &Gate, body: Value) -> Result<Value, String> {
    let settings: HostedSettings =
        serde_json::from_value(body).map_err(|error| format!("Not settings: {error}."))?;
    gate.state.lock().hosted.set(settings.clone());
    Ok(json!(settings))
}

fn consent(gate: &Gate, body: Value) -> Result<Value, String> {
    let consent: HostedConsent =
        serde_json::from_value(body).map_err(|error| format!("Not a consent: {error}."))?;
    gate.state.lock().hosted.consent = consent.clone();
    Ok(json!(consent))
}

pub(super) fn expire(gate: &Gate) -> usize {
    let mut state = gate.state.lock();
    let now = state.clock.now();
    state.hosted.grants.expire(now)
}

pub(super) fn revoke(gate: &Gate) -> usize {
    gate.state.lock().hosted.grants.end_all()
}

pub(super) fn forget_sessions(gate: &Gate) -> usize {
    gate.state.lock().hosted.sessions.forget()
}
