//! Pages of other origins.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::json;
use toolbay_gateway::EdgeSettings;

use crate::harness::{Host, OPERATOR, Reply};

const LISTED: &str = "https://app.example.com";

fn host() -> Host {
    Host::behind(EdgeSettings { cors_origins: vec![LISTED.parse().unwrap()], ..EdgeSettings::default() })
}

fn of_page(origin: &str, method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::ORIGIN, origin)
}

/// What a browser asks before it sends what a page wants.
async fn preflight(host: &Host, origin: &str, path: &str) -> Reply {
    let request =
        of_page(origin, "OPTIONS", path).header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST").header(
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            "authorization,mcp-protocol-version,mcp-param-region",
        );
    host.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_listed_page_is_told_before_it_has_a_token_and_another_is_refused() {
    let host = host();
    for path in [
        "/mcp",
        "/v1/tools",
        "/openapi.json",
        "/openapi/full.json",
        "/oauth/token",
        "/oauth/register",
        "/oauth/revoke",
    ] {
        let reply = preflight(&host, LISTED, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), LISTED, "{path}");
        assert_eq!(
            reply.header("access-control-allow-headers"),
            "authorization,mcp-protocol-version,mcp-param-region"
        );
        assert!(reply.header("access-control-allow-methods").contains("POST"));
        assert!(!reply.headers.contains_key("access-control-allow-credentials"));
        assert!(reply.header("vary").contains("origin"), "{path}");
        for foreign in
            ["https://evil.com", "http://app.example.com", "https://app.example.com.evil.com", "null"]
        {
            let refused = preflight(&host, foreign, path).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{foreign} {path}");
            assert!(!refused.headers.contains_key("access-control-allow-origin"));
        }
    }
}

#[tokio::test]
async fn pages_and_whatever_reads_a_cookie_are_for_no_other_origin() {
    let host = host();
    for path in
        ["/", "/console/assets/pages.css", "/oauth/start", "/oauth/callback", "/oauth/authorize", "/nothing"]
    {
        assert_eq!(preflight(&host, LISTED, path).await.status, StatusCode::FORBIDDEN, "{path}");
        let asked = host.send(of_page(LISTED, "GET", path).body(Body::empty()).unwrap()).await;
        assert_eq!(asked.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!asked.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn metadata_is_for_every_origin() {
    for host in [host(), Host::new()] {
        for path in ["/.well-known/oauth-authorization-server", "/mcp/.well-known/openid-configuration"] {
            let told = preflight(&host, "https://somebody.example", path).await;
            assert_eq!((told.status, told.header("access-control-allow-origin")), (StatusCode::OK, "*"));
            let asked = host
                .send(of_page("https://somebody.example", "GET", path).body(Body::empty()).unwrap())
                .await;
            assert_eq!(asked.header("access-control-allow-origin"), "*");
        }
    }
}

#[tokio::test]
async fn a_listed_page_can_call_and_read_what_it_needs() {
    let host = host();
    let send = async |origin: &str, path: &str, token: &str, body: String| {
        let request = of_page(origin, "POST", path)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        host.send(request.body(Body::from(body)).unwrap()).await
    };
    // The library behind MCP has its own list of origins.
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    let sum = json!({"a": 1, "b": 2}).to_string();
    for (path, body) in [("/mcp", ping), ("/v1/tools/add", sum)] {
        let reply = send(LISTED, path, OPERATOR, body.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), LISTED);
        let exposed = reply.header("access-control-expose-headers");
        assert_eq!(
            exposed,
            "www-authenticate,mcp-session-id,x-request-id,retry-after,location,preference-applied"
        );
        // A page has to read where a token is to be had.
        let unknown = send(LISTED, path, "wrong", body.clone()).await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
        assert_eq!(unknown.header("access-control-allow-origin"), LISTED);
        let foreign = send("https://evil.com", path, OPERATOR, body).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    }
    // What is no preflight needs a token, as ever.
    let options = host.send(of_page(LISTED, "OPTIONS", "/v1/tools").body(Body::empty()).unwrap()).await;
    assert_eq!(options.status, StatusCode::UNAUTHORIZED);
}
