//! Activity and changes, as the surface tells them: who may ask for what, and when they hear of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use http::{StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;
use toolbay_kernel::audit::{Act, Actor, CallEnded, CallStarted, Event, PluginChange};
use toolbay_kernel::{Access, CallId, Code, Principal, PrincipalId, Surface};
use tower::ServiceExt as _;

use crate::harness::{Host, OPERATOR, READER, Reply, request_of};

/// Longest that a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(10);

async fn get(host: &Host, token: &str, path: &str) -> Reply {
    host.send(request_of(token, "GET", path).body(Body::empty()).unwrap()).await
}

async fn post(host: &Host, token: &str, path: &str) -> Reply {
    host.send(request_of(token, "POST", path).body(Body::empty()).unwrap()).await
}

fn reader() -> Actor {
    Actor {
        principal: PrincipalId::of_environment("reader"),
        name: "reader".to_owned(),
        surface: Surface::Mcp,
    }
}

fn operator() -> Actor {
    Actor::new(&Principal::operator(), Surface::Rest)
}

/// A call that somebody made, as the audit has it; answers its id.
fn call(host: &Host, by: &Actor, tool: &str, code: Option<Code>) -> CallId {
    let call = CallId::new();
    let act = |act| Event { by: by.clone(), call: Some(call), connection: None, act };
    let tool: toolbay_kernel::ToolName = tool.parse().unwrap();
    let started = CallStarted {
        tool: tool.clone(),
        parent: None,
        provider: "samples".to_owned(),
        access: Access::Writes,
        arguments_digest: "ab".repeat(32),
    };
    let ended = CallEnded {
        summary: format!("{tool}: {}", code.map_or("succeeded", Code::as_str)),
        tool,
        code,
        touched: Vec::new(),
        effects: 0,
        duration_ms: 3,
    };
    host.world.store.events.lock().extend([act(Act::CallStarted(started)), act(Act::CallEnded(ended))]);
    call
}

#[tokio::test]
async fn everybody_sees_their_own_and_who_administers_all() {
    let host = Host::new();
    let (own, others) =
        (call(&host, &reader(), "note_put", None), call(&host, &operator(), "note_put", None));
    let calls = |reply: &Reply| -> Vec<Value> {
        let events = reply.value()["result"]["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["call"].clone()).collect()
    };
    let reply = get(&host, READER, "/v1/activity").await;
    assert_eq!(calls(&reply), [json!(own)]);
    let event = &reply.value()["result"]["events"][0];
    assert_eq!(event["principal"]["name"], "reader");
    assert_eq!(
        (&event["event"], &event["outcome"], &event["surface"]),
        (&json!("call.ended"), &json!("ok"), &json!("mcp"))
    );
    assert_eq!((&event["duration_ms"], &event["about"]), (&json!(3), &json!("note_put")));
    assert_eq!(calls(&get(&host, OPERATOR, "/v1/activity").await), [json!(others)]);
    let everyone = get(&host, OPERATOR, "/v1/activity?of=everyone").await;
    assert_eq!(calls(&everyone), [json!(others), json!(own)]);
    let narrowed = format!("/v1/activity?of=everyone&principal={}", reader().principal);
    assert_eq!(calls(&get(&host, OPERATOR, &narrowed).await), [json!(own)]);

    for path in ["/v1/activity?of=everyone", "/v1/administration/jobs"] {
        let refused = get(&host, READER, path).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "forbidden"), "{path}");
        assert!(refused.envelope()["error"]["hint"].as_str().unwrap().contains("administers"));
    }
    let cancel = format!("/v1/administration/jobs/{}/cancel", CallId::new());
    assert_eq!(post(&host, READER, &cancel).await.status, StatusCode::FORBIDDEN);
    assert_eq!(post(&host, OPERATOR, &cancel).await.status, StatusCode::NOT_FOUND);

    assert_eq!(get(&host, READER, &format!("/v1/activity/{own}")).await.status, StatusCode::OK);
    assert_eq!(get(&host, OPERATOR, &format!("/v1/activity/{own}")).await.status, StatusCode::OK);
    let nobodys = get(&host, READER, &format!("/v1/activity/{}", CallId::new())).await;
    let anothers = get(&host, READER, &format!("/v1/activity/{others}")).await;
    assert_eq!(anothers.status, StatusCode::NOT_FOUND);
    assert_eq!(anothers.envelope(), nobodys.envelope(), "nobody learns that it is there");
    assert_eq!(get(&host, READER, "/v1/activity/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn filters_are_taken_strictly() {
    let host = Host::new();
    call(&host, &reader(), "note_put", None);
    call(&host, &reader(), "note_remove", Some(Code::NotFound));
    let events = async |path: &str| -> usize {
        let reply = get(&host, READER, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {:?}", reply.value());
        reply.value()["result"]["events"].as_array().unwrap().len()
    };
    assert_eq!(events("/v1/activity").await, 2);
    assert_eq!(events("/v1/activity?tool=note_put").await, 1);
    assert_eq!(events("/v1/activity?only=failed").await, 1);
    assert_eq!(events("/v1/activity?kind=call.started").await, 2);
    assert_eq!(events("/v1/activity?kind=token").await, 0);
    for bad in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "of=somebody",
        "kind=everything",
        "only=good",
        "principal=x",
        "principal=0192f000-0000-7000-8000-000000000000",
        "colour=red",
        "tool=a&tool=b",
    ] {
        let refused = get(&host, READER, &format!("/v1/activity?{bad}")).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::BAD_REQUEST, "invalid_input"),
            "{bad}"
        );
    }
}

/// A stream of changes that is being read.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn open(host: &Host, token: &str) -> Self {
        let request = request_of(token, "GET", "/v1/changes").body(Body::empty()).unwrap();
        let response = host.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        Self { body: response.into_body(), text: String::new() }
    }

    /// Reads on until there is an event of this name; answers its data.
    async fn until(&mut self, name: &str) -> Value {
        let wanted = format!("event: {name}\ndata: ");
        loop {
            if let Some((_, rest)) = self.text.split_once(&wanted)
                && let Some((data, rest)) = rest.split_once("\n\n")
            {
                let data = serde_json::from_str(data).unwrap();
                self.text = rest.to_owned();
                return data;
            }
            assert!(self.read().await, "no {name} came: {}", self.text);
        }
    }

    /// Reads on; false at the end.
    async fn read(&mut self) -> bool {
        let Some(frame) = timeout(PATIENCE, self.body.frame()).await.expect("nothing came") else {
            return false;
        };
        self.text.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
        true
    }
}

#[tokio::test]
async fn a_stream_tells_what_its_reader_may_hear_of() {
    let host = Host::new();
    let (mut own, mut all) = (Stream::open(&host, READER).await, Stream::open(&host, OPERATOR).await);
    host.publish(&crate::harness::definitions()[..2]);
    assert_eq!(own.until("catalog").await, json!({}));
    all.until("catalog").await;

    call(&host, &operator(), "note_put", None);
    assert_eq!(all.until("activity").await, json!({"own": true}));
    call(&host, &reader(), "note_put", None);
    assert_eq!(own.until("activity").await, json!({"own": true}));
    assert_eq!(all.until("activity").await, json!({"own": false}));

    let change = PluginChange::Removed;
    let event = Event::of_host(&operator(), Act::Plugin { plugin: "notes".parse().unwrap(), change });
    host.world.store.events.lock().push(event);
    all.until("plugins").await;
    call(&host, &reader(), "note_put", None);
    own.until("activity").await;
    for secret in ["plugins", "upstreams", "\"own\":false"] {
        assert!(!own.text.contains(secret), "{}", own.text);
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_reader_is_nobody_any_more() {
    let host = Host::new();
    let mut stream = Stream::open(&host, READER).await;
    stream.read().await;
    host.world.is_revoked.store(true, Ordering::Relaxed);
    let told = timeout(Duration::from_secs(2), stream.until("signed-out")).await.expect("within two seconds");
    assert_eq!(told, json!({}));
    assert!(!stream.read().await, "it ends");
}

#[tokio::test]
async fn a_stream_ends_when_the_host_stops() {
    let host = Host::new();
    let mut stream = Stream::open(&host, READER).await;
    stream.read().await;
    host.gateway.stopping.cancel();
    while stream.read().await {}
    assert!(!stream.text.contains("signed-out"), "nobody was signed out: {}", stream.text);
}

#[tokio::test]
async fn one_principal_has_so_many_streams() {
    let host = Host::new();
    let mut streams = Vec::new();
    for _ in 0..16 {
        streams.push(Stream::open(&host, READER).await);
    }
    let refused = get(&host, READER, "/v1/changes").await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    let _others = Stream::open(&host, OPERATOR).await;
    drop(streams.pop());
    // Its task sees that the reader has gone.
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let request = request_of(READER, "GET", "/v1/changes").body(Body::empty()).unwrap();
        if host.router.clone().oneshot(request).await.unwrap().status() == StatusCode::OK {
            return;
        }
        assert!(tokio::time::Instant::now() < end, "the place came back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_door_counts_calls_by_their_ends() {
    let host = Host::new();
    host.call("add", &json!({"a": 1, "b": 2})).await;
    host.call("add", &json!({"a": 1})).await;
    host.call("refuse", &json!({"code": "upstream_failed"})).await;
    host.call("nothing_such", &json!({})).await;
    let tallies = host.gateway.dispatcher.tallies();
    let counts = |tool: &str| {
        let counts = &tallies[tool];
        assert!(counts.last_at.is_some());
        (counts.calls, counts.refused(), counts.failed(), counts.cancelled())
    };
    assert_eq!(counts("add"), (2, 1, 0, 0));
    assert_eq!(counts("refuse"), (1, 0, 1, 0));
    assert_eq!(tallies.len(), 2, "what nobody has isn't counted");

    let waiting = {
        let host = Arc::new(host);
        let calling = Arc::clone(&host);
        let call = tokio::spawn(async move { calling.call("wait", &json!({})).await });
        host.samples.waiting.notified().await;
        call.abort();
        host.samples.given_up.notified().await;
        host
    };
    let end = tokio::time::Instant::now() + PATIENCE;
    while waiting.gateway.dispatcher.tallies().get("wait").is_none_or(|counts| counts.cancelled() != 1) {
        assert!(tokio::time::Instant::now() < end, "whose caller left is counted");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
