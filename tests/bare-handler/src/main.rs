//! The baseline of `script/bench`: an axum handler that parses the same request and answers the same JSON as the echo
//! tool over MCP does, with nothing in between: no authentication, no validation, no sandbox.
//!
//! It is an MCP server as well, of as many tools as its address asks for (`/mcp?tools=100`), all of which are `echo`: so the cost of a
//! server behind the host is measured beside the same server asked directly.

use std::net::SocketAddr;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

/// The newest revision of the protocol.
const VERSION: &str = "2026-07-28";

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
    axum::serve(listener, Router::new().route("/mcp", post(answer))).await
}

#[derive(Deserialize)]
struct Wanted {
    tools: Option<usize>,
}

async fn answer(Query(wanted): Query<Wanted>, Json(request): Json<Value>) -> Response {
    let result = match request.get("method").and_then(Value::as_str) {
        Some("tools/call") | None => echo(&request),
        Some("server/discover") => json!({
            "resultType": "complete",
            "supportedVersions": [VERSION],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "bare", "version": "1"},
            "ttlMs": 0,
            "cacheScope": "public",
        }),
        Some("tools/list") => json!({
            "resultType": "complete",
            "tools": tools(wanted.tools.unwrap_or(1)),
            "ttlMs": 0,
            "cacheScope": "public",
        }),
        Some(method) if method.starts_with("notifications/") => return StatusCode::ACCEPTED.into_response(),
        Some(_) => {
            let error = json!({"code": -32601, "message": "Method not found"});
            return Json(json!({"jsonrpc": "2.0", "id": request.get("id"), "error": error})).into_response();
        }
    };
    Json(json!({"jsonrpc": "2.0", "id": request.get("id"), "result": result})).into_response()
}

fn echo(request: &Value) -> Value {
    let message = request.pointer("/params/arguments/message").cloned().unwrap_or_default();
    let answer = json!({ "message": message });
    json!({
        "resultType": "complete",
        "content": [{ "type": "text", "text": answer.to_string() }],
        "structuredContent": answer,
        "isError": false,
    })
}

fn tools(number: usize) -> Vec<Value> {
    let name = |number: usize| if number == 0 { "echo".to_owned() } else { format!("echo{number}") };
    let tool = |number| {
        json!({
            "name": name(number),
            "description": "Answers with the message that it is sent.",
            "inputSchema": {
                "type": "object",
                "properties": {"message": {"type": "string", "description": "What is said."}},
                "required": ["message"],
            },
            "annotations": {"readOnlyHint": true},
        })
    };
    (0..number).map(tool).collect()
}
