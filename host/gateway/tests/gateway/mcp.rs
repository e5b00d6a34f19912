//! The MCP surface, in both eras and over stdio.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use toolbay_kernel::call::LogLevel;
use toolbay_kernel::{
    Answer, Call, Capabilities, Catalog, Content, Effect, Permissions, Principal, Problem, Provider,
    ToolDefinition, ToolName,
};

use crate::harness::{Host, OPERATOR, READER, Reply, definitions, request_of};

const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

/// A message of the modern era with what it has to repeat in its headers.
fn modern(token: &str, method: &str, params: Value) -> Request<Body> {
    modern_with(token, method, params, json!({}))
}

/// [`modern`], with more metadata.
fn modern_with(token: &str, method: &str, mut params: Value, more: Value) -> Request<Body> {
    let mut meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    meta.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params["_meta"] = meta;
    let mut request = post(token).header("mcp-protocol-version", MODERN).header("mcp-method", method);
    if let Some(name) = params["name"].as_str() {
        request = request.header("mcp-name", name);
    }
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    request.body(Body::from(message.to_string())).unwrap()
}

/// A message of the legacy era.
fn legacy(token: &str, method: &str, params: Value) -> Request<Body> {
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    post(token).header("mcp-protocol-version", LEGACY).body(Body::from(message.to_string())).unwrap()
}

fn post(token: &str) -> http::request::Builder {
    request_of(token, "POST", "/mcp")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
}

fn add(a: i64, b: i64) -> Value {
    json!({"name": "add", "arguments": {"a": a, "b": b}})
}

impl Reply {
    /// The messages of an answer, whether it is JSON or a stream.
    fn messages(&self) -> Vec<Value> {
        if self.header("content-type").starts_with("application/json") {
            return vec![self.value()];
        }
        assert!(self.header("content-type").starts_with("text/event-stream"), "{self:?}");
        let text = String::from_utf8(self.bytes.clone()).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    /// The result of a request that was answered with one JSON object.
    fn result(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        let mut reply = self.value();
        assert_eq!(reply["id"], 7, "{reply}");
        reply["result"].take()
    }

    /// The code of JSON-RPC.
    fn error(&self) -> i64 {
        self.value()["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}

#[tokio::test]
async fn both_eras_list_the_same_tools() {
    let host = Host::new();
    let old = host.send(legacy(OPERATOR, "tools/list", json!({}))).await.result();
    let new = host.send(modern(OPERATOR, "tools/list", json!({}))).await.result();
    assert_eq!(old["tools"], new["tools"]);
    assert!(old.get("resultType").is_none());
    assert_eq!(new["resultType"], "complete");
    assert_eq!(new["cacheScope"], "private");
    assert_eq!(new["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "toolbay");

    let names: Vec<&str> =
        new["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for tool in new["tools"].as_array().unwrap() {
        assert_eq!(tool["inputSchema"]["type"], "object");
        assert!(tool["inputSchema"]["properties"].is_object());
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{hint} of {tool}");
        }
    }
    let hints = |name: &str| {
        let tool = new["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name).unwrap();
        (tool["annotations"]["readOnlyHint"].clone(), tool["annotations"]["destructiveHint"].clone())
    };
    assert_eq!(hints("note_get"), (json!(true), json!(false)));
    assert_eq!(hints("note_put"), (json!(false), json!(false)));
    assert_eq!(hints("note_remove"), (json!(false), json!(true)));
}

#[tokio::test]
async fn initialize_and_discover_open_their_eras() {
    let host = Host::new();
    let params =
        json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let opened = host.send(legacy(OPERATOR, "initialize", params)).await;
    assert_eq!(opened.header("mcp-session-id"), "", "there are no sessions");
    let opened = opened.result();
    assert_eq!(opened["protocolVersion"], LEGACY);
    assert_eq!(opened["serverInfo"]["version"], "0.0.0-test");
    assert_eq!(opened["capabilities"], json!({"logging": {}, "tools": {"listChanged": true}}));

    let discovered = host.send(modern(OPERATOR, "server/discover", json!({}))).await.result();
    assert_eq!(discovered["capabilities"], opened["capabilities"]);
    assert!(discovered["supportedVersions"].as_array().unwrap().contains(&json!(MODERN)));
    assert!(discovered["instructions"].as_str().unwrap().len() <= 512);
}

#[tokio::test]
async fn what_is_not_offered_is_unknown() {
    let host = Host::new();
    for method in ["prompts/list", "resources/list", "completion/complete", "tasks/get", "ping", "nonsense"] {
        let reply = host.send(modern(OPERATOR, method, json!({}))).await;
        assert_eq!((reply.status, reply.error()), (StatusCode::NOT_FOUND, -32601), "{method}");
    }
    assert_eq!(host.send(legacy(OPERATOR, "ping", json!({}))).await.result(), json!({}));
}

#[tokio::test]
async fn principals_see_and_call_their_own_tools_alone() {
    let host = Host::new();
    let listed = host.send(modern(READER, "tools/list", json!({}))).await.result();
    let names: BTreeSet<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    let reading: BTreeSet<String> = definitions()
        .into_iter()
        .filter(|tool| tool.effect == Effect::Reads)
        .map(|tool| tool.name.as_str().to_owned())
        .collect();
    assert_eq!(names, reading.iter().map(String::as_str).collect());

    // A tool that may not be seen and one that isn't there can't be told apart.
    for name in ["note_put", "note_let"] {
        for request in [modern as fn(&str, &str, Value) -> Request<Body>, legacy] {
            let call = json!({"name": name, "arguments": {"note_id": "1"}});
            let reply = host.send(request(READER, "tools/call", call)).await;
            assert_eq!(reply.error(), -32602);
            let message = reply.value()["error"]["message"].as_str().unwrap().to_owned();
            assert_eq!(message, format!("there is no tool `{name}`; did you mean `note_get`?"));
        }
    }
}

#[tokio::test]
async fn pages_are_followed_by_cursors() {
    let host = Host::new();
    let template = definitions().remove(0);
    let many: Vec<ToolDefinition> = (0..250)
        .map(|number| ToolDefinition {
            name: format!("tool_{number:03}").parse().unwrap(),
            ..template.clone()
        })
        .collect();
    host.publish(&many);
    let (mut seen, mut cursor, mut pages) = (Vec::new(), None::<Value>, 0);
    loop {
        let params = cursor.as_ref().map_or(json!({}), |cursor| json!({"cursor": cursor}));
        let page = host.send(modern(OPERATOR, "tools/list", params)).await.result();
        pages += 1;
        seen.extend(
            page["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()),
        );
        cursor = page.get("nextCursor").cloned();
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(seen, many.iter().map(|tool| tool.name.as_str().to_owned()).collect::<Vec<_>>());
    let reply = host.send(modern(OPERATOR, "tools/list", json!({"cursor": "page two"}))).await;
    assert_eq!(reply.error(), -32602);
}

/// A result without what differs from call to call.
fn lasting(mut result: Value) -> Value {
    let meta = result["_meta"].as_object_mut().unwrap();
    assert!(meta.remove("toolbay/request_id").is_some());
    result
}

#[tokio::test]
async fn the_short_way_and_the_long_way_answer_alike() {
    let host = Host::new();
    let calls = [
        add(1, 2),
        json!({"name": "add", "arguments": {"a": "1", "b": 2}}),
        json!({"name": "add", "arguments": {"a": 1}}),
        json!({"name": "picture"}),
        json!({"name": "panic", "arguments": {}}),
        json!({"name": "refuse", "arguments": {"code": "not_found"}}),
    ];
    for call in calls {
        for request in [modern_with as fn(&str, &str, Value, Value) -> Request<Body>, legacy_with] {
            let short = host.send(request(OPERATOR, "tools/call", call.clone(), json!({}))).await.result();
            // Who asks for progress can't be served the short way.
            let token = json!({"progressToken": 1});
            let long = host.send(request(OPERATOR, "tools/call", call.clone(), token)).await.result();
            assert_eq!(lasting(short), lasting(long), "{call}");
        }
    }
}

fn legacy_with(token: &str, method: &str, mut params: Value, meta: Value) -> Request<Body> {
    params["_meta"] = meta;
    legacy(token, method, params)
}

#[tokio::test]
async fn answers_and_problems_are_results() {
    let host = Host::new();
    let sum = host.send(modern(OPERATOR, "tools/call", add(1, 2))).await.result();
    assert_eq!(sum["structuredContent"], json!({"sum": 3}));
    assert_eq!(sum["content"], json!([{"type": "text", "text": "{\"sum\":3}"}]));
    assert_eq!(sum["isError"], false);

    let wrong = host
        .send(modern(OPERATOR, "tools/call", json!({"name": "add", "arguments": {"a": 1}})))
        .await
        .result();
    assert_eq!(wrong["isError"], true);
    assert_eq!(wrong["_meta"]["toolbay/error"]["code"], "invalid_input");
    assert!(wrong.get("structuredContent").is_none(), "the tool declares another output: {wrong}");

    let refusal = json!({"name": "refuse", "arguments": {"code": "conflict"}});
    let refused = host.send(modern(OPERATOR, "tools/call", refusal)).await.result();
    assert_eq!(refused["structuredContent"]["error"]["code"], "conflict");
    assert_eq!(refused["content"][0]["text"], "conflict: as you asked\nHint: ask for something else");
}

#[tokio::test]
async fn parameters_of_another_form_are_refused_as_such() {
    let host = Host::new();
    for params in [json!({"name": "add", "arguments": [1]}), json!({"name": 1}), json!({"arguments": {}})] {
        let reply = host.send(legacy(OPERATOR, "tools/call", params.clone())).await;
        assert_eq!(reply.error(), -32602, "{params}");
    }
}

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
            call.listener().progress(done, Some(10), Some("on it"));
        }
        call.listener().log(LogLevel::Debug, "detail");
        call.listener().log(LogLevel::Warn, "careful");
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
    let mut catalog = Catalog::default();
    catalog.add(&talker, &[definition]).unwrap();
    host.catalogs.swap(catalog);
    host
}

#[tokio::test]
async fn progress_reaches_who_asked_and_only_increases() {
    let host = talking();
    for request in [modern_with as fn(&str, &str, Value, Value) -> Request<Body>, legacy_with] {
        let asked = json!({"progressToken": "p1"});
        let messages =
            host.send(request(OPERATOR, "tools/call", json!({"name": "talk"}), asked)).await.messages();
        let progress: Vec<&Value> =
            messages.iter().filter(|message| message["method"] == "notifications/progress").collect();
        let done: Vec<f64> =
            progress.iter().map(|message| message["params"]["progress"].as_f64().unwrap()).collect();
        assert_eq!(done, [0.0, 5.0, 10.0]);
        assert!(progress.iter().all(|message| message["params"]["progressToken"] == "p1"));
        assert_eq!(messages.len(), 4, "no log line was asked for: {messages:?}");
        assert_eq!(messages.last().unwrap()["result"]["content"][0]["text"], "said");
    }
    let silent = host.send(modern(OPERATOR, "tools/call", json!({"name": "talk"}))).await;
    assert_eq!(silent.messages().len(), 1);
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

#[tokio::test]
async fn answers_go_to_who_asked_however_ids_collide() {
    let host = Arc::new(Host::new());
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..64_i64 {
        let host = Arc::clone(&host);
        asking.spawn(async move {
            let token = if number % 2 == 0 { OPERATOR } else { READER };
            // Every other pair takes the long way.
            let meta = if number % 4 < 2 { json!({}) } else { json!({"progressToken": 1}) };
            let reply = host.send(modern_with(token, "tools/call", add(number, 1_000), meta)).await;
            assert_eq!(reply.result()["structuredContent"]["sum"], number + 1_000);
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked.unwrap();
    }
}

#[tokio::test]
async fn a_client_that_goes_stops_its_call() {
    for meta in [json!({}), json!({"progressToken": 1})] {
        let host = Host::new();
        let wait = modern_with(OPERATOR, "tools/call", json!({"name": "wait"}), meta);
        tokio::select! {
            reply = host.send(wait) => panic!("the tool never answers: {reply:?}"),
            () = host.samples.waiting.notified() => {}
        }
        host.samples.given_up.notified().await;
    }
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
async fn nobody_passes_without_a_token_or_from_a_foreign_place() {
    let host = Host::new();
    for method in ["GET", "POST", "DELETE", "PUT", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/mcp").header(header::HOST, "localhost");
        assert_eq!(
            host.send(request.body(Body::empty()).unwrap()).await.status,
            StatusCode::UNAUTHORIZED,
            "{method}"
        );
    }
    for (name, value) in
        [("host", "evil.example.com"), ("origin", "http://evil.example.com"), ("origin", "null")]
    {
        for mut request in [
            modern(OPERATOR, "tools/call", add(1, 2)),
            modern(OPERATOR, "tools/list", json!({})),
            request_of(OPERATOR, "GET", "/mcp").body(Body::empty()).unwrap(),
        ] {
            request.headers_mut().insert(name, value.parse().unwrap());
            assert_eq!(host.send(request).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
        }
    }
    let mut own = modern(OPERATOR, "tools/call", add(1, 2));
    own.headers_mut().insert("host", "tools.example.com".parse().unwrap());
    own.headers_mut().insert("origin", "https://tools.example.com".parse().unwrap());
    assert_eq!(host.send(own).await.status, StatusCode::OK);
}

#[tokio::test]
async fn hostile_bodies_are_refused_as_the_clients_fault() {
    let host = Host::new();
    let nested = |depth: usize| {
        let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"add","arguments":{{"a":{value}}}}}}}"#
        )
    };
    let cases: [(&[u8], i64); 9] = [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (
            b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"\xc3\x28\"}}",
            -32700,
        ),
        (b"[]", -32600),
        (b"null", -32600),
        (br#"[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]"#, -32600),
        (br#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#, -32600),
        (br#"{"jsonrpc":"2.0","id":{},"method":"tools/list"}"#, -32600),
    ];
    for (body, code) in cases {
        let reply = host.send(post(OPERATOR).body(Body::from(body.to_vec())).unwrap()).await;
        assert_eq!((reply.status, reply.error()), (StatusCode::BAD_REQUEST, code), "{}", body.escape_ascii());
    }
    for body in [nested(200), nested(100_000)] {
        let reply = host.send(post(OPERATOR).body(Body::from(body)).unwrap()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    }
    // Deeper than the door takes, and shallow enough to be read.
    let reply = host.send(post(OPERATOR).body(Body::from(nested(100))).unwrap()).await;
    assert_eq!(reply.value()["result"]["isError"], true);

    let large = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","x":"{}"}}"#, "x".repeat(5 << 20));
    let reply = host.send(post(OPERATOR).body(Body::from(large)).unwrap()).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut plain = modern(OPERATOR, "tools/call", add(1, 2));
    plain.headers_mut().insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    assert_eq!(host.send(plain).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let mut html = modern(OPERATOR, "tools/call", add(1, 2));
    html.headers_mut().insert(header::ACCEPT, "text/html".parse().unwrap());
    assert_eq!(host.send(html).await.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn headers_of_the_modern_era_must_say_what_the_message_says() {
    let host = Host::new();
    for (name, value) in
        [("mcp-method", "tools/list"), ("mcp-name", "refuse"), ("mcp-protocol-version", LEGACY)]
    {
        let mut request = modern(OPERATOR, "tools/call", add(1, 2));
        request.headers_mut().insert(name, value.parse().unwrap());
        let reply = host.send(request).await;
        assert_eq!((reply.status, reply.error()), (StatusCode::BAD_REQUEST, -32020), "{name}: {value}");

        let mut request = modern(OPERATOR, "tools/call", add(1, 2));
        request.headers_mut().remove(name);
        let reply = host.send(request).await;
        assert_eq!((reply.status, reply.error()), (StatusCode::BAD_REQUEST, -32020), "no {name}");
    }
    let unknown = json!({"io.modelcontextprotocol/protocolVersion": "2099-01-01"});
    let mut request = modern_with(OPERATOR, "tools/call", add(1, 2), unknown);
    request.headers_mut().insert("mcp-protocol-version", "2099-01-01".parse().unwrap());
    let reply = host.send(request).await;
    assert_eq!((reply.status, reply.error()), (StatusCode::BAD_REQUEST, -32022));
    let malformed = json!({"io.modelcontextprotocol/clientCapabilities": "all of them"});
    let reply = host.send(modern_with(OPERATOR, "tools/call", add(1, 2), malformed)).await;
    assert_eq!((reply.status, reply.error()), (StatusCode::BAD_REQUEST, -32602));
}

#[tokio::test]
async fn stdio_serves_both_eras() {
    let host = Host::new();
    for era in [LEGACY, MODERN] {
        let (client, server) = tokio::io::duplex(1 << 16);
        let (input, output) = tokio::io::split(server);
        let principal = Arc::new(Principal::operator());
        let serving =
            tokio::spawn(toolbay_gateway::mcp::converse(Arc::clone(&host.gateway), principal, input, output));
        let (reader, mut writer) = tokio::io::split(client);
        let mut lines = BufReader::new(reader).lines();
        let mut meta = json!({});
        if era == LEGACY {
            let params = json!({"protocolVersion": era, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
            let opening = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
            writer.write_all(format!("{opening}\n").as_bytes()).await.unwrap();
            let opened: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
            assert_eq!(opened["result"]["protocolVersion"], era);
            writer
                .write_all(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n")
                .await
                .unwrap();
        } else {
            meta = json!({
                "io.modelcontextprotocol/protocolVersion": era,
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let params = json!({"name": "add", "arguments": {"a": 1, "b": 2}, "_meta": meta});
        let call = json!({"jsonrpc": "2.0", "id": "call", "method": "tools/call", "params": params});
        writer.write_all(format!("{call}\n").as_bytes()).await.unwrap();
        let answer: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        assert_eq!(answer["id"], "call");
        assert_eq!(answer["result"]["structuredContent"], json!({"sum": 3}));
        if era == LEGACY {
            host.publish(&definitions());
            let told: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
            assert_eq!(told["method"], "notifications/tools/list_changed");
        }
        drop((lines, writer));
        serving.await.unwrap().unwrap();
    }
}

/// The same message at an address that names a profile.
fn within(profile: &str, mut request: Request<Body>) -> Request<Body> {
    *request.uri_mut() = format!("/mcp?profile={profile}").parse().unwrap();
    request
}

#[tokio::test]
async fn a_profile_in_the_address_narrows_what_is_listed_and_called() {
    let host = Host::with(vec!["refuse".parse().unwrap(), "note_put".parse().unwrap()]);
    let names = async |request| -> Vec<String> {
        let listed = host.send(request).await.result();
        listed["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    };
    let list = || modern(OPERATOR, "tools/list", json!({}));
    assert_eq!(names(within("core", list())).await, ["note_put", "refuse"]);
    assert_eq!(
        names(within("core", legacy(OPERATOR, "tools/list", json!({})))).await,
        ["note_put", "refuse"]
    );
    assert_eq!(names(within("full", list())).await, names(list()).await);

    let reading = host.send(within("read", list())).await.result();
    let reading = reading["tools"].as_array().unwrap();
    assert!(reading.len() > 1);
    assert!(reading.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true));
    // One that the reader may not use at all doesn't come back.
    assert_eq!(names(within("core", modern(READER, "tools/list", json!({})))).await, ["refuse"]);

    for call in [modern(OPERATOR, "tools/call", add(1, 2)), legacy(OPERATOR, "tools/call", add(1, 2))] {
        let reply = host.send(within("core", call)).await;
        assert!(reply.value()["error"]["message"].as_str().unwrap().contains("there is no tool `add`"));
    }
    let sum = host.send(within("read", modern(OPERATOR, "tools/call", add(1, 2)))).await.result();
    assert_eq!(sum["structuredContent"]["sum"], 3);

    let unknown = host.send(within("corr", list())).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.value()["error"]["message"].as_str().unwrap().contains("core, full, read"));
}
