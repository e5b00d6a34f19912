//! The requests to the token endpoint, with what was left of the token that they replace: what tells a client that renews in
//! time, and once, from another.

use serde::Serialize;

use super::form::Parameters;
use super::state::Hosted;
use time::OffsetDateTime;

/// The most that are kept; the first ones, since a test counts from its beginning.
const MAX_KEPT: usize = 20_000;

/// One request to the token endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TokenRequest {
    /// When it came, by the emulator's clock.
    pub at: String,
    pub client_id: Option<String>,
    pub grant_type: Option<String>,
    /// The label of the code or refresh token that was sent.
    pub presented: Option<String>,
    /// How long the grant's newest access token would still have worked, in seconds; less than zero when its time was over.
    pub access_left_seconds: Option<i64>,
    /// The status; none while the answer isn't there, and 0 where the connection was closed without one.
    pub status: Option<u16>,
    /// `issued access-1.2`, or the error. A fault that hides the answer doesn't change it.
    pub outcome: Option<String>,
}

impl Hosted {
    /// Notes a request; answers with its place.
    pub(super) fn begin_token_request(
        &mut self,
        form: Option<&Parameters>,
        at: String,
        now: OffsetDateTime,
    ) -> usize {
        let get = |name: &str| form.and_then(|form| form.get(name));
        let presented = get("refresh_token").or(get("code"));
        let left = get("refresh_token").and_then(|token| self.grants.access_left(token, now));
        self.token_requests.truncate(MAX_KEPT);
        self.token_requests.push(TokenRequest {
            at,
            client_id: get("client_id").map(str::to_owned),
            grant_type: get("grant_type").map(str::to_owned),
            presented: presented.map(|secret| self.labels.of(secret)),
            access_left_seconds: left,
            status: None,
            outcome: None,
        });
        self.token_requests.len() - 1
    }

    /// Notes its answer.
    pub(super) fn end_token_request(&mut self, place: usize, status: u16, outcome: Option<String>) {
        if let Some(request) = self.token_requests.get_mut(place) {
            request.status = Some(status);
            request.outcome = outcome;
        }
    }
}
