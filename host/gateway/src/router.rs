//! Every path of the host, and what a request passes before it is answered.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use toolbay_kernel::{Code, Problem};

use crate::envelope::{Refusal, wrong_method};
use crate::publication::Shared;
use crate::{Gateway, authentication, chat, console, health, mcp, metrics, oauth, openapi, rest, trace};

/// The whole of the host's HTTP surface.
///
/// Public are the console's page, the OpenAPI documents, the health checks, and the address where Notion sends people
/// back; everything below `/v1` and `/mcp` needs a bearer token, whether it exists or not, and so do `/api/chat/multi`, beside which
/// there is nothing below `/api`, and `/oauth/start`.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let shared = Arc::new(Shared::new(Arc::clone(&gateway)));
    let authenticated = from_fn_with_state(Arc::clone(&gateway), authentication::authenticate);

    let api = Router::new()
        .route("/v1/{*path}", any(rest::answer))
        .route("/api/chat/multi", post(chat::multi))
        .route_layer(authenticated.clone())
        .route("/openapi.json", get(openapi::served::small))
        .route("/openapi/{document}", get(openapi::served::named))
        .with_state(shared)
        .merge(console::router())
        .merge(oauth::router(Arc::clone(&gateway)))
        .fallback(unknown);
    let health = Router::new()
        .route("/health", get(health::live))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .with_state(Arc::clone(&gateway));
    let mcp = mcp::router(Arc::clone(&gateway)).merge(mcp::proxy(Arc::clone(&gateway))).layer(authenticated);

    api.merge(health)
        .merge(mcp)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(gateway, trace::observe))
}

async fn unknown() -> Response {
    let problem = Problem::new(Code::NotFound, "there is nothing at this address")
        .hint("tools are at POST /v1/tools/{name}, and all addresses in GET /openapi/full.json");
    Refusal::from(problem).into_response()
}

/// The router adds `Allow` itself.
async fn method_not_allowed(request: Request) -> Response {
    wrong_method(request.method()).into_response()
}
