//! Requests that nobody who means well sends: each gets its envelope, and none a 500.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::json;

use crate::harness::{Host, OPERATOR, request, request_of};

fn json_bytes(body: impl Into<Vec<u8>>) -> Request<Body> {
    let request = request("POST", "/v1/tools/add").header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.into())).unwrap()
}

#[tokio::test]
async fn bodies_that_are_not_arguments() {
    let host = Host::new();
    let deep = "[".repeat(100_000);
    let nested = format!("{{\"a\":{}1{},\"b\":2}}", "[".repeat(100), "]".repeat(100));
    let large = format!("{{\"a\":1,\"b\":2{}}}", " ".repeat(3 << 20));
    let much = format!("{{\"a\":1,\"b\":\"{}\"}}", "x".repeat(3 << 19));
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("not JSON", b"{".to_vec(), 400, "invalid_input"),
        ("not an object", b"[]".to_vec(), 400, "invalid_input"),
        ("null bytes", b"\0\0".to_vec(), 400, "invalid_input"),
        ("not UTF-8", b"{\"a\": \"\xff\xfe\"}".to_vec(), 400, "invalid_input"),
        ("half a surrogate", br#"{"a": "\ud800"}"#.to_vec(), 400, "invalid_input"),
        (
            "a number without end",
            format!("{{\"a\": 1e{}}}", "9".repeat(400)).into_bytes(),
            400,
            "invalid_input",
        ),
        ("beyond the parser's depth", deep.into_bytes(), 400, "invalid_input"),
        ("beyond the door's depth", nested.into_bytes(), 422, "limit_exceeded"),
        ("beyond the body's size", large.into_bytes(), 413, "limit_exceeded"),
        ("beyond the arguments' size", much.into_bytes(), 422, "limit_exceeded"),
        ("a wrong type", br#"{"a": 1, "b": {}}"#.to_vec(), 400, "invalid_input"),
        ("an unknown argument", br#"{"a": 1, "b": 2, "c": 3}"#.to_vec(), 400, "invalid_input"),
        ("two documents", b"{}{}".to_vec(), 400, "invalid_input"),
        ("nothing", Vec::new(), 400, "invalid_input"),
    ];
    for (case, body, status, code) in cases {
        let reply = host.send(json_bytes(body)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{case}");
    }
}

#[tokio::test]
async fn a_body_without_an_announced_length_is_bounded_too() {
    let host = Host::new();
    let pieces = futures_util::stream::iter((0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 << 10])));
    let request = request("POST", "/v1/tools/add").header(header::CONTENT_TYPE, "application/json");
    let reply = host.send(request.body(Body::from_stream(pieces)).unwrap()).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "limit_exceeded"));

    let broken = futures_util::stream::iter([Ok(vec![b'{']), Err(std::io::Error::other("gone"))]);
    let request =
        crate::harness::request("POST", "/v1/tools/add").header(header::CONTENT_TYPE, "application/json");
    let reply = host.send(request.body(Body::from_stream(broken)).unwrap()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_is_declared_as_what_it_is() {
    let host = Host::new();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=latin1",
    ] {
        let request = request("POST", "/v1/tools/add").header(header::CONTENT_TYPE, kind);
        let reply = host.send(request.body(Body::from(r#"{"a":1,"b":2}"#)).unwrap()).await;
        assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        assert_eq!(reply.code(), "invalid_input");
    }
}

#[tokio::test]
async fn without_a_known_token_nothing_below_v1_and_mcp_answers() {
    let host = Host::new();
    for path in ["/v1/tools", "/v1/tools/add", "/v1/connections", "/v1/meta", "/v1/no/such/thing", "/mcp"] {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            for credential in
                ["", "Bearer", "Bearer wrong", "Basic b3BlcmF0b3I6eA==", &format!("Token {OPERATOR}")]
            {
                let mut request =
                    Request::builder().method(method).uri(path).header(header::HOST, "localhost");
                if !credential.is_empty() {
                    request = request.header(header::AUTHORIZATION, credential);
                }
                let reply = host.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method} {path} with `{credential}`");
                let part = if path == "/mcp" { "mcp" } else { "v1" };
                let metadata = format!(
                    r#"resource_metadata="https://tools.example.com/.well-known/oauth-protected-resource/{part}""#
                );
                let challenge = reply.header("www-authenticate");
                assert!(challenge.starts_with(r#"Bearer realm="toolbay", "#), "{challenge}");
                assert!(challenge.contains(&metadata), "{challenge}");
                assert_eq!(challenge.contains("invalid_token"), credential == "Bearer wrong", "{challenge}");
                assert_eq!(reply.code(), "unauthenticated");
            }
        }
    }
}

#[tokio::test]
async fn a_failing_store_is_not_told_about() {
    let host = Host::new();
    let request = request_of("broken-store", "GET", "/v1/tools").body(Body::empty()).unwrap();
    let reply = host.send(request).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    assert!(!reply.header("retry-after").is_empty());
    assert!(!String::from_utf8(reply.bytes).unwrap().contains("5432"));
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused_before_the_token_is_looked_at() {
    let host = Host::new();
    for path in ["/v1/tools", "/", "/openapi.json", "/mcp", "/nothing"] {
        let foreign_host =
            Request::builder().uri(path).header(header::HOST, "evil.com").body(Body::empty()).unwrap();
        let foreign_origin =
            request("GET", path).header(header::ORIGIN, "http://evil.com").body(Body::empty()).unwrap();
        for request in [foreign_host, foreign_origin] {
            let reply = host.send(request).await;
            assert_eq!((reply.status, reply.code().as_str()), (StatusCode::FORBIDDEN, "forbidden"), "{path}");
        }
        let no_host = Request::builder().uri(path).body(Body::empty()).unwrap();
        assert_eq!(host.send(no_host).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    // A probe of an orchestrator names the address of a container.
    let probe =
        Request::builder().uri("/livez").header(header::HOST, "10.1.2.3:8700").body(Body::empty()).unwrap();
    assert_eq!(host.send(probe).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_further_public_origin_is_served_and_names_itself() {
    let host = Host::new();
    let at = async |named: &str, origin: &str| {
        let request = Request::builder()
            .uri("/v1/meta")
            .header(header::HOST, named)
            .header(header::ORIGIN, origin)
            .header(header::AUTHORIZATION, format!("Bearer {OPERATOR}"));
        host.send(request.body(Body::empty()).unwrap()).await
    };
    for (named, origin) in [
        ("tools.example.org", "https://tools.example.org"),
        ("tools.example.com", "https://tools.example.com"),
        ("localhost:8700", "https://tools.example.com"),
    ] {
        let reply = at(named, origin).await;
        assert_eq!(
            reply.envelope()["result"]["addresses"]["mcp"],
            format!("{origin}/mcp"),
            "asked at {named}"
        );
    }
    assert_eq!(at("tools.example.org", "https://evil.com").await.status, StatusCode::FORBIDDEN);
    assert_eq!(at("tools.example.net", "https://tools.example.org").await.status, StatusCode::FORBIDDEN);
    // The library behind MCP has its own list.
    let request = Request::builder()
        .method("POST")
        .uri("/mcp")
        .header(header::HOST, "tools.example.org")
        .header(header::ORIGIN, "https://tools.example.org")
        .header(header::AUTHORIZATION, format!("Bearer {OPERATOR}"))
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header(header::CONTENT_TYPE, "application/json");
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    assert_eq!(host.send(request.body(Body::from(ping)).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn addresses_and_methods_that_do_not_exist_answer_with_the_envelope() {
    let host = Host::new();
    for path in [
        "/nothing",
        "/v1",
        "/v1/",
        "/v1/tools/",
        "/v1/tools/add/",
        "/v1/tools/a/b",
        "/console/assets/../Cargo.toml",
        "/v1//tools",
    ] {
        let reply = host.get(path).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::NOT_FOUND, "not_found"), "{path}");
    }
    for (method, path, allow) in [
        ("GET", "/v1/tools/add", "POST"),
        ("POST", "/v1/tools", "GET"),
        ("DELETE", "/openapi.json", "GET,HEAD"),
        ("POST", "/health", "GET,HEAD"),
        ("BREW", "/", "GET,HEAD"),
    ] {
        let reply = host.json(method, path, &json!({})).await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, allow),
            "{method} {path}"
        );
        assert_eq!(reply.code(), "invalid_input");
    }
}
