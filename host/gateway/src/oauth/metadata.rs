//! What clients read before anything else: who gives out tokens, and for what (RFC 8414, RFC 9728).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{Extensions, HeaderMap};
use serde_json::{Value, json};
use toolbay_kernel::identity::SCOPES;
use toolbay_kernel::{Code, Problem};
use url::Url;

use super::origin::{ISSUER, issuer, text};
use crate::Gateway;
use crate::envelope::Refusal;

/// Where a protected resource is described, before its own path.
pub(crate) const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";

/// The parts of this host that take tokens. All take the same ones.
const RESOURCES: [&str; 3] = ["mcp", "sse", "v1"];

/// `GET /.well-known/oauth-authorization-server`, also with a part of the host behind it, where some clients look.
pub(super) async fn server(
    State(gateway): State<Arc<Gateway>>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    Json(of_server(&issuer(&gateway, &extensions, &headers), &gateway.settings.public_url)).into_response()
}

pub(super) async fn server_of(
    State(gateway): State<Arc<Gateway>>,
    Path(resource): Path<String>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    if !RESOURCES.contains(&resource.as_str()) {
        return unknown();
    }
    server(State(gateway), extensions, headers).await
}

/// `GET /.well-known/oauth-protected-resource`: the host as a whole.
pub(super) async fn resource(
    State(gateway): State<Arc<Gateway>>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    let issuer = issuer(&gateway, &extensions, &headers);
    Json(of_resource(&issuer, text(&issuer))).into_response()
}

/// The same for a part of it, such as `/mcp`.
pub(super) async fn resource_of(
    State(gateway): State<Arc<Gateway>>,
    Path(resource): Path<String>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    if !RESOURCES.contains(&resource.as_str()) {
        return unknown();
    }
    let issuer = issuer(&gateway, &extensions, &headers);
    Json(of_resource(&issuer, &format!("{}/{resource}", text(&issuer)))).into_response()
}

fn of_server(issuer: &Url, main: &Url) -> Value {
    let origin = text(issuer);
    json!({
        "issuer": origin,
        "authorization_endpoint": authorization_endpoint(issuer, main),
        "token_endpoint": format!("{origin}/oauth/token"),
        "registration_endpoint": format!("{origin}/oauth/register"),
        "revocation_endpoint": format!("{origin}/oauth/revoke"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": true,
        "authorization_response_iss_parameter_supported": true,
    })
}

/// Where people are asked: at the main origin, since Notion sends them back there and a browser's cookies are of one origin.
/// The origin that the client knows goes along (RFC 6749, 3.1, has clients keep a query).
fn authorization_endpoint(issuer: &Url, main: &Url) -> String {
    let mut url = main.clone();
    url.set_path("/oauth/authorize");
    if issuer.origin() != main.origin() {
        url.query_pairs_mut().append_pair(ISSUER, text(issuer));
    }
    url.into()
}

fn of_resource(issuer: &Url, resource: &str) -> Value {
    json!({
        "resource": resource,
        "resource_name": "Toolbay",
        "authorization_servers": [text(issuer)],
        "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"],
    })
}

fn unknown() -> Response {
    let problem = Problem::new(Code::NotFound, "no part of this host is called that")
        .hint(format!("its parts are {}", RESOURCES.join(", ")));
    Refusal::from(problem).into_response()
}
