//! What a client hears without having asked: progress, log lines, and changes of the catalog.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::progress::LogLevel;
use toolbay_kernel::{
    Answer, Call, Capabilities, Content, Permissions, Problem, Provider, ToolDefinition, ToolName,
};

use super::message::{LEGACY, MODERN, add, legacy, legacy_with, modern, modern_with, the_long_way};
use crate::harness::{Host, OPERATOR, READER, Reply, definitions, request_of};

/// Says how far it is and what it does, not always in order.
struct Talker(Arc<Permissions>);

#[async_trait]
impl Provider for Talker {
    fn name(&self) -> &str {
        "talker"
    }

    fn permissions(&self) -> &Arc<Permissions> {
        &self.0
    }

    async fn call(&self, _tool: &ToolName, _arguments: Value, call: Arc<Call>) -> Result<Answer, Problem> {
        for done in [0, 5, 3, 5, 10] {
            call.progress().progress(done, Some(10), Some("on it"));
        }
        call.progress().log(LogLevel::Debug, "detail");
        call.progress().log(LogLevel::Warn, "careful");
        Ok(Answer { data: None, content: vec![Content::Text("said".to_owned())] })
    }
}

fn talking() -> Host {
    let host = Host::new();
    let permissions = Permissions {
        provider: "talker".to_owned(),
        asked: Capabilities::default(),
        granted: BTreeSet::new(),
    };
    let talker: Arc<dyn Provider> = Arc::new(Talker(Arc::new(permissions)));
    let definition = ToolDefinition {
        name: "talk".parse().unwrap(),
        input_schema: json!({"type": "object", "properties": {}}),
        output_schema: None,
        ..definitions().remove(0)
    };
    host.source.publish(vec![Offered::new(talker, &[definition]).unwrap()]);
    host
}

#[tokio::test]
async fn progress_reaches_who_asked_and_only_increases() {
    let host = talking();
    let plain: fn(Request<Body>) -> Request<Body> = |request| request;
    for (request, way) in [modern_with as fn(&str, &str, Value, Value) -> Request<Body>, legacy_with]
        .into_iter()
        .flat_map(|request| [(request, plain), (request, the_long_way)])
    {
        let asked = json!({"progressToken": "p1"});
        let messages =
            host.send(way(request(OPERATOR, "tools/call", json!({"name": "talk"}), asked))).await.messages();
        let progress: Vec<&Value> =
            messages.iter().filter(|message| message["method"] == "notifications/progress").collect();
        let done: Vec<f64> =
            progress.iter().map(|message| message["params"]["progress"].as_f64().unwrap()).collect();
        assert_eq!(done, [0.0, 5.0, 10.0]);
        assert!(progress.iter().all(|message| message["params"]["progressToken"] == "p1"));
        assert!(progress.iter().all(|message| message["params"]["total"] == 10.0), "{progress:?}");
        assert_eq!(messages.len(), 4, "no log line was asked for: {messages:?}");
        assert_eq!(messages.last().unwrap()["result"]["content"][0]["text"], "said");
    }
    let silent = host.send(modern(OPERATOR, "tools/call", json!({"name": "talk"}))).await;
    assert_eq!(silent.messages().len(), 1);
    // Who asks, and calls a tool that says nothing, gets one JSON object.
    host.publish(&definitions());
    let asked = json!({"progressToken": 7});
    let silent = host.send(modern_with(OPERATOR, "tools/call", add(1, 2), asked)).await;
    assert_eq!(silent.result()["structuredContent"]["sum"], 3);
}

#[tokio::test]
async fn log_lines_reach_who_asked_from_their_level_up() {
    let host = talking();
    let lines = |reply: Reply| -> Vec<String> {
        let messages = reply.messages();
        let logs = messages.iter().filter(|message| message["method"] == "notifications/message");
        logs.map(|message| format!("{} {}", message["params"]["level"], message["params"]["data"])).collect()
    };
    let talk = || json!({"name": "talk"});
    let asked = json!({"io.modelcontextprotocol/logLevel": "info"});
    let reply = host.send(modern_with(OPERATOR, "tools/call", talk(), asked)).await;
    assert_eq!(lines(reply), [r#""warning" "careful""#]);

    assert!(lines(host.send(legacy(OPERATOR, "tools/call", talk())).await).is_empty());
    let set = host.send(legacy(OPERATOR, "logging/setLevel", json!({"level": "debug"}))).await;
    assert_eq!(set.result(), json!({}));
    let reply = host.send(legacy(OPERATOR, "tools/call", talk())).await;
    assert_eq!(lines(reply), [r#""debug" "detail""#, r#""warning" "careful""#]);
    // One principal's level is nobody else's, and the modern era knows no such request.
    assert!(lines(host.send(legacy(READER, "tools/call", talk())).await).is_empty());
    assert!(lines(host.send(modern(OPERATOR, "tools/call", talk())).await).is_empty());
    let reply = host.send(modern(OPERATOR, "logging/setLevel", json!({"level": "debug"}))).await;
    assert_eq!((reply.status, reply.error()), (StatusCode::NOT_FOUND, -32601));
}

/// Sends a request and waits for the beginning of its stream.
async fn open(host: &Host, request: Request<Body>) -> Body {
    use tower::ServiceExt as _;
    let response = host.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    response.into_body()
}

/// The next message on a stream.
async fn next(body: &mut Body) -> Value {
    loop {
        let data = body.frame().await.expect("the stream goes on").unwrap().into_data().unwrap();
        let text = String::from_utf8(data.to_vec()).unwrap();
        if let Some(message) = text.lines().find_map(|line| line.strip_prefix("data:")) {
            return serde_json::from_str(message).unwrap();
        }
    }
}

#[tokio::test]
async fn changes_of_the_catalog_reach_listeners_of_both_eras() {
    let host = Host::new();
    let listen = json!({"notifications": {"toolsListChanged": true}});
    let mut new = open(&host, modern(OPERATOR, "subscriptions/listen", listen)).await;
    let acknowledged = next(&mut new).await;
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
    let get = request_of(OPERATOR, "GET", "/mcp").header(header::ACCEPT, "text/event-stream");
    let mut old = open(&host, get.header("mcp-protocol-version", LEGACY).body(Body::empty()).unwrap()).await;
    // The acknowledgment is sent before the subscription is being served.
    tokio::task::yield_now().await;

    host.publish(&definitions()[..2]);
    let changed = next(&mut new).await;
    assert_eq!(changed["method"], "notifications/tools/list_changed");
    assert_eq!(changed["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 7);
    assert_eq!(next(&mut old).await["method"], "notifications/tools/list_changed");

    let get = request_of(OPERATOR, "GET", "/mcp").header(header::ACCEPT, "text/event-stream");
    let reply = host.send(get.header("mcp-protocol-version", MODERN).body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn one_principals_listeners_take_no_place_of_another() {
    let host = Host::new();
    let listen = async |token: &str| {
        use tower::ServiceExt as _;
        let get = request_of(token, "GET", "/mcp").header(header::ACCEPT, "text/event-stream");
        host.router.clone().oneshot(get.body(Body::empty()).unwrap()).await.unwrap()
    };
    let mut held = Vec::new();
    let refused = loop {
        let response = listen(READER).await;
        if response.status() != StatusCode::OK {
            break response.status();
        }
        held.push(response);
        assert!(held.len() < 10_000, "the listeners of one are bounded");
    };
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(listen(OPERATOR).await.status(), StatusCode::OK);
    // Who goes gives the place back.
    held.pop();
    assert_eq!(listen(READER).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn listeners_of_both_eras_are_let_go_when_the_host_stops() {
    let host = Host::new();
    let subscription = json!({"notifications": {"toolsListChanged": true}});
    let mut new = open(&host, modern(OPERATOR, "subscriptions/listen", subscription)).await;
    assert_eq!(next(&mut new).await["method"], "notifications/subscriptions/acknowledged");
    let get = request_of(OPERATOR, "GET", "/mcp").header(header::ACCEPT, "text/event-stream");
    let old = open(&host, get.body(Body::empty()).unwrap()).await;

    host.gateway.stopping.cancel();
    // Both bodies end; the modern one with the result that says so.
    assert_eq!(next(&mut new).await["id"], 7);
    new.collect().await.unwrap();
    old.collect().await.unwrap();
}
