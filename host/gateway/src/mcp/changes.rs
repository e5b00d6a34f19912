//! Telling clients that the catalog has changed.
//!
//! Modern clients ask with `subscriptions/listen`, legacy ones by opening the stream of `GET`; over stdio, legacy clients
//! are told without asking. Several changes at once are told as one.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use rmcp::model::{ErrorData, JsonRpcError, ProtocolVersion};
use rmcp::service::{Peer, SubscriptionContext};
use rmcp::{ErrorData as McpError, RoleServer};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::watch;

use super::endpoint::PROTOCOL_VERSION;
use super::{Shared, is_modern};

/// Time between two comments on a silent stream: below the 60 s after which common proxies drop one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

const CHANGED: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;

const FULL: &str = "too many clients listen for changes: ask for tools/list again when its time has run out";

/// Serves one `subscriptions/listen` until the client goes.
pub(super) async fn listen(shared: &Shared, subscription: SubscriptionContext) -> Result<(), McpError> {
    let mut changes = shared.gateway.catalogs.changes();
    let _place = place(shared).ok_or_else(|| McpError::internal_error(FULL, None))?;
    loop {
        tokio::select! {
            biased;
            () = subscription.cancelled() => return Ok(()),
            changed = changes.changed() => if changed.is_err() { return Ok(()) },
        }
        let wants_tools = subscription.accepted().tools_list_changed == Some(true);
        if wants_tools && subscription.sink().notify_tool_list_changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Tells a legacy client over stdio until it goes.
pub(super) async fn tell(mut changes: watch::Receiver<u64>, peer: Peer<RoleServer>) {
    while changes.changed().await.is_ok() {
        if peer.notify_tool_list_changed().await.is_err() {
            return;
        }
    }
}

/// The stream of `GET`, which legacy clients open to hear what they didn't ask for.
pub(super) fn stream(shared: &Shared, headers: &HeaderMap) -> Response {
    let version = headers.get(PROTOCOL_VERSION).and_then(|version| version.to_str().ok());
    let version =
        version.map(|version| ProtocolVersion::KNOWN_VERSIONS.iter().find(|known| known.as_str() == version));
    match version {
        // The modern era has no such stream.
        Some(Some(known)) if is_modern(Some(known)) => return not_allowed(),
        Some(None) => return refusal(StatusCode::BAD_REQUEST, "this protocol version is unknown"),
        _ => {}
    }
    let accepts_events = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/event-stream"));
    if !accepts_events {
        return refusal(StatusCode::NOT_ACCEPTABLE, "the stream of GET is text/event-stream");
    }
    let Some(place) = place(shared) else { return refusal(StatusCode::SERVICE_UNAVAILABLE, FULL) };

    let changes = shared.gateway.catalogs.changes();
    let events = stream::unfold((changes, place), |(mut changes, place)| async move {
        changes.changed().await.ok()?;
        Some((Ok::<_, Infallible>(Event::default().data(CHANGED)), (changes, place)))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Proxies that collect answers would keep the news to themselves.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

fn place(shared: &Shared) -> Option<OwnedSemaphorePermit> {
    Arc::clone(&shared.streams).try_acquire_owned().ok()
}

fn not_allowed() -> Response {
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "this protocol version knows POST only");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

fn refusal(status: StatusCode, message: &'static str) -> Response {
    (status, Json(JsonRpcError::new(None, ErrorData::invalid_request(message, None)))).into_response()
}
