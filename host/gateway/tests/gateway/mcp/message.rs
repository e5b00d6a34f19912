//! Messages of both eras, and what is read of their answers.

use axum::body::Body;
use http::{HeaderValue, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{Reply, request_of};

/// The version of the era without sessions.
pub(super) const MODERN: &str = "2026-07-28";
/// A version of the era that opens with `initialize`.
pub(super) const LEGACY: &str = "2025-11-25";

/// A message of the modern era with what it has to repeat in its headers.
pub(super) fn modern(token: &str, method: &str, params: Value) -> Request<Body> {
    modern_with(token, method, params, json!({}))
}

/// [`modern`], with more metadata.
pub(super) fn modern_with(token: &str, method: &str, mut params: Value, more: Value) -> Request<Body> {
    let mut meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    meta.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    params["_meta"] = meta;
    let mut request = post(token).header("mcp-protocol-version", MODERN).header("mcp-method", method);
    if let Some(name) = params["name"].as_str() {
        request = request.header("mcp-name", name);
    }
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    request.body(Body::from(message.to_string())).unwrap()
}

/// A message of the legacy era.
pub(super) fn legacy(token: &str, method: &str, params: Value) -> Request<Body> {
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    post(token).header("mcp-protocol-version", LEGACY).body(Body::from(message.to_string())).unwrap()
}

/// [`legacy`], with metadata.
pub(super) fn legacy_with(token: &str, method: &str, mut params: Value, meta: Value) -> Request<Body> {
    params["_meta"] = meta;
    legacy(token, method, params)
}

/// A message to come, of the legacy era as long as no header says otherwise.
pub(super) fn post(token: &str) -> http::request::Builder {
    request_of(token, "POST", "/mcp")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
}

/// The same message, written so that it is the library that reads it.
pub(super) fn the_long_way(mut request: Request<Body>) -> Request<Body> {
    let accept = "application/json;q=0.9, text/event-stream";
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(accept));
    request
}

/// The parameters of a call of `add`.
pub(super) fn add(a: i64, b: i64) -> Value {
    json!({"name": "add", "arguments": {"a": a, "b": b}})
}

impl Reply {
    /// The messages of an answer, whether it is JSON or a stream.
    pub(super) fn messages(&self) -> Vec<Value> {
        if self.header("content-type").starts_with("application/json") {
            return vec![self.value()];
        }
        assert!(self.header("content-type").starts_with("text/event-stream"), "{self:?}");
        let text = String::from_utf8(self.bytes.clone()).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    /// The result of a request that was answered with one JSON object.
    pub(super) fn result(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        let mut reply = self.value();
        assert_eq!(reply["id"], 7, "{reply}");
        reply["result"].take()
    }

    /// The code of JSON-RPC.
    pub(super) fn error(&self) -> i64 {
        self.value()["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}
