//! Refusals in the form that OAuth has for them.

use serde_json::json;

use crate::hosted::answered::Answered;

/// A refusal of the authorization server.
pub(crate) struct Denied {
    pub(super) status: u16,
    pub(super) error: &'static str,
    pub(super) description: &'static str,
}

impl Denied {
    pub(super) fn new(status: u16, error: &'static str, description: &'static str) -> Denied {
        Denied { status, error, description }
    }

    pub(super) fn request(description: &'static str) -> Denied {
        Denied::new(400, "invalid_request", description)
    }

    pub(super) fn grant() -> Denied {
        Denied::new(400, "invalid_grant", "The code or refresh token is invalid, expired, revoked or used.")
    }
}

impl From<Denied> for Answered {
    fn from(denied: Denied) -> Answered {
        let body = json!({ "error": denied.error, "error_description": denied.description });
        let answered = Answered::json(denied.status, body).noted(json!({ "error": denied.error }));
        match denied.status {
            401 => answered.with("www-authenticate", "Basic realm=\"token\""),
            _ => answered,
        }
        .with("cache-control", "no-store")
    }
}
