//! `GET /integrations/{upstream}/oauth/mcp/start`: a front end begins to connect an account at an MCP server, in the words of the flow
//! that Notion's integrations of MCP have.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{Extensions, HeaderMap, Uri, header};
use serde_json::json;
use toolbay_kernel::connecting::AuthorizationRequest;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_kernel::{Code, Problem, System};

use super::browser::acting;
use super::cookie::CONNECT;
use super::query::Query;
use crate::Gateway;
use crate::envelope::Refusal;

/// Says where the person agrees. The cookie of the answer belongs into the browser in which they do: a front end that asks for them
/// passes it on.
pub(super) async fn start(
    State(gateway): State<Arc<Gateway>>,
    Path(upstream): Path<String>,
    uri: Uri,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    answer(&gateway, &upstream, &uri, &extensions, &headers).await.unwrap_or_else(Refusal::into_response)
}

async fn answer(
    gateway: &Gateway,
    upstream: &str,
    uri: &Uri,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let principal = acting(gateway, uri, extensions, headers).await?;
    let name: UpstreamName = upstream.parse().map_err(|_| unknown())?;
    // What else a front end sends says who its person is, and that is known by the token.
    let (Query([return_url, hint]), _) = Query::read(uri, ["return_url", "connection_hint"])?;
    let system = System::Upstream(name);
    let request = AuthorizationRequest { return_url, state: None, hint, system };
    let begun = gateway.connecting.start(&principal, request).await?;
    let unsendable = || Problem::new(Code::Failed, "the answer can't be written");
    let cookie = CONNECT.given(&gateway.settings.public_url, &begun.browser).ok_or_else(unsendable)?;
    let state = begun.authorize_url.query_pairs().find(|(name, _)| name == "state");
    let body = json!({
        "authorizeUrl": begun.authorize_url.as_str(),
        "state": state.map(|(_, state)| state.into_owned()),
    });
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

fn unknown() -> Problem {
    Problem::new(Code::NotFound, "there is no such MCP server here")
        .hint("the operator names them in toolbay.toml: [upstreams.NAME]")
}
