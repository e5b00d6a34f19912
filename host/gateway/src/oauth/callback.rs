//! `GET /oauth/callback`: the person comes back from Notion.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Uri};
use secrecy::SecretString;
use serde_json::json;
use toolbay_kernel::connecting::{Agreed, Consent, Finished, SignIn};
use toolbay_kernel::{Code, Connection, Problem, System};

use super::accepts::accepts;
use super::browser::{browser_cookie, failed, give, sent_to, take};
use super::console_return;
use super::cookie::{CONNECT, SESSION};
use super::page;
use super::query::Query;
use crate::Gateway;
use crate::console;
use crate::envelope::{Refusal, of_host, status};
use crate::session;

/// Longest code that is exchanged, in bytes; Notion's have about 50.
const MAX_CODE: usize = 4_096;

/// Sends the browser where the caller wanted it, or shows what came of it. The cookie has done its work in any case.
pub(super) async fn callback(State(gateway): State<Arc<Gateway>>, uri: Uri, headers: HeaderMap) -> Response {
    let finished = finish(&gateway, &uri, &headers, &System::Notion).await;
    ended(&gateway, &headers, finished).await
}

/// The same for an account at an MCP server, which has an address of its own to come back to.
pub(super) async fn callback_of(
    State(gateway): State<Arc<Gateway>>,
    Path(upstream): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let finished = match upstream.parse() {
        Ok(name) => finish(&gateway, &uri, &headers, &System::Upstream(name)).await,
        Err(_) => Err(Problem::new(Code::NotFound, "there is no such MCP server here")),
    };
    ended(&gateway, &headers, finished).await
}

/// What came of it, for the browser.
pub(super) async fn ended(
    gateway: &Gateway,
    headers: &HeaderMap,
    finished: Result<Finished, Problem>,
) -> Response {
    let mut response = match finished {
        Ok(Finished { sign_in: Some(sign_in), result, .. }) => {
            signed_in(gateway, headers, sign_in, result).await.unwrap_or_else(failed)
        }
        Ok(Finished { return_to: Some(url), mut result, .. }) => {
            if let Some(error) = result.as_mut().err().and_then(Problem::take_cause) {
                tracing::error!(%error, "connecting.failed");
            }
            let console = console_return::with(&url, &gateway.settings.public_url, &result);
            sent_to(console.as_ref().unwrap_or(&url).as_str())
        }
        Ok(Finished { return_to: None, result, .. }) => shown(headers, result),
        Err(problem) => shown(headers, Err(problem)),
    };
    take(gateway, &mut response, &CONNECT);
    response
}

pub(super) async fn finish(
    gateway: &Gateway,
    uri: &Uri,
    headers: &HeaderMap,
    system: &System,
) -> Result<Finished, Problem> {
    // What else Notion may send is none of ours.
    let (Query([code, state, error, issuer]), _) =
        Query::read(uri, ["code", "state", "error", "iss"]).map_err(Refusal::into_problem)?;
    let incomplete = || {
        Problem::new(Code::InvalidInput, "an authorization comes back with a state, and a code or an error")
            .hint("begin at /oauth/start; nobody comes here by themselves")
    };
    let consent = match (code, error) {
        (Some(code), None) if code.len() <= MAX_CODE => {
            Consent::Agreed(Agreed { code: SecretString::from(code), issuer })
        }
        (None, Some(error)) => Consent::Refused(error),
        _ => return Err(incomplete()),
    };
    let state = SecretString::from(state.ok_or_else(incomplete)?);
    let browser = CONNECT.brought(&gateway.settings.public_url, headers);
    gateway.connecting.finish(&state, browser.as_ref(), system, consent).await
}

/// Signs the person in, and goes on with the client's request that they came with.
async fn signed_in(
    gateway: &Gateway,
    headers: &HeaderMap,
    sign_in: SignIn,
    result: Result<Connection, Problem>,
) -> Result<Response, Problem> {
    let connected = sign_in.person.zip(result.as_ref().ok().map(|connection| connection.id));
    let cookie = match connected {
        Some((person, _)) => {
            Some(gateway.identity.sign_in(person, session::cookie(gateway, headers).as_ref()).await?)
        }
        None => None,
    };
    let mut response = match (sign_in.errand, browser_cookie(gateway, headers)) {
        (Some(request), Some(browser)) => {
            let came =
                connected.ok_or_else(|| result.as_ref().err().map_or(Code::Failed, |problem| problem.code));
            if let Some(error) = result.err().and_then(|mut problem| problem.take_cause()) {
                tracing::error!(%error, "connecting.failed");
            }
            match gateway.identity.connected(&request, &browser, came).await {
                Ok(url) => sent_to(url.as_str()),
                Err(problem) => failed(problem),
            }
        }
        _ => match result {
            Ok(_) => sent_to(console::START),
            Err(problem) => failed(problem),
        },
    };
    if let Some(cookie) = cookie {
        give(gateway, &mut response, &SESSION, &cookie);
    }
    Ok(response)
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
        Err(problem) if is_browser => page::problem(status(problem.code), "Not connected", &problem),
        Err(problem) => Refusal::from(problem).into_response(),
    }
}
