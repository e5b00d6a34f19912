//! Servers over HTTP, in both of its forms.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use toolbay_kernel::{Code, Secret};
use toolbay_upstream::{HttpSettings, TransportSettings};

use crate::world::{World, settings};

/// What a server over HTTP is asked, and how it behaves.
#[derive(Default)]
struct Remote {
    writes: AtomicUsize,
    /// Statuses that the next calls are answered with instead.
    refusals: Mutex<Vec<u16>>,
    events: Mutex<Option<mpsc::UnboundedSender<Value>>>,
    /// Where an address for messages leads.
    messages: Option<String>,
}

fn answer(remote: &Remote, message: &Value) -> Option<Value> {
    let id = message.get("id")?;
    let text = |text: &str| json!({"content": [{"type": "text", "text": text}]});
    let result = match message["method"].as_str().unwrap() {
        "initialize" => json!({
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "remote", "version": "1"},
        }),
        "tools/list" => json!({"tools": [
            {"name": "echo", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}},
            {"name": "write", "inputSchema": {"type": "object"}},
        ]}),
        "tools/call" if message["params"]["name"] == "write" => {
            text(&format!("write {}", remote.writes.fetch_add(1, Ordering::Relaxed) + 1))
        }
        "tools/call" => text(message["params"]["arguments"]["text"].as_str().unwrap()),
        _ => {
            return Some(
                json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no such method"}}),
            );
        }
    };
    Some(json!({"jsonrpc": "2.0", "id": id, "result": result}))
}

fn is_authorised(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|value| value == "Bearer canary-0123")
}

async fn streamable(State(remote): State<Arc<Remote>>, headers: HeaderMap, body: String) -> Response {
    let message: Value = serde_json::from_str(&body).unwrap();
    if !is_authorised(&headers) {
        return (StatusCode::UNAUTHORIZED, [("www-authenticate", "Bearer")]).into_response();
    }
    if message["method"] == "tools/call"
        && let Some(status) = remote.refusals.lock().pop()
    {
        // Some come after the work.
        if status >= 500 || status == 404 {
            answer(&remote, &message);
        }
        return (StatusCode::from_u16(status).unwrap(), [("retry-after", "1")], "canary-0123: /secret/path")
            .into_response();
    }
    match answer(&remote, &message) {
        Some(told) => axum::Json(told).into_response(),
        None => StatusCode::ACCEPTED.into_response(),
    }
}

async fn events(State(remote): State<Arc<Remote>>) -> impl IntoResponse {
    let (sender, receiver) = mpsc::unbounded_channel();
    *remote.events.lock() = Some(sender);
    let place = remote.messages.clone().unwrap_or_else(|| "/messages?session=1".to_owned());
    let first = futures_util::stream::once(async move { Event::default().event("endpoint").data(place) });
    let rest = futures_util::stream::unfold(receiver, |mut receiver| async move {
        let message: Value = receiver.recv().await?;
        Some((Event::default().event("message").data(message.to_string()), receiver))
    });
    Sse::new(first.chain(rest).map(Ok::<_, Infallible>))
}

async fn messages(State(remote): State<Arc<Remote>>, body: String) -> StatusCode {
    let message: Value = serde_json::from_str(&body).unwrap();
    if let (Some(told), Some(events)) = (answer(&remote, &message), remote.events.lock().as_ref()) {
        events.send(told).unwrap();
    }
    StatusCode::ACCEPTED
}

async fn serve(remote: &Arc<Remote>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/mcp", post(streamable))
        .route("/sse", get(events))
        .route("/messages", post(messages))
        .with_state(Arc::clone(remote));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn http(url: &str, token: &str) -> HttpSettings {
    // Once a process; a second time it is there already.
    let _there = rustls::crypto::ring::default_provider().install_default();
    HttpSettings {
        url: url.parse().unwrap(),
        headers: [("Authorization".to_owned(), Secret::Text(format!("Bearer {token}").into()))].into(),
        client: reqwest::Client::builder().no_proxy().build().unwrap(),
        oauth: None,
    }
}

async fn world(remote: &Arc<Remote>) -> World {
    let url = format!("{}/mcp", serve(remote).await);
    let world = World::start(
        vec![settings("files", TransportSettings::Http(http(&url, "canary-0123")))],
        Arc::default(),
    );
    world.has("files_echo").await;
    world
}

#[tokio::test]
async fn a_server_over_streamable_http_is_called_with_its_own_credential() {
    let remote = Arc::new(Remote::default());
    let world = world(&remote).await;
    world.is_alive().await;
    let own = json!({"text": "You sent Bearer canary-0123."});
    assert_eq!(world.call("files_echo", own).await.unwrap(), json!(["You sent [redacted]."]));
    assert_eq!(world.call("files_write", json!({})).await.unwrap(), json!(["write 1"]));
    world.stop().await;
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_its_answer_is() {
    let remote = Arc::new(Remote::default());
    let world = world(&remote).await;
    for (status, code, written) in [
        (503, Code::OutcomeUnknown, 1),
        (404, Code::OutcomeUnknown, 2),
        (429, Code::RateLimited, 2),
        (401, Code::Forbidden, 2),
    ] {
        // Twice, if it is sent twice.
        *remote.refusals.lock() = vec![status; 2];
        let refused = world.call("files_write", json!({})).await.unwrap_err();
        assert_eq!(
            (refused.code, remote.writes.load(Ordering::Relaxed)),
            (code, written),
            "{status}: {refused:?}"
        );
        assert_eq!(remote.refusals.lock().len(), 1, "{status}: it was sent once");
        assert!(!format!("{refused:?}").contains("canary-0123"), "{refused:?}");
    }
    // A read is asked again.
    *remote.refusals.lock() = vec![503, 429];
    world.is_alive().await;
    world.stop().await;
}

#[tokio::test]
async fn a_server_that_wants_another_credential_is_away_and_says_so() {
    let remote = Arc::new(Remote::default());
    let url = format!("{}/mcp", serve(&remote).await);
    let world =
        World::start(vec![settings("files", TransportSettings::Http(http(&url, "wrong")))], Arc::default());
    world
        .until(|world| match &world.upstreams.health()[0].1 {
            toolbay_upstream::Health::Away { why } => why.contains("authorised") && !why.contains("wrong"),
            _ => false,
        })
        .await;
    world.stop().await;
}

#[tokio::test]
async fn the_older_transport_of_events_works() {
    let remote = Arc::new(Remote::default());
    let url = format!("{}/sse", serve(&remote).await);
    let world = World::start(
        vec![settings("files", TransportSettings::Sse(http(&url, "canary-0123")))],
        Arc::default(),
    );
    world.has("files_echo").await;
    world.is_alive().await;
    let own = json!({"text": "You sent Bearer canary-0123."});
    assert_eq!(world.call("files_echo", own).await.unwrap(), json!(["You sent [redacted]."]));
    assert_eq!(world.call("files_write", json!({})).await.unwrap(), json!(["write 1"]));
    // The stream breaks, and is opened again.
    remote.events.lock().take();
    world.until(|_| remote.events.lock().is_none()).await;
    for _ in 0..100 {
        if world.call("files_echo", json!({"text": "here"})).await.is_ok() {
            return world.stop().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it doesn't come back");
}

#[tokio::test]
async fn messages_go_nowhere_but_to_the_server_itself() {
    let stranger = Arc::new(Remote::default());
    let elsewhere = format!("{}/messages", serve(&stranger).await);
    let remote = Arc::new(Remote { messages: Some(elsewhere), ..Remote::default() });
    let url = format!("{}/sse", serve(&remote).await);
    let world = World::start(
        vec![settings("files", TransportSettings::Sse(http(&url, "canary-0123")))],
        Arc::default(),
    );
    world
        .until(|world| match &world.upstreams.health()[0].1 {
            toolbay_upstream::Health::Away { why } => why.contains("another server's"),
            _ => false,
        })
        .await;
    world.stop().await;
}
