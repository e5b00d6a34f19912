//! The three operations that the integration itself asks for, with its secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answered::{Answered, Denied, denied};
use super::app::OAuthApp;
use crate::check::{credential, json_body};
use crate::gate::Gate;
use crate::incoming::Incoming;
use crate::json::Peek;
use crate::model::{Touched, Workspace};
use crate::state::State;

/// Gives a pair of tokens for a code or for a refresh token.
pub(super) fn token(gate: &Gate, incoming: &Incoming) -> Result<Answered, Denied> {
    let body = asked(gate, incoming)?;
    match body.text("grant_type") {
        Some("authorization_code") => {
            check_members(&body, &["grant_type", "code", "redirect_uri"], &["external_account"])?;
            let (code, address) = (body.text("code"), body.text("redirect_uri"));
            let (Some(code), Some(address)) = (code, address) else {
                return Err(denied(400, "invalid_request", "code and redirect_uri must be strings."));
            };
            changed(gate, |state, workspace| {
                let now = state.clock.now();
                let place = state.oauth.redeem(code, address, now);
                place.map(|place| state.oauth.issue(place, workspace, now))
            })
        }
        Some("refresh_token") => {
            check_members(&body, &["grant_type", "refresh_token"], &[])?;
            let Some(refresh_token) = body.text("refresh_token") else {
                return Err(denied(400, "invalid_request", "refresh_token must be a string."));
            };
            changed(gate, |state, workspace| {
                let now = state.clock.now();
                let place = state.oauth.renewable(refresh_token, workspace);
                place.map(|place| state.oauth.issue(place, workspace, now))
            })
        }
        _ => Err(denied(
            400,
            "unsupported_grant_type",
            "grant_type must be authorization_code or refresh_token.",
        )),
    }
}

/// Whether a token works.
pub(super) fn introspect(gate: &Gate, incoming: &Incoming) -> Result<Answered, Denied> {
    let token = asked_about(gate, incoming)?;
    Ok(Answered::Body(match gate.state.lock().oauth.issued(&token) {
        Some(issued) => json!({"active": true, "iat": issued.unix_timestamp()}),
        None => json!({"active": false}),
    }))
}

/// Makes a token, and whatever was given with it, worthless. As the standard has it, one that is worthless already is
/// no error.
pub(super) fn revoke(gate: &Gate, incoming: &Incoming) -> Result<Answered, Denied> {
    let token = asked_about(gate, incoming)?;
    changed(gate, |state, workspace| {
        state.oauth.revoke(&token, workspace);
        Some(json!({}))
    })
}

/// Runs something that changes which tokens work; none of it is a code or refresh token that isn't good.
fn changed(
    gate: &Gate,
    change: impl FnOnce(&mut State, &mut Workspace) -> Option<Value>,
) -> Result<Answered, Denied> {
    let mut state = gate.state.lock();
    let mut workspace = (*state.workspace).clone();
    let answer = change(&mut state, &mut workspace);
    workspace.touched = Touched::default();
    state.commit(workspace);
    answer
        .map(Answered::Body)
        .ok_or_else(|| denied(400, "invalid_grant", "The code or refresh token is invalid, expired or used."))
}

/// The body of a request that the integration itself made.
fn asked(gate: &Gate, incoming: &Incoming) -> Result<Value, Denied> {
    if !is_own(incoming.authorization.as_deref(), &gate.options.oauth) {
        return Err(denied(401, "invalid_client", "Client authentication failed."));
    }
    credential::version(incoming.version.as_deref())?;
    let kind = incoming.content_type.as_deref().unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
    match json_body::read(Some(kind), &incoming.bytes) {
        Ok(body) if is_json && body.is_object() => Ok(body),
        Err(json_body::Unreadable::Refused(refusal)) => Err(refusal.into()),
        _ => Err(denied(400, "invalid_request", "The body must be a JSON object.")),
    }
}

fn asked_about(gate: &Gate, incoming: &Incoming) -> Result<String, Denied> {
    let body = asked(gate, incoming)?;
    check_members(&body, &["token"], &[])?;
    let token =
        body.text("token").ok_or_else(|| denied(400, "invalid_request", "token must be a string."))?;
    Ok(token.to_owned())
}

fn check_members(body: &Value, required: &[&str], optional: &[&str]) -> Result<(), Denied> {
    let members = body.as_object().into_iter().flat_map(|members| members.keys());
    let is_known = |key: &str| required.contains(&key) || optional.contains(&key);
    if required.iter().all(|key| body.has(key)) && members.into_iter().all(|key| is_known(key)) {
        return Ok(());
    }
    Err(denied(400, "invalid_request", "A member of the body is missing or unknown."))
}

/// HTTP Basic with the integration's id and secret.
fn is_own(authorization: Option<&str>, app: &OAuthApp) -> bool {
    let sent = authorization.and_then(|header| header.strip_prefix("Basic "));
    let sent = sent.and_then(|encoded| STANDARD.decode(encoded).ok());
    sent.is_some_and(|sent| sent == format!("{}:{}", app.client_id, app.client_secret).as_bytes())
}
