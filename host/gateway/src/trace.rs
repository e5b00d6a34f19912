//! What every request has in common: its place in the log, its time, the edge that it passes, and a wall around panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::StatusCode;
use toolbay_kernel::{Code, Problem};
use tracing::Instrument as _;

use crate::Gateway;
use crate::edge;
use crate::envelope::{REQUEST_ID, Refusal};

/// Time for a request beyond that of its call: to arrive and to be answered.
const BESIDE_THE_CALL: Duration = Duration::from_secs(20);

/// The route that answered, for the log: a template, because a path may hold what a caller typed.
#[derive(Clone)]
pub(crate) struct Template(pub(crate) Arc<str>);

/// Middleware around everything. The log gets method, template, status, time and the client's address; never a body, a query,
/// or a header beyond that.
pub(crate) async fn observe(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let entry = edge::Entry::of(&gateway.settings, &request);
    let (place, client, is_https) = (entry.place, entry.client, entry.is_https());
    let span = tracing::info_span!("request", %method);
    let of_chat = gateway.chat.as_ref().filter(|_| entry.place.is_chat()).map(|chat| chat.time());
    let time = of_chat.unwrap_or(gateway.dispatcher.limits().call_time) + BESIDE_THE_CALL;
    let answer = AssertUnwindSafe(edge::pass(&gateway, entry, request, next)).catch_unwind();
    let mut response = match tokio::time::timeout(time, answer).instrument(span).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            let problem = Problem::new(Code::Failed, "the host failed while it answered");
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, problem).into_response()
        }
        Err(_) => took_too_long().into_response(),
    };
    edge::finish(response.headers_mut(), place, is_https);
    gateway.edge.requests.answered(place, response.status());
    let template = response.extensions().get::<Template>().map(|template| &*template.0);
    let route = template.or(matched.as_ref().map(MatchedPath::as_str)).unwrap_or("unknown");
    let status = response.status().as_u16();
    let request_id = response.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let duration_ms = begun.elapsed().as_millis();
    let client = client.map(|client| tracing::field::display(client.address));
    if response.status().is_server_error() {
        tracing::warn!(%method, route, status, client, request_id, duration_ms, "request.answered");
    } else {
        tracing::debug!(%method, route, status, client, request_id, duration_ms, "request.answered");
    }
    response
}

/// A request that didn't end in its time, most likely because its body came too slowly.
pub(crate) fn took_too_long() -> Refusal {
    let problem = Problem::new(Code::LimitExceeded, "the request did not arrive in time")
        .hint("send the whole body at once");
    Refusal::new(StatusCode::REQUEST_TIMEOUT, problem)
}
