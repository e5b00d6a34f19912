//! Requests that reach no tool.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::json;

use super::message::{LEGACY, add, modern, modern_with, post};
use crate::harness::{Host, OPERATOR, request_of};

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
