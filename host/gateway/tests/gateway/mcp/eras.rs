//! How the eras open, and what neither offers.

use http::StatusCode;
use serde_json::json;

use super::message::{LEGACY, MODERN, legacy, modern};
use crate::harness::{Host, OPERATOR};

#[tokio::test]
async fn initialize_and_discover_open_their_eras() {
    let host = Host::new();
    let params =
        json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let opened = host.send(legacy(OPERATOR, "initialize", params)).await;
    assert!(opened.header("mcp-session-id").len() >= 32, "a name that nobody guesses");
    let opened = opened.result();
    assert_eq!(opened["protocolVersion"], LEGACY);
    assert_eq!(opened["serverInfo"]["version"], "0.0.0-test");
    assert_eq!(opened["capabilities"], json!({"logging": {}, "tools": {"listChanged": true}}));

    let discovered = host.send(modern(OPERATOR, "server/discover", json!({}))).await.result();
    assert_eq!(discovered["capabilities"], opened["capabilities"]);
    assert!(discovered["supportedVersions"].as_array().unwrap().contains(&json!(MODERN)));
    assert!(discovered["instructions"].as_str().unwrap().len() <= 512);
}

#[tokio::test]
async fn what_is_not_offered_is_unknown() {
    let host = Host::new();
    for method in ["prompts/list", "resources/list", "completion/complete", "tasks/get", "ping", "nonsense"] {
        let reply = host.send(modern(OPERATOR, method, json!({}))).await;
        assert_eq!((reply.status, reply.error()), (StatusCode::NOT_FOUND, -32601), "{method}");
    }
    assert_eq!(host.send(legacy(OPERATOR, "ping", json!({}))).await.result(), json!({}));
}
