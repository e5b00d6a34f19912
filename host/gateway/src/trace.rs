//! What every request has in common: its place in the log, its time, its headers, and a wall around panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use toolbay_kernel::{Code, Problem};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::Gateway;
use crate::envelope::{REQUEST_ID, Refusal};

/// Time for a request beyond that of its call: to arrive and to be answered.
const BESIDE_THE_CALL: Duration = Duration::from_secs(20);

/// The headers that every answer has unless it says otherwise.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// The route that answered, for the log: a template, because a path may hold what a caller typed.
#[derive(Clone)]
pub(crate) struct Template(pub(crate) Arc<str>);

/// Middleware around everything. The log gets method, template, status and time; never a body, a header or a query.
pub(crate) async fn observe(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let span = tracing::info_span!("request", %method);
    let time = gateway.dispatcher.limits().call_time + BESIDE_THE_CALL;
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match tokio::time::timeout(time, answer).instrument(span).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            let problem = Problem::new(Code::Failed, "the host failed while it answered");
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, problem).into_response()
        }
        Err(_) => took_too_long().into_response(),
    };
    finish(response.headers_mut());
    let template = response.extensions().get::<Template>().map(|template| &*template.0);
    let route = template.or(matched.as_ref().map(MatchedPath::as_str)).unwrap_or("unknown");
    let status = response.status().as_u16();
    let request_id = response.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let duration_ms = begun.elapsed().as_millis();
    if response.status().is_server_error() {
        tracing::warn!(%method, route, status, request_id, duration_ms, "request.answered");
    } else {
        tracing::debug!(%method, route, status, request_id, duration_ms, "request.answered");
    }
    response
}

/// A request that didn't end in its time, most likely because its body came too slowly.
pub(crate) fn took_too_long() -> Refusal {
    let problem = Problem::new(Code::LimitExceeded, "the request did not arrive in time")
        .hint("send the whole body at once");
    Refusal::new(StatusCode::REQUEST_TIMEOUT, problem)
}

fn finish(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    if !headers.contains_key(&REQUEST_ID)
        && let Ok(id) = HeaderValue::try_from(Uuid::now_v7().to_string())
    {
        headers.insert(REQUEST_ID, id);
    }
}
