//! Who may use the MCP endpoint: holders of an access token that was given for it.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use serde_json::json;

use crate::gate::Gate;
use crate::hosted::answered::Answered;
use crate::hosted::asked::Asked;
use crate::hosted::form::Parameters;
use crate::hosted::oauth::metadata;
use crate::model::integration::Integration;

/// Who asks.
pub(in crate::hosted) struct Caller {
    /// The place of the grant that the token is of.
    pub(super) grant: usize,
    pub(super) integration: Arc<Integration>,
}

/// The caller of a request, or the challenge for one who isn't.
pub(in crate::hosted) fn caller(gate: &Gate, asked: &Asked) -> Result<Caller, Box<Answered>> {
    let query = Parameters::parse(asked.query.as_bytes());
    if query.is_none_or(|query| query.get("access_token").is_some()) {
        let body = json!({
            "error": "invalid_request",
            "error_description": "A token is sent in the Authorization header, never in the address.",
        });
        return Err(Answered::json(400, body).into());
    }
    if !asked.headers.contains_key(AUTHORIZATION) {
        return Err(challenge(gate, None).into());
    }
    let invalid = |why| Err(Box::new(challenge(gate, Some(why))));
    let bearer = asked.header(AUTHORIZATION).and_then(|header| header.split_once(' '));
    let Some((scheme, token)) = bearer.map(|(scheme, token)| (scheme, token.trim())) else {
        return invalid("The Authorization header must be Bearer and a token.");
    };
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return invalid("The Authorization header must be Bearer and a token.");
    }
    let state = gate.state.lock();
    let Some(opened) = state.hosted.grants.opened(token, state.clock.now()) else {
        drop(state);
        return invalid("The access token is unknown, expired or revoked.");
    };
    drop(state);
    if opened.resource != metadata::resource(&gate.base) {
        return invalid("The access token was given for another resource.");
    }
    Ok(Caller { grant: opened.grant, integration: opened.integration })
}

fn challenge(gate: &Gate, why: Option<&str>) -> Answered {
    let metadata = metadata::resource_metadata(&gate.base);
    let (header, description) = match why {
        None => (format!("Bearer resource_metadata=\"{metadata}\""), "A token is needed."),
        Some(why) => (
            format!(
                "Bearer error=\"invalid_token\", error_description=\"{why}\", resource_metadata=\"{metadata}\""
            ),
            why,
        ),
    };
    let body = json!({ "error": "invalid_token", "error_description": description });
    Answered::json(401, body).with("www-authenticate", header).noted(json!({ "error": "invalid_token" }))
}
