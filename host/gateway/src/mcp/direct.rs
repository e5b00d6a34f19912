//! The short way for calls.
//!
//! For every message `rmcp` sets up a service with its tasks and channels, which costs several times what a call itself
//! does. A `tools/call` needs none of it: its answer is one JSON object, or a stream when the tool says something before
//! it and the client wants to hear. What is recognised here is plainly right in every respect; whatever is not takes the
//! long way, so that errors of the protocol are worded in one place. Both ways end in [`calls::call`](super::calls::call).

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, HeaderName, HeaderValue, header};
#[expect(
    deprecated,
    reason = "the protocol deprecates logging, and clients of every released revision use it"
)]
use rmcp::model::LoggingLevel;
use rmcp::model::{
    ClientCapabilities, JsonObject, JsonRpcError, ProgressToken, ProtocolVersion, RequestId,
    ServerJsonRpcMessage, ServerNotification,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::json::{Distinct, Object};
use toolbay_kernel::{Access, CallId, Principal, ProgressSink, Silent};

use super::answer::ToolResult;
use super::calls::Beside;
use super::progress::{Notices, Wanted, between};
use super::sessions::Arrival;
use super::shared::Shared;
use super::version::PROTOCOL_VERSION;
use super::version::is_modern;
use super::{calls, events};
use crate::envelope::REQUEST_ID;
use crate::needs::Needs;

/// The member of a request's `_meta` that asks for progress.
pub(super) const PROGRESS_TOKEN: &str = "progressToken";

/// The member of a modern request's `_meta` that asks for log lines.
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// A `tools/call` that needs nothing but its answer, and to be heard.
pub(super) struct PlainCall {
    id: RequestId,
    tool: String,
    arguments: JsonObject,
    is_modern: bool,
    wanted: Wanted,
    beside: Beside,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'a> {
    jsonrpc: &'a str,
    id: RequestId,
    method: &'a str,
    params: Object<Params>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    name: String,
    arguments: Option<Distinct>,
    #[serde(rename = "_meta")]
    meta: Option<Distinct>,
}

#[derive(Serialize)]
pub(super) struct Reply<T> {
    pub(super) jsonrpc: &'static str,
    pub(super) id: RequestId,
    pub(super) result: T,
}

/// The plain call that a request is, if it is one. It gives no member twice.
pub(super) fn recognise(headers: &HeaderMap, body: &[u8]) -> Option<PlainCall> {
    if !takes_either_form(headers) || only(headers, &header::CONTENT_TYPE)? != "application/json" {
        return None;
    }
    let Object(message): Object<Message<'_>> = serde_json::from_slice(body).ok()?;
    if message.jsonrpc != "2.0" || message.method != "tools/call" {
        return None;
    }
    let Object(Params { name, arguments, meta }) = message.params;
    let (arguments, meta) = (object(arguments)?, object(meta)?);
    let is_modern = match headers.contains_key(PROTOCOL_VERSION) {
        true => is_plain(headers, &name, meta.as_ref())?,
        // Before the header existed.
        false => is_plainly_legacy(meta.as_ref()).then_some(false)?,
    };
    let wanted = wanted(meta.as_ref(), is_modern)?;
    let beside = Beside::of(meta.as_ref(), Some(headers)).ok()?;
    Some(PlainCall {
        id: message.id,
        tool: name,
        arguments: arguments.unwrap_or_default(),
        is_modern,
        wanted,
        beside,
    })
}

/// The object that is there, if anything is.
fn object(given: Option<Distinct>) -> Option<Option<JsonObject>> {
    match given {
        None => Some(None),
        Some(Distinct(Value::Object(members))) => Some(Some(members)),
        Some(_) => None,
    }
}

/// Whether a request that names its version is plain, and if so, whether it is modern.
fn is_plain(headers: &HeaderMap, tool: &str, meta: Option<&JsonObject>) -> Option<bool> {
    let named = only(headers, &HeaderName::from_static(PROTOCOL_VERSION))?;
    let version = ProtocolVersion::KNOWN_VERSIONS.iter().find(|version| version.as_str() == named)?;
    if !is_modern(Some(version)) {
        return is_plainly_legacy(meta).then_some(false);
    }
    let meta = meta?;
    let repeats_itself = only(headers, &HeaderName::from_static("mcp-method"))? == "tools/call"
        && only(headers, &HeaderName::from_static("mcp-name"))? == tool
        && meta.get("io.modelcontextprotocol/protocolVersion")?.as_str()? == named;
    let has_parameters = headers.keys().any(|name| name.as_str().starts_with("mcp-param-"));
    (repeats_itself && !has_parameters && has_capabilities(meta)).then_some(true)
}

/// Whether a legacy request's metadata are not those of the modern era.
fn is_plainly_legacy(meta: Option<&JsonObject>) -> bool {
    meta.is_none_or(|meta| meta.keys().all(|key| !key.starts_with("io.modelcontextprotocol/")))
}

fn has_capabilities(meta: &JsonObject) -> bool {
    match meta.get("io.modelcontextprotocol/clientCapabilities") {
        Some(Value::Object(none)) if none.is_empty() => true,
        Some(some) => ClientCapabilities::deserialize(some).is_ok(),
        None => false,
    }
}

/// What the client wants to hear; none when what it asks for is not plainly right.
#[expect(
    deprecated,
    reason = "the protocol deprecates logging, and clients of every released revision use it"
)]
fn wanted(meta: Option<&JsonObject>, is_modern: bool) -> Option<Wanted> {
    let Some(meta) = meta else { return Some(Wanted::default()) };
    let progress = match meta.get(PROGRESS_TOKEN) {
        Some(token) => Some(ProgressToken::deserialize(token).ok()?),
        None => None,
    };
    let level = match meta.get(LOG_LEVEL).filter(|_| is_modern) {
        Some(level) => Some(LoggingLevel::deserialize(level).ok()?),
        None => None,
    };
    Some(Wanted { progress, level })
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

/// Makes the call, and answers with one JSON object, or with a stream when the tool says something first.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    principal: Arc<Principal>,
    mut call: PlainCall,
    arrival: Option<Arc<Arrival>>,
) -> Response {
    if !call.is_modern {
        call.wanted.level = shared.levels.get(principal.id).await;
    }
    let wanted = std::mem::take(&mut call.wanted);
    if wanted.is_nothing() {
        return run(shared, principal, call, Arc::new(Silent), arrival.as_deref()).await.into_response();
    }
    let (sink, notices) = between(&call.tool, wanted);
    let shared = Arc::clone(shared);
    let running: Running =
        Box::pin(async move { run(&shared, principal, call, Arc::new(sink), arrival.as_deref()).await });
    told(notices, running).await
}

/// One JSON object, or a stream when there is something to tell before it.
pub(super) async fn told(mut notices: Notices, mut running: Running) -> Response {
    let (first, state) = tokio::select! {
        biased;
        Some(first) = notices.next() => (first, State::Running(running)),
        answer = &mut running => match notices.waiting() {
            Some(first) => (first, State::Answered(answer)),
            None => return answer.into_response(),
        },
    };
    let rest = stream::unfold((notices, state), |(notices, state)| state.next(notices));
    events::response(stream::once(ready(message(first))).chain(rest))
}

/// The message that answers, and the call that it is of.
pub(super) struct Answered {
    pub(super) call: CallId,
    pub(super) message: String,
    /// The access that the caller would have to be given.
    pub(super) needs: Option<Access>,
}

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = ([json], self.message).into_response();
        if let Ok(id) = HeaderValue::try_from(self.call.to_string()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        if let Some(access) = self.needs {
            response.extensions_mut().insert(Needs(access));
        }
        response
    }
}

pub(super) type Running = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// How far a call is whose client listens. When the client goes, this is dropped, and the call with it.
enum State {
    Running(Running),
    Answered(Answered),
    Told,
}

impl State {
    /// The next message for the client; the answer is the last.
    async fn next(self, mut notices: Notices) -> Option<(String, (Notices, Self))> {
        let answer = match self {
            Self::Running(mut running) => tokio::select! {
                biased;
                Some(notification) = notices.next() => {
                    return Some((message(notification), (notices, Self::Running(running))));
                }
                answer = &mut running => answer,
            },
            Self::Answered(answer) => answer,
            Self::Told => return None,
        };
        Some(match notices.waiting() {
            Some(notification) => (message(notification), (notices, Self::Answered(answer))),
            None => (answer.message, (notices, Self::Told)),
        })
    }
}

fn message(notification: ServerNotification) -> String {
    in_json(&ServerJsonRpcMessage::notification(notification))
}

/// Makes the call.
async fn run(
    shared: &Shared,
    principal: Arc<Principal>,
    call: PlainCall,
    progress: Arc<dyn ProgressSink>,
    arrival: Option<&Arrival>,
) -> Answered {
    let PlainCall { id, tool, arguments, is_modern, beside, .. } = call;
    let cancel = CancellationToken::new();
    let _in_session = arrival.map(|arrival| arrival.begin(id.clone(), cancel.clone()));
    // When the client goes, this future is dropped and the call is told to stop; what has to be recorded of it runs in a
    // task of the door's own.
    let _gone = cancel.clone().drop_guard();
    let (call, result) =
        calls::call(&shared.gateway, principal, tool, arguments, beside, progress, cancel).await;
    let needs = result.as_ref().ok().and_then(ToolResult::needs);
    let message = match result {
        Ok(result) => {
            let result = result.sent(is_modern.then_some(&shared.identity));
            in_json(&Reply { jsonrpc: "2.0", id, result })
        }
        Err(error) => in_json(&JsonRpcError::new(Some(id), error)),
    };
    Answered { call, message, needs }
}

/// A message as text. It is made of text, numbers and JSON, none of which can fail to be written.
pub(super) fn in_json(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_default()
}
