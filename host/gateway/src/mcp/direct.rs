//! The short way for plain calls.
//!
//! For every message `rmcp` sets up a service with its tasks and channels, which costs several times what a call itself
//! does. A `tools/call` whose answer is certain to be one JSON object needs none of it. What is recognised here is
//! plainly right in every respect; whatever is not, or asks for more, takes the long way, so that errors of the protocol
//! are worded in one place. Both ways end in [`calls::call`](super::calls::call).

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, StatusCode, header};
use rmcp::model::{CallToolResult, ClientCapabilities, JsonObject, JsonRpcError, ProtocolVersion, RequestId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::{Principal, Silent};

use super::endpoint::PROTOCOL_VERSION;
use super::{Shared, calls, is_modern};

/// A `tools/call` that needs nothing but its answer.
pub(super) struct PlainCall {
    id: RequestId,
    tool: String,
    arguments: JsonObject,
    is_modern: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'a> {
    jsonrpc: &'a str,
    id: RequestId,
    method: &'a str,
    params: Params,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    name: String,
    arguments: Option<JsonObject>,
    #[serde(rename = "_meta")]
    meta: Option<JsonObject>,
}

#[derive(Serialize)]
struct Reply<'a> {
    jsonrpc: &'static str,
    id: &'a RequestId,
    result: &'a CallToolResult,
}

/// The plain call that a request is, if it is one.
pub(super) fn recognise(headers: &HeaderMap, body: &[u8]) -> Option<PlainCall> {
    if !takes_either_form(headers) || only(headers, &header::CONTENT_TYPE)? != "application/json" {
        return None;
    }
    let message: Message<'_> = serde_json::from_slice(body).ok()?;
    if message.jsonrpc != "2.0" || message.method != "tools/call" {
        return None;
    }
    let Params { name, arguments, meta } = message.params;
    let is_modern = match headers.contains_key(PROTOCOL_VERSION) {
        true => is_plain(headers, &name, meta.as_ref())?,
        // Before the header existed.
        false => asks_nothing(meta.as_ref()).then_some(false)?,
    };
    Some(PlainCall { id: message.id, tool: name, arguments: arguments.unwrap_or_default(), is_modern })
}

/// Whether a request that names its version is plain, and if so, whether it is modern.
fn is_plain(headers: &HeaderMap, tool: &str, meta: Option<&JsonObject>) -> Option<bool> {
    let named = only(headers, &HeaderName::from_static(PROTOCOL_VERSION))?;
    let version = ProtocolVersion::KNOWN_VERSIONS.iter().find(|version| version.as_str() == named)?;
    if !is_modern(Some(version)) {
        return asks_nothing(meta).then_some(false);
    }
    let meta = meta?;
    let repeats_itself = only(headers, &HeaderName::from_static("mcp-method"))? == "tools/call"
        && only(headers, &HeaderName::from_static("mcp-name"))? == tool
        && meta.get("io.modelcontextprotocol/protocolVersion")?.as_str()? == named;
    let has_parameters = headers.keys().any(|name| name.as_str().starts_with("mcp-param-"));
    let asks = meta.contains_key("progressToken") || meta.contains_key("io.modelcontextprotocol/logLevel");
    let is_plain = repeats_itself && !has_parameters && !asks && has_capabilities(meta);
    is_plain.then_some(true)
}

/// Whether a legacy request's metadata ask for nothing, and are not those of the modern era.
fn asks_nothing(meta: Option<&JsonObject>) -> bool {
    meta.is_none_or(|meta| {
        meta.keys().all(|key| key != "progressToken" && !key.starts_with("io.modelcontextprotocol/"))
    })
}

fn has_capabilities(meta: &JsonObject) -> bool {
    match meta.get("io.modelcontextprotocol/clientCapabilities") {
        Some(Value::Object(none)) if none.is_empty() => true,
        Some(some) => ClientCapabilities::deserialize(some).is_ok(),
        None => false,
    }
}

/// Whether the client takes JSON and events, and says so without conditions.
fn takes_either_form(headers: &HeaderMap) -> bool {
    let Some(accept) = only(headers, &header::ACCEPT) else { return false };
    let lists = |form: &str| accept.split(',').any(|entry| entry.trim() == form);
    lists("application/json") && lists("text/event-stream")
}

/// The value of a header that is there exactly once, as text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Makes the call and answers with one JSON object.
pub(super) async fn answer(shared: &Arc<Shared>, principal: Arc<Principal>, call: PlainCall) -> Response {
    let PlainCall { id, tool, arguments, is_modern } = call;
    let cancel = CancellationToken::new();
    // When the client goes, this future is dropped and the call is told to stop; what has to be recorded of it runs in a
    // task of the door's own.
    let _gone = cancel.clone().drop_guard();
    match calls::call(&shared.gateway, principal, tool, arguments, Arc::new(Silent), cancel).await {
        Ok(mut result) => {
            if is_modern {
                shared.sign(&mut result.meta);
            } else {
                // Clients of the legacy era don't know it.
                result.result_type = None;
            }
            Json(Reply { jsonrpc: "2.0", id: &id, result: &result }).into_response()
        }
        Err(error) => (StatusCode::OK, Json(JsonRpcError::new(Some(id), error))).into_response(),
    }
}
