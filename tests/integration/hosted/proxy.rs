//! A client that talks to the hosted server as it is.

use notion_emulator::{Answers, Fault, FaultKind, HostedSettings};
use reqwest::Response;
use serde_json::{Value, json};

use super::Hosted;
use crate::harness::{TOKEN, messages};

impl Hosted {
    async fn post(&self, token: &str, session: Option<&str>, message: &Value) -> Response {
        let url = format!("{}/mcp/notion/proxy", self.host.url);
        let request = self
            .host
            .client
            .post(url)
            .bearer_auth(token)
            .header("Accept", "application/json, text/event-stream")
            .header("MCP-Protocol-Version", "2025-11-25");
        let request = session.into_iter().fold(request, |request, id| request.header("Mcp-Session-Id", id));
        request.json(message).send().await.unwrap()
    }

    /// Begins a session through the proxy; answers its id.
    async fn session(&self) -> String {
        let begin = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "front", "version": "1"}}});
        let answer = self.post(TOKEN, None, &begin).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        let session = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        let begun = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(self.post(TOKEN, Some(&session), &begun).await.status(), 202);
        session
    }
}

async fn only_message(answer: Response) -> Value {
    let is_stream = answer.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream");
    let text = answer.text().await.unwrap();
    if is_stream { messages(&text).pop().unwrap() } else { serde_json::from_str(&text).unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_with_the_server_goes_through_with_its_header() {
    let world = Hosted::start().await;
    world.connect().await;
    let session = world.session().await;
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}});
    let listed = only_message(world.post(TOKEN, Some(&session), &list).await).await;
    let names: Vec<&str> = listed["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"notion-search"), "{names:?}");
    // Renewed on the way: what only reads is sent again.
    world.host.emulator.hosted().expire();
    let again = only_message(world.post(TOKEN, Some(&session), &list).await).await;
    assert!(again["result"]["tools"].is_array(), "{again:#}");
    assert_eq!(world.renewals(), 1);
    let unknown = world.post(TOKEN, Some("unknown"), &list).await;
    assert_eq!(unknown.status(), 404, "the server's own answer");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_streamed_and_goes_through_the_door() {
    let world = Hosted::start().await;
    world.host.emulator.hosted().set(HostedSettings {
        answers: Answers::Stream,
        step_ms: 20,
        ..HostedSettings::default()
    });
    world.connect().await;
    let session = world.session().await;
    let call = json!({"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {
        "name": "notion-create-pages", "_meta": {"progressToken": "p"},
        "arguments": {"parent": {"page_id": world.root()},
            "pages": [{"properties": {"title": "One"}}, {"properties": {"title": "Two"}}]}}});
    let answer = world.post(TOKEN, Some(&session), &call).await;
    assert_eq!(answer.headers()["mcp-session-id"], session.as_str());
    let text = answer.text().await.unwrap();
    let told = messages(&text);
    let (last, before) = told.split_last().unwrap();
    assert!(before.iter().any(|message| message["method"] == "notifications/progress"), "{text}");
    assert_eq!(
        (&last["id"], last["result"]["isError"].as_bool().unwrap_or_default()),
        (&json!("a"), false),
        "{text}"
    );
    assert!(last["result"]["structuredContent"].is_object(), "as the server said it: {last:#}");
    assert_eq!(world.host.emulator.writes().len(), 2);
    let rows = world.host.store_rows("notion_notion_create_pages").await;
    assert_eq!(rows, ["ok"], "the call is in the audit");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credential_is_in_no_answer() {
    let world = Hosted::start().await;
    world.connect().await;
    let session = world.session().await;
    let mut redacted = Vec::new();
    for secret in world.host.emulator.hosted().secrets() {
        // A server says the id of a request again.
        let list = json!({"jsonrpc": "2.0", "id": secret, "method": "tools/list", "params": {}});
        let text = world.post(TOKEN, Some(&session), &list).await.text().await.unwrap();
        if !text.contains(&secret) {
            redacted.push(text);
        }
    }
    // Of all that was given out, the server is sent the access token.
    assert_eq!(redacted.len(), 1, "{redacted:?}");
    assert!(redacted[0].contains("\"[redacted]\""), "{redacted:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_door_refuses_is_refused_here_too() {
    let world = Hosted::start().await;
    world.connect().await;
    let call = |name: &str, arguments: Value| json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}});
    let wrong =
        only_message(world.post(TOKEN, None, &call("notion-create-comment", json!({"page": 1}))).await).await;
    assert_eq!(wrong["result"]["isError"], json!(true), "{wrong:#}");
    let unknown = only_message(world.post(TOKEN, None, &call("notion-nothing", json!({}))).await).await;
    assert_eq!(unknown["error"]["code"], json!(-32602), "{unknown:#}");
    // An answer that is lost is sent once, and told so.
    world.host.emulator.fault(Fault::new("POST /mcp notion-create-comment", FaultKind::ApplyThenDrop));
    let comment = call("notion-create-comment", json!({"page_id": world.root(), "markdown": "Once."}));
    let lost = only_message(world.post(TOKEN, None, &comment).await).await;
    assert!(lost.to_string().contains("outcome_unknown"), "{lost:#}");
    assert_eq!(world.host.emulator.writes().len(), 1);
    for (message, why) in [
        (json!([call("notion-search", json!({"query": "x"}))]), "a batch"),
        (json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "Method": "tools/call"}), "another letter case"),
        (json!({"jsonrpc": "1.0", "id": 1, "method": "ping"}), "another version"),
        (json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}), "without a name"),
        (json!("tools/call"), "no object"),
    ] {
        assert_eq!(world.post(TOKEN, None, &message).await.status(), 400, "{why}");
    }
    let get = world.host.request("GET", "/mcp/notion/proxy").send().await.unwrap();
    assert_eq!(get.status(), 405);
    let nowhere = world.host.request("POST", "/mcp/other/proxy").json(&json!({})).send().await.unwrap();
    assert_eq!(nowhere.status(), 404);
    let nobody = world.host.client.post(format!("{}/mcp/notion/proxy", world.host.url)).json(&json!({}));
    assert_eq!(nobody.send().await.unwrap().status(), 401);
    // Who has connected nothing is told where to.
    let stranger = world.token("stranger").await;
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}});
    let answer = world.post(&stranger, None, &list).await;
    assert_eq!(answer.status(), 403);
    let envelope: Value = answer.json().await.unwrap();
    assert!(envelope["error"]["details"]["connect_url"].as_str().unwrap().contains("upstream=notion"));
    world.stop().await;
}
