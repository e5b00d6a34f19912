//! Bad input through every surface: always the envelope or MCP's error, with code, message and hint; never a 500, never
//! a token.

use serde_json::{Value, json};

use crate::harness::{TOKEN, TestHost};

const PLUGINS: [&str; 4] = ["echo", "request", "rows", "search"];

/// An answer over REST: its status, and the envelope with what every envelope has.
async fn envelope(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    assert_ne!(status, 500);
    assert!(answer.headers().contains_key("x-request-id"));
    let text = answer.text().await.unwrap();
    assert!(!text.contains(TOKEN) && !text.contains("secret_emulator"), "{text}");
    let envelope: Value =
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} without envelope: {text}"));
    if envelope["ok"] == json!(false) {
        let error = &envelope["error"];
        assert!(error["code"].is_string() && error["message"].is_string(), "{envelope:#}");
        assert!(envelope["meta"]["request_id"].is_string(), "{envelope:#}");
    }
    (status, envelope)
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_and_arguments() {
    let host = TestHost::start(&PLUGINS).await;
    let cases = [
        ("unknown tool", "serach", json!({}), "not_found"),
        ("missing argument", "echo", json!({}), "invalid_input"),
        ("wrong type", "echo", json!({"message": 5}), "invalid_input"),
        ("unknown argument", "echo", json!({"message": "a", "mesage": "b"}), "invalid_input"),
        ("not an object", "echo", json!([1]), "invalid_input"),
        ("out of range", "echo", json!({"message": "a", "repeat": 1_000}), "invalid_input"),
        (
            "a connection that is not there",
            "search",
            json!({"query": "x", "connection_id": "00000000-0000-0000-0000-000000000000"}),
            "not_found",
        ),
        (
            "a key without a character",
            "echo",
            json!({"message": "a", "idempotency_key": ""}),
            "invalid_input",
        ),
    ];
    let mut seen = Vec::new();
    for (name, tool, arguments, code) in cases {
        let sent = host.request("POST", &format!("/v1/tools/{tool}")).json(&arguments).send().await.unwrap();
        let (status, over_rest) = envelope(sent).await;
        assert_eq!(over_rest["error"]["code"], code, "{name}: {over_rest:#}");
        let (_, over_mcp) =
            host.modern_raw("tools/call", json!({"name": tool, "arguments": arguments})).await;
        assert!(
            over_mcp["error"]["message"].is_string() || over_mcp["result"]["isError"] == json!(true),
            "{name}: {over_mcp:#}"
        );
        seen.push(json!({"case": name, "status": status, "message": over_rest["error"]["message"],
            "hint": over_rest["error"]["hint"]}));
    }
    insta::assert_json_snapshot!("tools_and_arguments", seen);

    // Repaired, not refused.
    assert_eq!(host.result("echo", json!({"message": "a", "repeat": "2"})).await["message"], "aa");
    let unique = json!({"property": "Name", "value": "A task"}).to_string();
    let database = host.emulator.ids().tasks_database;
    let upserted =
        host.result("upsert", json!({"database_id": database, "unique": unique, "properties": "{}"})).await;
    assert_eq!(upserted["action"], "created");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies() {
    let host = TestHost::start(&PLUGINS).await;
    let post = |body: Vec<u8>| {
        host.request("POST", "/v1/tools/echo").header("Content-Type", "application/json").body(body).send()
    };
    let deep = format!("{{\"message\": {}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let cases: [(&str, Vec<u8>, &[u16]); 5] = [
        ("not JSON", b"{\"message\":".to_vec(), &[400]),
        ("invalid UTF-8", b"{\"message\": \"\xff\xfe\"}".to_vec(), &[400]),
        ("deep nesting", deep.into_bytes(), &[400, 413, 422]),
        ("oversized", format!("{{\"message\": \"{}\"}}", "x".repeat(8 << 20)).into_bytes(), &[413]),
        ("empty", Vec::new(), &[400]),
    ];
    for (name, body, statuses) in cases {
        let (status, answer) = envelope(post(body).await.unwrap()).await;
        assert!(statuses.contains(&status), "{name}: {status} {answer:#}");
    }
    let sent = host.request("POST", "/v1/tools/echo").header("Content-Type", "text/plain").body("hi").send();
    assert_eq!(envelope(sent.await.unwrap()).await.0, 415);
    for (method, path, expected) in
        [("GET", "/v1/nothing", 404), ("PUT", "/v1/tools/echo", 405), ("GET", "/v1/tools/%ff", 405)]
    {
        let (status, answer) = envelope(host.request(method, path).send().await.unwrap()).await;
        assert_eq!(status, expected, "{method} {path}: {answer:#}");
    }

    // The same over MCP.
    for body in [
        b"{\"jsonrpc\":".to_vec(),
        b"\"\xff\"".to_vec(),
        format!(
            "{{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": {}{}}}",
            "[".repeat(5_000),
            "]".repeat(5_000)
        )
        .into(),
        format!("{{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"{}\"}}", "x".repeat(8 << 20)).into(),
    ] {
        let answer = host
            .request("POST", "/mcp")
            .header("Accept", "application/json, text/event-stream")
            .header("Content-Type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        assert!((400..500).contains(&answer.status().as_u16()), "{}", answer.status());
        assert!(!answer.text().await.unwrap().contains(TOKEN));
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_given_twice_is_refused_on_every_surface() {
    let host = TestHost::start(&["echo"]).await;
    for arguments in [
        r#"{"message": "a", "message": "b"}"#,
        r#"{"message": "a", "\u006dessage": "b"}"#,
        r#"{"message": "a", "more": {"x": 1, "x": 2}}"#,
    ] {
        let json = |request: reqwest::RequestBuilder, body: String| {
            request.header("Content-Type", "application/json").body(body)
        };
        let answer = json(host.request("POST", "/v1/tools/echo"), arguments.to_owned()).send().await.unwrap();
        let (status, told) = envelope(answer).await;
        assert_eq!(status, 400, "{told:#}");
        assert!(told["error"]["message"].as_str().unwrap().contains("is given twice"), "{told:#}");
        let message = format!(
            r#"{{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {{"name": "echo", "arguments": {arguments}}}}}"#
        );
        let answer = json(host.request("POST", "/mcp"), message)
            .header("Accept", "application/json, text/event-stream")
            .header("MCP-Protocol-Version", "2025-11-25");
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), 400);
        let told: Value = answer.json().await.unwrap();
        assert!(told["error"]["message"].as_str().unwrap().contains("is given twice"), "{told:#}");
        assert_eq!(told["id"], 7);
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers() {
    let host = TestHost::start(&PLUGINS).await;
    let body = json!({"message": "a"});
    for (path, body) in
        [("/v1/tools/echo", body.clone()), ("/mcp", json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}))]
    {
        let request = || {
            host.client
                .post(format!("{}{path}", host.url))
                .header("Accept", "application/json, text/event-stream")
                .json(&body)
        };
        assert_eq!(request().send().await.unwrap().status(), 401, "{path} without a token");
        for wrong in
            ["wrong", "", "tb_0000000000000000000000000000000000000000000000000", &format!("{TOKEN}x")]
        {
            let answer = request().bearer_auth(wrong).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path} with a wrong token");
            assert!(answer.headers().contains_key("www-authenticate"));
        }
        let foreign_host = request().bearer_auth(TOKEN).header("Host", "evil.example").send().await.unwrap();
        assert_eq!(foreign_host.status(), 403, "{path} with a foreign Host");
        let foreign_origin =
            request().bearer_auth(TOKEN).header("Origin", "https://evil.example").send().await.unwrap();
        assert_eq!(foreign_origin.status(), 403, "{path} with a foreign Origin");
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_toward_notion() {
    let host = TestHost::start(&PLUGINS).await;
    for path in [
        "//evil.com/v1/users",
        "https://evil.com/v1/users",
        "\\\\evil.com\\v1",
        "@evil.com/",
        "/v1/../x",
        "/v1/%2e%2e/admin",
        "/v1/users/%2e%2e%2fadmin",
        "/v1/users/..;/x",
        "/v1/pages?x=/../y",
        "/v1/pages#frag/../x",
        "/v1/pa\tges",
        "/v1//users",
        "/v1/users/%00",
        "／／evil.com",
        "v1/users:80",
        "",
    ] {
        let arguments = json!({"method": "GET", "path": path});
        let sent = host.request("POST", "/v1/notion/request").json(&arguments).send().await.unwrap();
        let (status, answer) = envelope(sent).await;
        assert!((400..500).contains(&status), "{path:?}: {status} {answer:#}");
        assert!(answer["error"]["hint"].is_string(), "{path:?} has no hint: {answer:#}");
    }
    host.stop().await;
}

/// Whoever is refused by the head of a request still sends its body, and reads the answer after that.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_arrives_while_the_body_is_still_being_sent() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let host = TestHost::start(&["echo"]).await;
    let address = host.url.trim_start_matches("http://").to_owned();
    for path in ["/mcp", "/v1/tools/echo"] {
        for _ in 0..20 {
            let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            for _ in 0..6 {
                tokio::time::sleep(std::time::Duration::from_millis(3)).await;
                stream.write_all(&[b' '; 10_000]).await.unwrap();
            }
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 401"), "{path}: {answer}");
        }
    }
    host.stop().await;
}
