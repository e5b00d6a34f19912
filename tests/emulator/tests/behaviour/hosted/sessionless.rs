//! The revision without sessions.

use serde_json::{Value, json};

use super::client::{Answer, MODERN, Pair, World};

#[tokio::test]
async fn a_server_says_what_it_speaks_and_lists_its_tools() {
    let world = World::start().await;
    let pair = world.connect().await;
    let said = world.modern(&pair, "server/discover", json!({})).await.ok();
    assert_eq!(said["result"]["supportedVersions"][0], MODERN);
    assert_eq!(said["result"]["resultType"], "complete");
    assert_eq!(said["result"]["capabilities"]["tools"]["listChanged"], true);
    let listed = world.modern(&pair, "tools/list", json!({})).await;
    assert_eq!(listed.header("mcp-session-id"), "");
    let listed = listed.ok();
    assert_eq!(listed["result"]["cacheScope"], "private");
    for tool in listed["result"]["tools"].as_array().unwrap() {
        assert!(tool["name"].as_str().unwrap().starts_with("notion-"));
        assert_eq!(tool["inputSchema"]["type"], "object");
        assert!(tool["inputSchema"]["properties"].is_object());
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{tool}");
        }
    }
    world.modern(&pair, "tools/list", json!({ "cursor": "x" })).await.refused(400, -32602);
    world.modern(&pair, "ping", json!({})).await.refused(404, -32601);
    world.modern(&pair, "initialize", json!({})).await.refused(404, -32601);
}

#[tokio::test]
async fn headers_repeat_what_the_message_says() {
    let world = World::start().await;
    let pair = world.connect().await;
    let arguments = json!({ "name": "notion-search", "arguments": { "query": "mill" } });
    let request = || world.modern_request(&pair, "tools/call", arguments.clone()).build().unwrap();
    let send = |request: reqwest::Request| {
        let sent = world.http.execute(request);
        async { Answer::of(sent.await.unwrap()).await }
    };
    assert_eq!(send(request()).await.status, 200);
    for header in ["mcp-protocol-version", "mcp-method", "mcp-name"] {
        let mut without = request();
        without.headers_mut().remove(header);
        send(without).await.refused(400, -32020);
    }
    for (header, value) in [
        ("mcp-method", "tools/list"),
        ("mcp-name", "notion-fetch"),
        ("mcp-protocol-version", "2025-11-25"),
        ("mcp-name", "=?base64?!!?="),
    ] {
        let mut other = request();
        other.headers_mut().insert(header, value.parse().unwrap());
        send(other).await.refused(400, -32020);
    }
    let mut encoded = request();
    encoded.headers_mut().insert("mcp-name", "=?base64?bm90aW9uLXNlYXJjaA==?=".parse().unwrap());
    assert_eq!(send(encoded).await.status, 200);
}

#[tokio::test]
async fn a_request_says_everything_about_itself() {
    let world = World::start().await;
    let pair = world.connect().await;
    let send = |meta: Value| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": meta } });
        let request = world
            .post(pair.access())
            .header("mcp-protocol-version", MODERN)
            .header("mcp-method", "tools/list")
            .json(&body)
            .send();
        async { Answer::of(request.await.unwrap()).await }
    };
    let version = "io.modelcontextprotocol/protocolVersion";
    let capabilities = "io.modelcontextprotocol/clientCapabilities";
    assert_eq!(send(json!({ version: MODERN, capabilities: {} })).await.status, 200);
    send(json!({ version: MODERN })).await.refused(400, -32602);
    send(json!({ version: MODERN, capabilities: [] })).await.refused(400, -32602);
    send(json!({ capabilities: {} })).await.refused(400, -32602);
    send(json!({ version: MODERN, capabilities: {}, "progressToken": [] })).await.refused(400, -32602);
    send(json!({ version: "2025-11-25", capabilities: {} })).await.refused(400, -32020);
    let unknown = send(json!({ version: "2027-01-01", capabilities: {} })).await.refused(400, -32022);
    assert_eq!(unknown["error"]["data"]["supported"][0], MODERN);
}

#[tokio::test]
async fn there_is_nothing_to_get_or_to_delete() {
    let world = World::start().await;
    let pair = world.connect().await;
    for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
        let request = world.http.request(method, world.hosted().url()).bearer_auth(pair.access());
        let sent = request.header("mcp-protocol-version", MODERN).header("accept", "text/event-stream");
        assert_eq!(sent.send().await.unwrap().status().as_u16(), 405);
    }
}

#[tokio::test]
async fn a_tool_that_is_not_there_is_an_error_and_bad_arguments_are_a_result() {
    let world = World::start().await;
    let pair: Pair = world.connect().await;
    let call = |params: Value| world.modern(&pair, "tools/call", params);
    call(json!({ "name": "notion-spawn-session", "arguments": {} })).await.refused(400, -32602);
    call(json!({ "name": "notion-search", "arguments": [] })).await.refused(400, -32602);
    let bad = world.call(&pair, "notion-search", json!({ "query": 7, "more": true })).await;
    assert_eq!(bad["isError"], true);
    assert_eq!(bad["structuredContent"]["error"]["code"], "validation_error");
}
