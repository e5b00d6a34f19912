//! What legacy clients find again by their session.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::message::{LEGACY, add, legacy, legacy_with, modern, post, the_long_way};
use crate::harness::{Host, OPERATOR, READER, Reply, request_of};

/// The same message in a session.
fn within(session: &str, mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("mcp-session-id", HeaderValue::from_str(session).unwrap());
    request
}

/// Opens a session, and answers its name.
async fn opened(host: &Host, token: &str) -> String {
    let params =
        json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    host.send(legacy(token, "initialize", params)).await.header("mcp-session-id").to_owned()
}

/// A notification that gives a request up.
fn cancelled(token: &str, request: &Value) -> Request<Body> {
    let message =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request}});
    post(token).header("mcp-protocol-version", LEGACY).body(Body::from(message.to_string())).unwrap()
}

/// Begins a call that never ends by itself, as request 7.
async fn waiting(host: &Arc<Host>, request: Request<Body>) -> JoinHandle<Reply> {
    let own = Arc::clone(host);
    let call = tokio::spawn(async move { own.send(request).await });
    host.samples.waiting.notified().await;
    call
}

fn wait(token: &str) -> Request<Body> {
    legacy(token, "tools/call", json!({"name": "wait"}))
}

#[tokio::test]
async fn each_client_gets_a_session_of_its_own() {
    let host = Host::new();
    let (first, second) = (opened(&host, OPERATOR).await, opened(&host, OPERATOR).await);
    assert!(!first.is_empty() && first != second);
    // Only who opens gets one, and the modern era has none.
    for request in [
        within(&first, legacy(OPERATOR, "tools/list", json!({}))),
        within(&first, legacy(OPERATOR, "tools/call", add(1, 2))),
        modern(OPERATOR, "tools/list", json!({})),
    ] {
        assert_eq!(host.send(request).await.header("mcp-session-id"), "");
    }
}

#[tokio::test]
async fn a_cancelled_call_stops_and_says_so() {
    let plain: fn(Request<Body>) -> Request<Body> = |request| request;
    for way in [plain, the_long_way] {
        for meta in [json!({}), json!({"progressToken": 1})] {
            let host = Arc::new(Host::new());
            let session = opened(&host, OPERATOR).await;
            let call = legacy_with(OPERATOR, "tools/call", json!({"name": "wait"}), meta);
            let call = waiting(&host, way(within(&session, call))).await;
            let reply = host.send(within(&session, cancelled(OPERATOR, &json!(7)))).await;
            assert_eq!((reply.status, reply.bytes.len()), (StatusCode::ACCEPTED, 0));
            host.samples.given_up.notified().await;
            // The request is still open, so it is answered.
            let result = call.await.unwrap().result();
            assert_eq!(result["_meta"]["toolbay/error"]["code"], "cancelled", "{result}");
        }
    }
}

#[tokio::test]
async fn requests_of_two_clients_never_meet_however_their_ids_collide() {
    let host = Arc::new(Host::new());
    let (mine, twin) = (opened(&host, OPERATOR).await, opened(&host, OPERATOR).await);
    let call = waiting(&host, within(&mine, wait(OPERATOR))).await;
    let bystander = waiting(&host, within(&twin, wait(OPERATOR))).await;
    let seven = json!(7);
    for other in [
        // Another client of the same principal, and another principal under the same name.
        within("nobody-s", cancelled(OPERATOR, &seven)),
        within(&mine, cancelled(READER, &seven)),
        // No session at all: whose request 7?
        cancelled(OPERATOR, &seven),
        within(&mine, cancelled(OPERATOR, &json!("7"))),
        within(&mine, cancelled(OPERATOR, &json!(8))),
    ] {
        assert_eq!(host.send(other).await.status, StatusCode::ACCEPTED);
    }
    tokio::task::yield_now().await;
    assert!(!call.is_finished() && !bystander.is_finished());
    host.send(within(&mine, cancelled(OPERATOR, &seven))).await;
    assert_eq!(call.await.unwrap().result()["isError"], true);
    tokio::task::yield_now().await;
    assert!(!bystander.is_finished());
    bystander.abort();
}

#[tokio::test]
async fn a_session_that_ends_stops_what_it_has_under_way() {
    let host = Arc::new(Host::new());
    let session = opened(&host, OPERATOR).await;
    let end = |token: &str| {
        let end = request_of(token, "DELETE", "/mcp").header("mcp-protocol-version", LEGACY);
        within(&session, end.body(Body::empty()).unwrap())
    };
    let call = waiting(&host, within(&session, wait(OPERATOR))).await;
    let get = request_of(OPERATOR, "GET", "/mcp").header(header::ACCEPT, "text/event-stream");
    let listening = {
        use tower::ServiceExt as _;
        let get = within(&session, get.body(Body::empty()).unwrap());
        host.router.clone().oneshot(get).await.unwrap()
    };
    assert_eq!(listening.status(), StatusCode::OK);
    // Somebody else's session of the same name has nothing in it.
    assert_eq!(host.send(end(READER)).await.status, StatusCode::NO_CONTENT);
    tokio::task::yield_now().await;
    assert!(!call.is_finished());
    assert_eq!(host.send(end(OPERATOR)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call.await.unwrap().result()["isError"], true);
    listening.into_body().collect().await.unwrap();
}

#[tokio::test]
async fn no_call_needs_the_session_that_it_names() {
    let host = Host::new();
    let session = opened(&host, OPERATOR).await;
    let end = request_of(OPERATOR, "DELETE", "/mcp").body(Body::empty()).unwrap();
    host.send(within(&session, end)).await;
    for session in [session.as_str(), "of-another-process", ""] {
        for way in [|request| request, the_long_way] {
            let reply = host.send(way(within(session, legacy(OPERATOR, "tools/call", add(1, 2))))).await;
            assert_eq!(reply.result()["structuredContent"]["sum"], 3, "{session}");
        }
        let get = request_of(OPERATOR, "GET", "/mcp").header(header::ACCEPT, "text/event-stream");
        let get = within(session, get.body(Body::empty()).unwrap());
        use tower::ServiceExt as _;
        assert_eq!(host.router.clone().oneshot(get).await.unwrap().status(), StatusCode::OK);
    }
}
