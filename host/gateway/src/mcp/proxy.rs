//! `POST /mcp/{upstream}/proxy`: a client talks to an MCP server as it is, with the account of whoever calls.
//!
//! What only reads is passed on, and its answer comes back as the server streams it. A tool's call goes through the door as any other:
//! it is authorised, recorded and sent at most once, with arguments as the door took them; its answer is what the server said.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use parking_lot::Mutex;
use rmcp::model::{ErrorCode, ErrorData, JsonRpcError, ProgressToken, RequestId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use toolbay_kernel::arguments::CONNECTION_ID;
use toolbay_kernel::chosen::Called;
use toolbay_kernel::json::{Distinct, Object};
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::progress::LogLevel;
use toolbay_kernel::upstream::{ProxiedRequest, UpstreamName, UpstreamProxy};
use toolbay_kernel::{CallId, Code, Invocation, Principal, Problem, ProgressSink, Surface, System, Tool};
use url::{Url, form_urlencoded};

use super::answer::ToolResult;
use super::calls;
use super::direct::{Answered, PROGRESS_TOKEN, Reply, Running, in_json, told};
use super::endpoint::MAX_BODY_BYTES;
use super::progress::{NoticeSink, Wanted, between};
use super::sessions::SESSION_ID;
use crate::Gateway;
use crate::collected::{Uncollected, collect};
use crate::envelope::Refusal;

/// Methods of a beginning and of a conversation, and the list of tools: for whoever may call any of them.
const ABOUT_THE_SERVER: [&str; 6] = [
    "initialize",
    "ping",
    "server/discover",
    "tools/list",
    "notifications/initialized",
    "notifications/progress",
];

/// Methods that read what the account shows: for whoever isn't held to some tools.
const READING: [&str; 6] = [
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "prompts/list",
    "prompts/get",
    "completion/complete",
];

/// Headers of a message that are passed on.
const PASSED_ON: [&str; 2] = ["mcp-session-id", "mcp-protocol-version"];

/// The address.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().route("/mcp/{upstream}/proxy", post(message).delete(end)).with_state(gateway)
}

/// A message, as far as it is read.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Message {
    jsonrpc: Version,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<RequestId>,
    method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<Params>,
}

/// The only version of JSON-RPC.
#[derive(Deserialize, Serialize)]
enum Version {
    #[serde(rename = "2.0")]
    Two,
}

/// What a message is about, with no member twice.
#[derive(Deserialize, Serialize)]
#[serde(from = "Distinct")]
struct Params(Value);

impl From<Distinct> for Params {
    fn from(Distinct(value): Distinct) -> Self {
        Self(value)
    }
}

/// Who asks which server.
struct Asked {
    gateway: Arc<Gateway>,
    proxy: Arc<dyn UpstreamProxy>,
    server: UpstreamName,
    start_url: Url,
    principal: Arc<Principal>,
    /// The account that they name.
    account: Option<String>,
}

async fn message(
    State(gateway): State<Arc<Gateway>>,
    Path(upstream): Path<String>,
    Extension(principal): Extension<Arc<Principal>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = async {
        let asked = Asked::new(gateway, &upstream, principal, &uri)?;
        let body = collect(body, MAX_BODY_BYTES).await.map_err(uncollected)?;
        let Object(message): Object<Message> = serde_json::from_slice(&body).map_err(|error| {
            Refusal::invalid(format!("the body is no message of JSON-RPC: {error}"))
                .hint("send one message, as an object")
        })?;
        match message.method.as_str() {
            "tools/call" => asked.call(message, &headers).await,
            // A call is made in the host's session, and ends when its own request is closed.
            "notifications/cancelled" => Ok(StatusCode::ACCEPTED.into_response()),
            method => {
                let is_about_the_server = ABOUT_THE_SERVER.contains(&method);
                if !is_about_the_server && !READING.contains(&method) {
                    return not_passed_on(message.id);
                }
                asked.pass_on(Some(&message), &headers, is_about_the_server).await
            }
        }
    };
    answer.await.unwrap_or_else(Refusal::into_response)
}

/// Ends a client's session at the server.
async fn end(
    State(gateway): State<Arc<Gateway>>,
    Path(upstream): Path<String>,
    Extension(principal): Extension<Arc<Principal>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let answer =
        async { Asked::new(gateway, &upstream, principal, &uri)?.pass_on(None, &headers, true).await };
    answer.await.unwrap_or_else(Refusal::into_response)
}

impl Asked {
    fn new(
        gateway: Arc<Gateway>,
        upstream: &str,
        principal: Arc<Principal>,
        uri: &Uri,
    ) -> Result<Self, Refusal> {
        let unknown = || {
            Problem::new(Code::NotFound, "there is no MCP server of this name that people have accounts at")
                .hint("the operator sets `oauth = true` in [upstreams.NAME] of toolbay.toml")
        };
        let server: UpstreamName = upstream.parse().map_err(|_| unknown())?;
        let proxy = gateway.upstreams.clone().ok_or_else(unknown)?;
        let start_url = proxy.start_url(&server).ok_or_else(unknown)?;
        let query = uri.query().unwrap_or_default();
        let account = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == CONNECTION_ID);
        let account = account.map(|(_, value)| value.into_owned());
        Ok(Self { gateway, proxy, server, start_url, principal, account })
    }

    /// Passes a message on.
    async fn pass_on(
        &self,
        message: Option<&Message>,
        headers: &HeaderMap,
        is_about_the_server: bool,
    ) -> Result<Response, Refusal> {
        let refused = |message: &str| Problem::new(Code::Forbidden, message);
        if !self.principal.parts.is_everything() {
            let message =
                "a token that is narrowed to parts of a workspace reads nothing that can't be narrowed";
            return Err(refused(message).hint("use a token that isn't narrowed").into());
        }
        if !is_about_the_server && self.principal.tools != Allowed::All {
            let message = "what this method reads is not for a token that is held to some tools";
            return Err(refused(message).hint("call one of the server's tools").into());
        }
        if !self.may_call_any() {
            return Err(refused("this token may call no tool of this server").into());
        }
        let called = self.account.as_deref().map(str::parse::<Called>).transpose()?;
        let account = self.gateway.dispatcher.account(&self.principal, &self.server, called).await?;
        let account = account.ok_or_else(|| self.not_connected())?;
        let passed = |name: &'static str| Some((name, headers.get(name)?.to_str().ok()?.to_owned()));
        let mut passed: Vec<(&'static str, String)> = PASSED_ON.into_iter().filter_map(passed).collect();
        if let Some(message) = message {
            passed.extend(message.repeated(headers));
        }
        // Written anew: what a reader of other rules could find in what came is not sent.
        let message = message.map(serde_json::to_vec).transpose();
        let message = message.map_err(|_| Problem::new(Code::Failed, "the message can't be written"))?;
        let request = ProxiedRequest { message, headers: passed };
        let answer = self.proxy.forward(&self.server, account.id, &request).await?;
        let body = Body::from_stream(answer.body.map(|chunk| chunk.map_err(std::io::Error::other)));
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
        for (name, value) in answer.headers {
            // Whatever the server says, this is no page.
            let is_page = name == "content-type"
                && !["application/json", "text/event-stream"].iter().any(|kind| value.starts_with(kind));
            let value = if is_page { "text/plain".to_owned() } else { value };
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        Ok(response)
    }

    /// Whether there is a tool of the server that they may call.
    fn may_call_any(&self) -> bool {
        let catalog = self.gateway.catalogs.current();
        let is_open =
            catalog.tools().any(|tool| self.is_of_the_server(tool) && tool.is_open_to(&self.principal));
        // Before anybody has connected an account, none is known.
        is_open || self.principal.tools == Allowed::All
    }

    fn is_of_the_server(&self, tool: &Tool) -> bool {
        tool.system.as_ref().and_then(System::upstream) == Some(&self.server)
    }

    fn not_connected(&self) -> Problem {
        let url = self.start_url.as_str();
        Problem::new(Code::Forbidden, format!("you have connected no account at `{}`", self.server))
            .hint(format!("open {url} in a browser, signed in, and agree there"))
            .details(json!({"connect_url": url}))
    }

    /// Calls a tool by its server's name for it, through the door.
    async fn call(self, message: Message, headers: &HeaderMap) -> Result<Response, Refusal> {
        let id = message.id.ok_or_else(|| Refusal::invalid("a call has an `id`"))?;
        let Some(Params(Value::Object(mut params))) = message.params else {
            return Err(Refusal::invalid("`params` is an object with `name` and `arguments`"));
        };
        let meta = match params.remove("_meta") {
            None => None,
            Some(Value::Object(meta)) => Some(meta),
            Some(_) => return Err(Refusal::invalid("`_meta` is an object")),
        };
        let (Some(Value::String(name)), arguments) = (params.remove("name"), params.remove("arguments"))
        else {
            return Err(Refusal::invalid("`params.name` is the name of a tool"));
        };
        let mut arguments = match arguments {
            None => Map::new(),
            Some(Value::Object(arguments)) => arguments,
            Some(_) => return Err(Refusal::invalid("`params.arguments` is an object")),
        };
        let beside = calls::Beside::of(meta.as_ref(), Some(headers))?;
        let progress = match meta.as_ref().and_then(|meta| meta.get(PROGRESS_TOKEN)) {
            Some(token) => Some(
                ProgressToken::deserialize(token)
                    .map_err(|_| Refusal::invalid("`progressToken` is a string or a number"))?,
            ),
            None => None,
        };
        // A name may have gone to another source.
        let catalog = self.gateway.catalogs.current();
        let published = self.proxy.published(&self.server, &name);
        let published = published
            .filter(|tool| catalog.get(tool.as_str()).is_some_and(|tool| self.is_of_the_server(tool)));
        let Some(tool) = published else {
            let name: String = name.chars().take(80).collect();
            let message =
                format!("The MCP server `{}` has no tool `{name}` that is published here.", self.server);
            let error = ErrorData::new(ErrorCode::INVALID_PARAMS, message, None);
            return Ok(Json(JsonRpcError::new(Some(id), error)).into_response());
        };
        if let Some(account) = &self.account {
            arguments.entry(CONNECTION_ID).or_insert_with(|| json!(account));
        }
        let (sink, notices) = between(&name, Wanted { progress, level: None });
        let heard = Arc::new(Heard { sink, answer: Mutex::default() });
        let mut invocation =
            Invocation::new(tool.to_string(), Value::Object(arguments), self.principal, Surface::Mcp);
        let span = beside.begin_span(&self.gateway, Some(tool.as_str()));
        invocation.trace = span.within();
        invocation.key = beside.key;
        invocation.progress = Arc::clone(&heard) as _;
        let cancel = invocation.cancel.clone();
        let dispatcher = self.gateway.dispatcher.clone();
        let running: Running = Box::pin(async move {
            // When the client goes, this is dropped and the call is told to stop.
            let _gone = cancel.drop_guard();
            let outcome = dispatcher.call(invocation).await;
            calls::end_span(span, &outcome);
            let call = outcome.call;
            let said = heard.answer.lock().take().filter(|_| outcome.result.is_ok());
            answered(call, id, said, ToolResult::new(outcome, false))
        });
        let mut response = told(notices, running).await;
        if let Some(session) = headers.get(SESSION_ID) {
            response.headers_mut().insert(SESSION_ID, session.clone());
        }
        Ok(response)
    }
}

impl Message {
    /// The headers of the newest revision that repeat a message, as it is.
    fn repeated(&self, headers: &HeaderMap) -> Vec<(&'static str, String)> {
        let mut repeated = Vec::new();
        if headers.contains_key("mcp-method") {
            repeated.push(("mcp-method", self.method.clone()));
        }
        let named = self.params.as_ref().and_then(|Params(params)| {
            ["name", "uri"].into_iter().find_map(|member| params.get(member)?.as_str())
        });
        if let Some(named) = named.filter(|_| headers.contains_key("mcp-name")) {
            repeated.push(("mcp-name", named.to_owned()));
        }
        repeated
    }
}

/// The answer to a method that is not passed on.
fn not_passed_on(id: Option<RequestId>) -> Result<Response, Refusal> {
    let Some(id) = id else { return Ok(StatusCode::ACCEPTED.into_response()) };
    let known: Vec<&str> = ["tools/call"].iter().chain(&ABOUT_THE_SERVER).chain(&READING).copied().collect();
    let message = format!("This method is not passed on. Passed on are {}.", known.join(", "));
    let error = ErrorData::new(ErrorCode::METHOD_NOT_FOUND, message, None);
    Ok(Json(JsonRpcError::new(Some(id), error)).into_response())
}

/// The message that answers: what the server said, as it said it, or the door's own answer.
fn answered(call: CallId, id: RequestId, said: Option<String>, result: ToolResult) -> Answered {
    let needs = result.needs();
    let said = said.and_then(|text| RawValue::from_string(text).ok());
    let message = match said {
        Some(said) => in_json(&Reply { jsonrpc: "2.0", id, result: said }),
        None => in_json(&Reply { jsonrpc: "2.0", id, result: result.sent(None) }),
    };
    Answered { call, message, needs }
}

/// Who hears of a call, and of its answer as it came.
struct Heard {
    sink: NoticeSink,
    answer: Mutex<Option<String>>,
}

impl ProgressSink for Heard {
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) {
        self.sink.progress(done, total, message);
    }

    fn log(&self, level: LogLevel, message: &str) {
        self.sink.log(level, message);
    }

    fn answered(&self, text: &str) {
        *self.answer.lock() = Some(text.to_owned());
    }
}

fn uncollected(why: Uncollected) -> Refusal {
    match why {
        Uncollected::TooLarge => {
            let message = format!("a message has at most {MAX_BODY_BYTES} bytes");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Problem::new(Code::InvalidInput, message))
        }
        Uncollected::TooSlow => Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            Problem::new(Code::InvalidInput, "the message came too slowly"),
        ),
        Uncollected::BrokeOff => Refusal::invalid("the message broke off"),
    }
}
