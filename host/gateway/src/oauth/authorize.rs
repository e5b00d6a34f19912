//! `/oauth/authorize`: a client asks for a person's consent, and the person decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{Extensions, HeaderMap, StatusCode, Uri};
use maud::html;
use secrecy::SecretString;
use toolbay_kernel::identity::{Authorize, Decision, Next, Refused};
use toolbay_kernel::{Access, Code, ConnectionId, Problem};
use url::{Url, form_urlencoded};

use super::browser::{address_of, browser_cookie, failed, foreign_form, give, is_own_form, sent_to};
use super::consent;
use super::cookie::{BROWSER, CONNECT};
use super::form::Form;
use super::origin::{ISSUER, issuer, named};
use super::page::Page;
use crate::Gateway;
use crate::session;

/// Longest query that is read, in bytes: an address and a state, each of their longest, and the rest.
const MAX_QUERY: usize = 16 * 1024;

/// Shows what a client asks for. A new request is kept first, so that the address of the page holds nothing of it.
pub(super) async fn ask(
    State(gateway): State<Arc<Gateway>>,
    uri: Uri,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    let query = uri.query().unwrap_or_default();
    if query.len() > MAX_QUERY {
        return failed(Problem::new(Code::InvalidInput, "the request is too long"));
    }
    let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if let [(name, request)] = parameters.as_slice()
        && name == "request"
    {
        let request = SecretString::from(request.as_str());
        return shown(&gateway, &headers, &request).await.unwrap_or_else(failed);
    }
    let issuer = match parameters.iter().find(|(name, _)| name == ISSUER) {
        None => issuer(&gateway, &extensions, &headers),
        Some((_, name)) => match named(&gateway, name) {
            Some(issuer) => issuer,
            None => return failed(Problem::new(Code::InvalidInput, "the issuer is not this host")),
        },
    };
    let browser = browser_cookie(&gateway, &headers);
    let asked = Authorize { parameters, issuer: &issuer, browser: browser.as_ref() };
    match gateway.identity.authorize(asked).await {
        Ok(begun) => {
            let mut response = sent_to(&address_of(&begun.request));
            give(&gateway, &mut response, &BROWSER, &begun.browser);
            response
        }
        Err(Refused::Redirected(url)) => sent_to(url.as_str()),
        Err(Refused::Linked(linked_to)) => linked(&linked_to.0, &linked_to.1),
        Err(Refused::Shown(problem)) => failed(*problem),
    }
}

async fn shown(gateway: &Gateway, headers: &HeaderMap, request: &SecretString) -> Result<Response, Problem> {
    let browser = browser_cookie(gateway, headers).ok_or_else(no_cookie)?;
    let session = session::brought(gateway, headers).await?;
    let asked = gateway.identity.consent_page(request, &browser, session.as_ref()).await?;
    Ok(consent::page(&asked, request, gateway.connecting.people_may_sign_in()))
}

/// Carries out what the person decided.
pub(super) async fn decide(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Body) -> Response {
    if !is_own_form(&headers) {
        return foreign_form();
    }
    decided(&gateway, &headers, body).await.unwrap_or_else(failed)
}

async fn decided(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    let browser = browser_cookie(gateway, headers).ok_or_else(no_cookie)?;
    let unreadable = |text: &str| Problem::new(Code::InvalidInput, text.trim_end_matches('.').to_lowercase());
    let form = Form::read(headers, body).await.map_err(unreadable)?;
    let request = form.secret("request").map_err(unreadable)?;
    let request = request.ok_or_else(|| unreadable("The form names no request."))?;
    let decision = decision(&form).ok_or_else(|| unreadable("The form holds no decision."))?;
    let session = session::brought(gateway, headers).await?;
    match gateway.identity.decide(&request, &browser, session.as_ref(), decision).await? {
        Next::Client(url) => Ok(sent_to(url.as_str())),
        Next::Notion => {
            let begun = gateway.connecting.sign_in(Some(&request)).await?;
            let mut response = sent_to(begun.authorize_url.as_str());
            give(gateway, &mut response, &CONNECT, &begun.browser);
            Ok(response)
        }
    }
}

/// A page that says what didn't work, with a way on that the person may take.
fn linked(problem: &Problem, url: &Url) -> Response {
    let place = url.host_str().unwrap_or(url.scheme());
    let content = html! {
        p { "The program that sent you here asked for what this host doesn't offer, so nothing was allowed." }
        p.quiet { (problem.message) "." }
        p { a href=(url) rel="noreferrer" { "Back to " (place) } }
    };
    Page::new("This did not work", content).status(StatusCode::BAD_REQUEST).into_response()
}

fn decision(form: &Form) -> Option<Decision> {
    let strongest = || form.one("access").ok().flatten()?.parse::<Access>().ok();
    match form.one("decision").ok().flatten()? {
        "deny" => Some(Decision::Deny),
        "connect" => Some(Decision::Connect { strongest: strongest()? }),
        "allow" => {
            let connections: Result<BTreeSet<ConnectionId>, _> =
                form.all("connection").map(str::parse).collect();
            Some(Decision::Allow { strongest: strongest()?, connections: connections.ok()? })
        }
        _ => None,
    }
}

fn no_cookie() -> Problem {
    Problem::new(Code::InvalidInput, "this request began in another browser, or its cookies are not allowed")
        .hint("begin again in the program that sent you here, with cookies allowed")
}
