//! A plugin, or a server, that wants to reach what nobody granted.

use serde_json::json;

use super::world::{Server, answer, host, request};

/// All that the manifest asks for, also what leads to this machine.
const ALL: [&str; 9] = [
    "GET http://api.example.test:PORT/v1/*",
    "POST http://api.example.test:PORT/v1/*",
    "GET http://inside.example.test:PORT/*",
    "GET http://127.0.0.1:PORT/*",
    "GET http://[::1]:PORT/*",
    "GET http://[::ffff:7f00:1]:PORT/*",
    "GET 169.254.169.254/*",
    "GET http://localhost:PORT/*",
    "GET 10.0.0.1/*",
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_asked_that_the_operator_did_not_call_so() {
    let server = Server::start(|_| answer("200 OK", "", "inside")).await;
    let host = host(&server, &ALL).await;
    for url in [
        "http://inside.example.test:PORT/x",
        "http://INSIDE.example.test:PORT/x",
        "http://127.0.0.1:PORT/x",
        "http://127.1:PORT/x",
        "http://2130706433:PORT/x",
        "http://0x7f.0.0.1:PORT/x",
        "http://0177.1:PORT/x",
        "http://127.0.0.1.:PORT/x",
        "http://[::1]:PORT/x",
        "http://[0:0:0:0:0:0:0:1]:PORT/x",
        "http://[::ffff:127.0.0.1]:PORT/x",
        "http://localhost:PORT/x",
        "https://169.254.169.254/latest/meta-data",
        "https://0xa9fea9fe/latest/meta-data",
        "https://10.1/",
    ] {
        let refusal = host.error("fetch_read", request("GET", url)).await;
        assert_eq!(refusal["code"], "forbidden", "{url}: {refusal}");
        assert!(refusal["message"].as_str().unwrap().contains("private network"), "{url}: {refusal}");
        assert!(refusal["hint"].as_str().unwrap().contains("allow_private = true"), "{url}: {refusal}");
    }
    assert_eq!(server.lines(), [""; 0]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_reads_in_two_ways_is_not_asked() {
    let server = Server::start(|_| answer("200 OK", "", "")).await;
    let host = host(&server, &ALL).await;
    for path in [
        "/v1/../admin",
        "/v1/..",
        "/v1/%2e%2e/admin",
        "/v1/.%2E/admin",
        "/v1/..%2fadmin",
        "/v1/%252e%252e%252fadmin",
        "/v1/..%5cadmin",
        "/v1\\..\\admin",
        "/v1/..;/admin",
        "//v1/x",
        "/v1//x",
        "/v1/x%00",
        "/v1/x%0d%0aHost:%20other",
        "/v1/ü",
        "/v1/a b",
    ] {
        let url = format!("http://api.example.test:PORT{path}");
        let refusal = host.error("fetch_read", request("GET", &url)).await;
        assert_eq!(refusal["code"], "invalid_input", "{path}: {refusal}");
    }
    for url in [
        "http://user:secret@api.example.test:PORT/v1/x",
        "http://api.example.test:PORT@127.0.0.1/v1/x",
        "http://api.example.test.:PORT/v1/x",
        "http://api.example.test%2f:PORT/v1/x",
        "http://[fe80::1%25lo]:PORT/v1/x",
        "file:///etc/passwd",
        "ftp://api.example.test/v1/x",
        "//api.example.test:PORT/v1/x",
        "",
    ] {
        let refusal = host.error("fetch_read", request("GET", url)).await;
        assert_eq!(refusal["code"], "invalid_input", "{url}: {refusal}");
    }
    assert_eq!(server.lines(), [""; 0]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_decide_how_a_message_is_read_are_not_sent() {
    let server = Server::start(|_| answer("200 OK", "", "")).await;
    let host = host(&server, &ALL).await;
    for (name, value) in [
        ("Host", "127.0.0.1"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "upgrade"),
        ("Proxy-Authorization", "x"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("a\r\nHost", "127.0.0.1"),
        ("a", "b\r\nHost: 127.0.0.1"),
    ] {
        let mut arguments = request("POST", "http://api.example.test:PORT/v1/x");
        arguments["headers"] = json!([[name, value]]);
        let refusal = host.error("fetch_write", arguments).await;
        assert_eq!(refusal["code"], "invalid_input", "{name:?}: {refusal}");
    }
    assert_eq!(server.lines(), [""; 0]);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_sends_without_end_costs_its_own_call() {
    let large = "x".repeat(4 * 1024 * 1024 + 1);
    let most = "x".repeat(3 * 1024 * 1024);
    let server = Server::start(move |asked| match asked {
        asked if asked.contains("/v1/most") => answer("200 OK", "", &most),
        asked if asked.contains("/v1/large") => answer("200 OK", "", &large),
        asked if asked.contains("/v1/packed") => answer("200 OK", "content-encoding: gzip\r\n", "\u{1f}"),
        _ => answer("200 OK", "", "small"),
    })
    .await;
    let host = host(&server, &ALL).await;
    let at = |path: &str| request("GET", &format!("http://api.example.test:PORT/v1/{path}"));
    assert_eq!(host.error("fetch_read", at("large")).await["code"], "limit_exceeded");
    assert_eq!(host.error("fetch_read", at("packed")).await["code"], "upstream_failed");
    assert_eq!(host.result("fetch_read", at("small")).await["text"], "small");
    // A batch is bounded as a whole: each answer of it would be small enough.
    let url = "http://api.example.test:14085/v1/most";
    let told = host.result("fetch_all", json!({ "urls": vec![url; 8] })).await;
    let firsts: Vec<_> = told["answers"].as_array().unwrap().iter().map(|answer| answer[0].clone()).collect();
    assert_eq!(firsts[..5], [200, 200, 200, 200, 200].map(|status| json!(status)));
    assert_eq!(firsts[5..], ["limit_exceeded"; 3].map(|code| json!(code)), "{firsts:?}");
    host.stop().await;
}
