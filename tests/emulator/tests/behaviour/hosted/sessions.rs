//! Revisions with sessions.

use serde_json::{Value, json};

use super::client::{Answer, LEGACY, World, asks};

#[tokio::test]
async fn a_session_is_needed_after_the_beginning_and_can_be_ended() {
    let world = World::start().await;
    let pair = world.connect().await;
    let session = world.session(&pair, LEGACY).await;
    let send = |builder: reqwest::RequestBuilder, body: Value| async move {
        Answer::of(builder.json(&body).send().await.unwrap()).await
    };
    let tools = send(world.in_session(&pair, &session, LEGACY), asks("tools/list")).await.ok();
    assert!(tools["result"]["tools"].as_array().unwrap().len() >= 6);
    assert!(tools["result"]["resultType"].is_null());
    assert_eq!(send(world.in_session(&pair, &session, LEGACY), asks("ping")).await.ok()["result"], json!({}));
    let unknown = send(world.in_session(&pair, &session, LEGACY), asks("prompts/list")).await;
    unknown.refused(200, -32601);

    let versioned = world.post(pair.access()).header("mcp-protocol-version", LEGACY);
    send(versioned, asks("tools/list")).await.refused(400, -32600);
    send(world.post(pair.access()), asks("tools/list")).await.refused(400, -32600);
    let unversioned = world.post(pair.access()).header("mcp-session-id", &session);
    send(unversioned, asks("tools/list")).await.refused(400, -32600);
    send(world.in_session(&pair, &session, "2025-06-18"), asks("tools/list")).await.refused(400, -32600);
    let error = send(world.in_session(&pair, &session, "2023-01-01"), asks("tools/list")).await;
    assert_eq!(error.refused(400, -32022)["error"]["data"]["requested"], "2023-01-01");
    send(world.in_session(&pair, "mcps_guessed", LEGACY), asks("tools/list")).await.refused(404, -32000);

    let end = || {
        let request = world.http.delete(world.hosted().url()).bearer_auth(pair.access());
        request.header("mcp-session-id", &session).header("mcp-protocol-version", LEGACY).send()
    };
    assert_eq!(end().await.unwrap().status().as_u16(), 204);
    assert_eq!(end().await.unwrap().status().as_u16(), 404);
    send(world.in_session(&pair, &session, LEGACY), asks("tools/list")).await.refused(404, -32000);
}

#[tokio::test]
async fn a_session_is_good_for_the_grant_that_opened_it_alone() {
    let world = World::start().await;
    let (mine, theirs) = (world.connect().await, world.connect().await);
    let session = world.session(&mine, LEGACY).await;
    let sent = world.in_session(&theirs, &session, LEGACY).json(&asks("tools/list")).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 404);
    assert_eq!(world.hosted().forget_sessions(), 1);
    let sent = world.in_session(&mine, &session, LEGACY).json(&asks("tools/list")).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 404);
}

#[tokio::test]
async fn each_revision_with_sessions_is_spoken_and_another_is_answered_with_the_newest() {
    let world = World::start().await;
    let pair = world.connect().await;
    for version in ["2025-03-26", "2025-06-18", LEGACY] {
        let session = world.session(&pair, version).await;
        let sent = world.in_session(&pair, &session, version).json(&asks("ping")).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 200, "{version}");
    }
    let begin = |params: Value| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
        let request = world.post(pair.access()).json(&body).send();
        async { Answer::of(request.await.unwrap()).await }
    };
    let client = json!({ "name": "test", "version": "1" });
    let newest =
        begin(json!({ "protocolVersion": "2026-07-28", "capabilities": {}, "clientInfo": client })).await;
    assert_eq!(newest.ok()["result"]["protocolVersion"], LEGACY);
    for params in [
        json!({}),
        json!({ "protocolVersion": LEGACY, "clientInfo": client }),
        json!({ "protocolVersion": LEGACY, "capabilities": {} }),
    ] {
        begin(params).await.refused(400, -32602);
    }
}

#[tokio::test]
async fn nothing_is_asked_before_the_beginning_is_over() {
    let world = World::start().await;
    let pair = world.connect().await;
    let params = json!({
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
    });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
    let begun = world.post(pair.access()).json(&body).send().await.unwrap();
    let session = begun.headers()["mcp-session-id"].to_str().unwrap().to_owned();
    let early = world.in_session(&pair, &session, LEGACY).json(&asks("tools/list")).send().await.unwrap();
    Answer::of(early).await.refused(400, -32600);
    let ping = world.in_session(&pair, &session, LEGACY).json(&asks("ping")).send().await.unwrap();
    assert_eq!(ping.status().as_u16(), 200);
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let world = World::start().await;
    let pair = world.connect().await;
    let session = world.session(&pair, LEGACY).await;
    for (body, code) in [
        ("{", -32700),
        ("[]", -32600),
        ("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32600),
        ("{\"id\":1,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", -32600),
    ] {
        let request = world.in_session(&pair, &session, LEGACY).header("content-type", "application/json");
        Answer::of(request.body(body).send().await.unwrap()).await.refused(400, code);
    }
    let long = format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{}\"}}", "x".repeat(1024 * 1024));
    let request = world.in_session(&pair, &session, LEGACY).header("content-type", "application/json");
    assert_eq!(request.body(long).send().await.unwrap().status().as_u16(), 413);
}

#[tokio::test]
async fn headers_are_as_the_protocol_has_them() {
    let world = World::start().await;
    let pair = world.connect().await;
    let plain = || world.http.post(world.hosted().url()).bearer_auth(pair.access());
    for accept in ["application/json", "text/event-stream", "*/*"] {
        let sent = plain().header("accept", accept).json(&asks("ping")).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 406, "{accept}");
    }
    let typed =
        world.post(pair.access()).header("content-type", "text/plain").body("{}").send().await.unwrap();
    assert_eq!(typed.status().as_u16(), 415);
    for (origin, status) in [("https://evil.example", 403), ("null", 403), (&*world.emulator.url(), 400)] {
        let sent =
            world.post(pair.access()).header("origin", origin).json(&asks("ping")).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), status, "{origin}");
    }
    let put = world.http.put(world.hosted().url()).bearer_auth(pair.access()).send().await.unwrap();
    assert_eq!(
        (put.status().as_u16(), &put.headers()["allow"]),
        (405, &"POST, GET, DELETE".parse().unwrap())
    );
}
