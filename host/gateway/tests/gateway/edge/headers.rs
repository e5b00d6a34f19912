//! The headers of every answer.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt as _;

use crate::harness::{Host, request};

#[tokio::test]
async fn every_answer_has_the_headers_that_protect() {
    let host = Host::new();
    for path in [
        "/",
        "/console/assets/pages.css",
        "/v1/tools",
        "/v1/tools/add",
        "/openapi.json",
        "/health",
        "/nothing",
    ] {
        let reply = host.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        // With a page's forms browsers send where they come from only to what this lets know it.
        let referrer = if path == "/" { "same-origin" } else { "no-referrer" };
        assert_eq!(reply.header("referrer-policy"), referrer, "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!reply.header("cache-control").is_empty(), "{path}");
        assert_eq!(reply.header("x-request-id").len(), 36, "{path}");
        // The public origin is encrypted.
        assert_eq!(reply.header("strict-transport-security"), "max-age=31536000", "{path}");
    }
    let foreign = Request::builder().uri("/").header(header::HOST, "evil.com").body(Body::empty()).unwrap();
    let refused = host.send(foreign).await;
    assert_eq!(
        (refused.status, refused.header("x-content-type-options")),
        (StatusCode::FORBIDDEN, "nosniff")
    );
}

#[tokio::test]
async fn pages_are_in_no_frame_and_have_no_opener() {
    let host = Host::new();
    let as_browser =
        |path: &str| request("GET", path).header(header::ACCEPT, "text/html").body(Body::empty());
    for path in ["/", "/oauth/callback"] {
        let page = host.send(as_browser(path).unwrap()).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{path}");
    }
}

#[tokio::test]
async fn what_is_about_a_principal_is_kept_by_nobody() {
    let host = Host::new();
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).to_string();
    let call =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "picture"}}).to_string();
    for (method, path, body) in [
        ("GET", "/v1/tools", ""),
        ("POST", "/v1/tools/picture", "{}"),
        ("POST", "/mcp", message.as_str()),
        ("POST", "/mcp", call.as_str()),
        // A stream of events, to which libraries give a weaker word.
        ("GET", "/mcp", ""),
        ("GET", "/oauth/callback", ""),
    ] {
        let request = request(method, path)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::CONTENT_TYPE, "application/json");
        // Its head is enough: a stream has no end.
        let answer =
            host.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store", "{method} {path} {body}");
    }
    // What is the same for everybody may be asked about.
    assert_eq!(host.get("/openapi.json").await.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn an_origin_that_is_not_encrypted_promises_nothing() {
    let host = Host::new();
    let at = async |named: &str| {
        let request = Request::builder().uri("/openapi.json").header(header::HOST, named);
        let reply = host.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::OK);
        reply.header("strict-transport-security").to_owned()
    };
    assert_eq!(at("tools.example.org").await, "max-age=31536000");
    assert_eq!(at("tools.example.test").await, "");
}
