//! Telling clients that the catalog has changed.
//!
//! Modern clients ask with `subscriptions/listen`, legacy ones by opening the stream of `GET`; over stdio, legacy clients
//! are told without asking. Several changes at once are told as one. Who only listens is let go at once when the host
//! stops: there is nothing to wait for; and when their token is no longer good.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rmcp::model::{ErrorData, JsonRpcError, ProtocolVersion};
use rmcp::service::{Peer, SubscriptionContext};
use rmcp::{ErrorData as McpError, RoleServer};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::Principal;

use super::sessions::Session;
use super::shared::Shared;
use super::standing::Standing;
use super::version::PROTOCOL_VERSION;
use super::version::is_modern;

const CHANGED: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;

const FULL: &str =
    "too many clients of yours listen for changes: ask for tools/list again when its time has run out";

/// Serves one `subscriptions/listen` until the client goes.
pub(super) async fn listen(
    shared: &Shared,
    principal: &Principal,
    subscription: SubscriptionContext,
) -> Result<(), McpError> {
    let mut changes = shared.gateway.catalogs.changes();
    let mut standing = Standing::of(&shared.gateway.principals, principal.id);
    let _slot = shared.listeners.take(principal.id).ok_or_else(|| McpError::internal_error(FULL, None))?;
    loop {
        tokio::select! {
            biased;
            () = subscription.cancelled() => return Ok(()),
            () = shared.gateway.stopping.cancelled() => return Ok(()),
            () = standing.ended() => return Ok(()),
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
pub(super) fn stream(shared: &Shared, principal: &Principal, headers: &HeaderMap) -> Response {
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
    let Some(slot) = shared.listeners.take(principal.id) else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, FULL);
    };
    let stop = shared.gateway.stopping.child_token();
    let in_session = Session::named(principal.id, headers)
        .map(|session| shared.sessions.begin(session, None, stop.clone()));

    let changes = shared.gateway.catalogs.changes();
    let standing = Standing::of(&shared.gateway.principals, principal.id);
    let state = (changes, standing, stop, (slot, in_session));
    super::events::response(stream::unfold(state, |(mut changes, mut standing, stop, held)| async move {
        let has_changed = next_change(&mut changes, &mut standing, &stop).await;
        has_changed.then(|| (CHANGED.to_owned(), (changes, standing, stop, held)))
    }))
}

/// Waits for a change; false when there will be none.
async fn next_change(
    changes: &mut watch::Receiver<u64>,
    standing: &mut Standing,
    stop: &CancellationToken,
) -> bool {
    tokio::select! {
        biased;
        () = stop.cancelled() => false,
        () = standing.ended() => false,
        changed = changes.changed() => changed.is_ok(),
    }
}

fn not_allowed() -> Response {
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "this protocol version knows POST only");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

fn refusal(status: StatusCode, message: &'static str) -> Response {
    (status, Json(JsonRpcError::new(None, ErrorData::invalid_request(message, None)))).into_response()
}
