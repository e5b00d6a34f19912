//! The baseline of `script/bench`: an axum handler that parses the same request and answers the same JSON as the echo
//! tool over MCP does, with nothing in between: no authentication, no validation, no sandbox.

use std::net::SocketAddr;

use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address: SocketAddr = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| ([127, 0, 0, 1], 8702).into());
    let listener = tokio::net::TcpListener::bind(address).await?.tap_io(|stream| {
        // As the host does; a socket that refuses is slower, not wrong.
        stream.set_nodelay(true).ok();
    });
    axum::serve(listener, Router::new().route("/mcp", post(echo))).await
}

async fn echo(Json(request): Json<Value>) -> Json<Value> {
    let message = request.pointer("/params/arguments/message").cloned().unwrap_or_default();
    let answer = json!({ "message": message });
    Json(json!({
        "jsonrpc": "2.0",
        "id": request.get("id"),
        "result": {
            "resultType": "complete",
            "content": [{ "type": "text", "text": answer.to_string() }],
            "structuredContent": answer,
            "isError": false,
        },
    }))
}
