//! What a browser brings with it, and what it is given.

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri, header};
use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::identity::Session;
use toolbay_kernel::{Code, Principal, Problem};

use super::cookie::{BROWSER, Cookie, SESSION};
use super::page;
use crate::Gateway;
use crate::authentication::principal;
use crate::envelope::{Refusal, status};

/// Who is signed in in this browser.
pub(super) async fn session(gateway: &Gateway, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    match SESSION.brought(&gateway.settings.public_url, headers) {
        Some(cookie) => gateway.identity.session(&cookie).await,
        None => Ok(None),
    }
}

/// Who asks: by a token, or by the session of a browser whose own page asks. What a page of another site asks for is nobody's.
pub(super) async fn acting(
    gateway: &Gateway,
    uri: &Uri,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Result<Arc<Principal>, Refusal> {
    if !headers.contains_key(header::AUTHORIZATION)
        && is_own_form(headers)
        && let Some(session) = session(gateway, headers).await?
    {
        return Ok(session.principal);
    }
    principal(gateway, uri, extensions, headers).await
}

/// The session's cookie, whether it is in force or not.
pub(crate) fn session_cookie(gateway: &Gateway, headers: &HeaderMap) -> Option<SecretString> {
    SESSION.brought(&gateway.settings.public_url, headers)
}

/// What this browser proves to be the same by.
pub(super) fn browser_cookie(gateway: &Gateway, headers: &HeaderMap) -> Option<SecretString> {
    BROWSER.brought(&gateway.settings.public_url, headers)
}

/// Adds a cookie to an answer.
pub(super) fn give(gateway: &Gateway, response: &mut Response, cookie: &Cookie, value: &SecretString) {
    if let Some(header) = cookie.given(&gateway.settings.public_url, value) {
        response.headers_mut().append(header::SET_COOKIE, header);
    }
}

/// Takes a cookie away with an answer.
pub(super) fn take(gateway: &Gateway, response: &mut Response, cookie: &Cookie) {
    if let Some(header) = cookie.taken(&gateway.settings.public_url) {
        response.headers_mut().append(header::SET_COOKIE, header);
    }
}

/// Sends the browser somewhere, with a request that reads.
pub(super) fn sent_to(address: &str) -> Response {
    match HeaderValue::try_from(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => failed(Problem::new(Code::Failed, "the answer can't be written")),
    }
}

/// The page of a request that waits for its person.
pub(super) fn address_of(request: &SecretString) -> String {
    // Its letters are those that an address has.
    format!("/oauth/authorize?request={}", request.expose_secret())
}

/// A page that says what didn't work.
pub(super) fn failed(mut problem: Problem) -> Response {
    if let Some(error) = problem.take_cause() {
        tracing::error!(%error, "identity.failed");
    }
    let problem = problem.hinted();
    page::problem(status(problem.code), "This did not work", &problem)
}

/// Whether a form was sent by a page of this host. Browsers say so of every form, and a page of another site can't keep
/// them from it; `Origin` has been compared before. A request without either header comes from a program.
pub(super) fn is_own_form(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none")
}

/// The refusal of a form that another site sent.
pub(super) fn foreign_form() -> Response {
    let problem = Problem::new(Code::Forbidden, "another site sent this form")
        .hint("open the page of this host, and send it from there");
    failed(problem)
}
