//! `GET /oauth/callback`: the person comes back from Notion.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use secrecy::SecretString;
use serde_json::json;
use toolbay_kernel::connecting::{Consent, Finished};
use toolbay_kernel::{Code, Connection, Problem};
use url::Url;

use super::accepts::accepts;
use super::query::Query;
use super::{cookie, page};
use crate::Gateway;
use crate::envelope::{Refusal, of_host, status};

/// Longest code that is exchanged, in bytes; Notion's have about 50.
const MAX_CODE: usize = 4_096;

/// Sends the browser where the caller wanted it, or shows what came of it. The cookie has done its work in any case.
pub(super) async fn callback(State(gateway): State<Arc<Gateway>>, uri: Uri, headers: HeaderMap) -> Response {
    let mut response = match finish(&gateway, &uri, &headers).await {
        Ok(Finished { return_to: Some(url), mut result }) => {
            if let Some(error) = result.as_mut().err().and_then(Problem::take_cause) {
                tracing::error!(%error, "connecting.failed");
            }
            sent_to(&headers, &url)
        }
        Ok(Finished { return_to: None, result }) => shown(&headers, result),
        Err(problem) => shown(&headers, Err(problem)),
    };
    if let Some(cookie) = cookie::taken(&gateway.settings.public_url) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

async fn finish(gateway: &Gateway, uri: &Uri, headers: &HeaderMap) -> Result<Finished, Problem> {
    // What else Notion may send is none of ours.
    let (Query([code, state, error]), _) =
        Query::read(uri, ["code", "state", "error"]).map_err(Refusal::into_problem)?;
    let incomplete = || {
        Problem::new(Code::InvalidInput, "an authorization comes back with a state, and a code or an error")
            .hint("begin at /oauth/start; nobody comes here by themselves")
    };
    let consent = match (code, error) {
        (Some(code), None) if code.len() <= MAX_CODE => Consent::Code(SecretString::from(code)),
        (None, Some(error)) => Consent::Refused(error),
        _ => return Err(incomplete()),
    };
    let state = SecretString::from(state.ok_or_else(incomplete)?);
    let browser = cookie::brought(&gateway.settings.public_url, headers);
    gateway.connecting.finish(&state, browser.as_ref(), consent).await
}

/// Sends the browser to where the caller wanted it.
fn sent_to(headers: &HeaderMap, url: &Url) -> Response {
    match HeaderValue::try_from(url.as_str()) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => shown(headers, Err(Problem::new(Code::Failed, "the answer can't be written"))),
    }
}

/// A page for people, the envelope for programs.
fn shown(headers: &HeaderMap, result: Result<Connection, Problem>) -> Response {
    let is_browser = accepts(headers, "text/html");
    let logged = |mut problem: Problem| {
        if let Some(error) = problem.take_cause() {
            tracing::error!(%error, "connecting.failed");
        }
        problem.hinted()
    };
    match result.map_err(logged) {
        Ok(connection) if is_browser => page::connected(&connection),
        Ok(connection) => of_host(&json!({
            "connection_id": connection.id,
            "name": connection.name,
            "workspace_name": connection.workspace_name,
        })),
        Err(problem) if is_browser => page::not_connected(status(problem.code), &problem),
        Err(problem) => Refusal::from(problem).into_response(),
    }
}
