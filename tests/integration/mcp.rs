//! What MCP clients see beyond answers: changes of the list, progress, cancellation.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toolbay_kernel::administration::NewToken;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Access, Administration, Parts};

use crate::harness::{TestHost, messages, packed};

/// Reads an event stream until a message is there that `wanted` takes.
async fn until(
    stream: &mut (impl StreamExt<Item = reqwest::Result<bytes::Bytes>> + Unpin),
    text: &mut String,
    wanted: impl Fn(&Value) -> bool,
) -> Value {
    loop {
        if let Some(message) = messages(text).into_iter().find(&wanted) {
            return message;
        }
        let next =
            tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("a message in time");
        text.push_str(&String::from_utf8_lossy(&next.expect("the stream goes on").unwrap()));
    }
}

/// Asks the profile `core` over MCP; answers with the result, or the error.
async fn of_core(host: &TestHost, method: &str, name: &str, params: Value) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    message["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut request = host
        .request("POST", "/mcp?profile=core")
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", method);
    if !name.is_empty() {
        request = request.header("Mcp-Name", name);
    }
    let answer = request.json(&message).send().await.unwrap().text().await.unwrap();
    let mut answered = serde_json::from_str(&answer).unwrap_or_else(|_| messages(&answer).pop().unwrap());
    let result = answered["result"].take();
    if result.is_null() { answered["error"].take() } else { result }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_working_day_is_done_in_core_without_raw_json() {
    let host =
        TestHost::start(&["databases", "rows", "pages", "search", "comments", "request", "users"]).await;
    let ids = host.emulator.ids();
    let listed = of_core(&host, "tools/list", "", json!({})).await;
    let names: Vec<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 12, "{names:?}");
    assert!(!names.contains(&"notion_request"), "{names:?}");

    let discovered = of_core(&host, "server/discover", "", json!({})).await;
    let told = discovered["instructions"].as_str().unwrap();
    let (guide, others) = told.split_once("Not listed").unwrap();
    assert!(guide.len() <= 512, "{} characters", guide.len());
    for tool in ["archive", "create_database", "list_comments", "list_users", "move_page"] {
        assert!(others.contains(tool), "{told}");
    }
    let refused =
        of_core(&host, "tools/call", "list_users", json!({"name": "list_users", "arguments": {}})).await;
    assert!(refused["message"].as_str().unwrap().contains("there is no tool `list_users`"), "{refused}");

    let ops = json!([
        {"op": "create_database", "args": {"parent_page_id": ids.root_page, "title": "Trips", "properties": {"Name": "title", "Day": "date"}}},
        {"op": "list_users", "args": {}},
        {"op": "create_page", "args": {"parent_page_id": ids.root_page, "title": "Gone"}},
        {"op": "trash", "args": {"id": {"$ref": "ops.2.id"}}},
    ]);
    let done = of_core(&host, "tools/call", "bulk", json!({"name": "bulk", "arguments": {"ops": ops}})).await;
    assert_eq!(done["isError"], json!(false), "{done}");
    let done: Value = serde_json::from_str(done["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(done["succeeded"], 4, "{done}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_listens_hears_of_a_dropped_plugin() {
    let host = TestHost::start(&["echo"]).await;
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": {
        "notifications": {"toolsListChanged": true},
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}}}});
    let answer = host
        .request("POST", "/mcp")
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "subscriptions/listen")
        .json(&message)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let mut stream = answer.bytes_stream();
    let mut text = String::new();
    let method = |name: &'static str| move |message: &Value| message["method"] == name;
    until(&mut stream, &mut text, method("notifications/subscriptions/acknowledged")).await;
    host.drop_file("probe.wasm", &packed("probe"));
    let changed = until(&mut stream, &mut text, method("notifications/tools/list_changed")).await;
    let tag = &changed["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
    assert!(tag == &json!(7) || tag == &json!("7"), "{changed:#}");
    assert!(host.publishes("probe_state"));
    drop(stream);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_token_is_revoked() {
    let host = TestHost::start(&["echo"]).await;
    let administration = Administration::new(Arc::clone(&host.host().store) as _);
    let new = NewToken {
        name: "listener".to_owned(),
        tools: Allowed::All,
        connections: Allowed::All,
        strongest: Access::Reads,
        default_connection: None,
        parts: Parts::everything(),
        rates: Rates::default(),
        expires_at: None,
        administers: false,
    };
    let (token, row) = administration.create_token(new, &Actor::operator()).await.unwrap();
    let listen = json!({"jsonrpc": "2.0", "id": 7, "method": "subscriptions/listen", "params": {
        "notifications": {"toolsListChanged": true},
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}}}});
    let accepting = |request: reqwest::RequestBuilder| {
        request.bearer_auth(token.expose_secret()).header("Accept", "application/json, text/event-stream")
    };
    let url = format!("{}/mcp", host.url);
    let modern = accepting(host.client.post(&url))
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "subscriptions/listen")
        .json(&listen);
    let legacy = accepting(host.client.get(&url)).header("MCP-Protocol-Version", "2025-11-25");
    let mut streams = Vec::new();
    for request in [modern, legacy] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        streams.push(answer.text());
    }
    assert!(administration.revoke_token(row.id, &Actor::operator()).await.unwrap());
    for stream in streams {
        // Not only when the token is looked at again by itself.
        tokio::time::timeout(Duration::from_secs(20), stream).await.expect("it ends").unwrap();
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_reaches_the_client_that_asked_for_it() {
    let host = TestHost::start(&["probe"]).await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "probe_progress", "arguments": {"steps": 3},
        "_meta": {"progressToken": "walk", "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}}}});
    let answer = host
        .request("POST", "/mcp")
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2026-07-28")
        .header("Mcp-Method", "tools/call")
        .header("Mcp-Name", "probe_progress")
        .json(&message)
        .send()
        .await
        .unwrap();
    let all = messages(&answer.text().await.unwrap());
    let steps: Vec<&Value> = all
        .iter()
        .filter(|message| message["method"] == "notifications/progress")
        .map(|message| &message["params"]["progress"])
        .collect();
    assert!(!steps.is_empty(), "{all:#?}");
    let numbers: Vec<f64> = steps.iter().map(|step| step.as_f64().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "progress grows: {numbers:?}");
    assert_eq!(all.last().unwrap()["result"]["structuredContent"], json!({"steps": 3}));
    host.stop().await;
}
