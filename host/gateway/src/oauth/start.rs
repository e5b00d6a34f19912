//! `GET /oauth/start`: somebody who has a token begins.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::uri::PathAndQuery;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri, header};
use maud::html;
use serde_json::json;
use toolbay_kernel::connecting::AuthorizationRequest;
use toolbay_kernel::upstream::InvalidUpstreamName;
use toolbay_kernel::{Code, Problem, System};

use super::accepts::accepts;
use super::browser::{acting, is_own_form, sent_to};
use super::cookie::CONNECT;
use super::page::Page;
use super::query::Query;
use crate::Gateway;
use crate::envelope::{Refusal, of_host};
use crate::session;

/// Sends the browser to Notion's page, or says where that is to whoever accepts JSON. Either way the answer sets the
/// cookie that the callback will want.
pub(super) async fn start(
    State(gateway): State<Arc<Gateway>>,
    uri: Uri,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    answer(&gateway, &uri, &extensions, &headers).await.unwrap_or_else(Refusal::into_response)
}

async fn answer(
    gateway: &Gateway,
    uri: &Uri,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    // A person who follows a link signs in first; one that comes from another site is asked once more, on a page of this host.
    if !headers.contains_key(header::AUTHORIZATION) && accepts(headers, "text/html") {
        if session::brought(gateway, headers).await?.is_none() && gateway.connecting.people_may_sign_in() {
            return Ok(sent_to("/sign-in"));
        }
        if !is_own_form(headers) {
            return Ok(asked_once_more(uri));
        }
    }
    let principal = acting(gateway, uri, extensions, headers).await?;
    let names = ["state", "return_url", "connection_hint", "upstream"];
    let (Query([state, return_url, hint, upstream]), other) = Query::read(uri, names)?;
    if let Some(other) = other {
        return Err(Refusal::invalid(format!("there is no parameter `{other}` here"))
            .hint(format!("there are {}", names.join(", "))));
    }
    let system = match upstream {
        None => System::Notion,
        Some(name) => System::Upstream(
            name.parse().map_err(|error: InvalidUpstreamName| Refusal::invalid(error.to_string()))?,
        ),
    };
    let request = AuthorizationRequest { return_url, state, hint, system };
    let begun = gateway.connecting.start(&principal, request).await?;

    let unsendable = || Problem::new(Code::Failed, "the answer can't be written");
    let cookie = CONNECT.given(&gateway.settings.public_url, &begun.browser).ok_or_else(unsendable)?;
    let mut response = if accepts(headers, "application/json") {
        of_host(&json!({"authorize_url": begun.authorize_url.as_str()}))
    } else {
        let location = HeaderValue::try_from(begun.authorize_url.as_str()).map_err(|_| unsendable())?;
        (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
    };
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A page with a link of this host's own to the same address.
fn asked_once_more(uri: &Uri) -> Response {
    let address = uri.path_and_query().map_or("/oauth/start", PathAndQuery::as_str);
    let content = html! {
        p { "A page elsewhere has sent you here to connect an account or a workspace to this host." }
        p { a href=(address) { "Connect it" } }
    };
    Page::new("Connect", content).into_response()
}
