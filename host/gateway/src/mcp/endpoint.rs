//! The HTTP side: one endpoint for both eras.
//!
//! It reads the body, within bounds, answers plain calls itself (see [`direct`](super::direct)), and gives everything
//! else to `rmcp`, whose rules about versions, headers and metadata are the only ones.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::Full;
use rmcp::ErrorData;
use rmcp::model::{JsonRpcError, RequestId};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use toolbay_kernel::principal::PrincipalKind;
use toolbay_kernel::{Principal, Profiles, aside, json};
use url::form_urlencoded;

use super::handler::{Caller, Handler};
use super::sessions::{Arrival, SESSION_ID, Session, fresh_name};
use super::shared::Shared;
use super::version::names_modern_version;
use super::{changes, direct, security_schemes};
use crate::GatewaySettings;
use crate::collected::{Uncollected, collect};
use crate::needs::NeedsOfCall;
use crate::rest::key::IDEMPOTENCY_KEY;

/// Bytes of one message: four times what the door takes as arguments, so that it is the door that says so.
pub(super) const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The endpoint: what it shares with its requests, and the transport of `rmcp`.
#[derive(Clone)]
pub(super) struct Endpoint {
    shared: Arc<Shared>,
    transport: Arc<StreamableHttpService<Handler, NeverSessionManager>>,
}

impl Endpoint {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let config = config(&shared.gateway.settings);
        let of_each_request = Arc::clone(&shared);
        let transport = StreamableHttpService::new(
            move || Ok(Handler::new(Arc::clone(&of_each_request), Caller::Request)),
            Arc::new(NeverSessionManager::default()),
            config,
        );
        Self { shared, transport: Arc::new(transport) }
    }
}

/// No sessions, and JSON unless the tool says something before its answer.
fn config(settings: &GatewaySettings) -> StreamableHttpServerConfig {
    let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    let mut origins: Vec<String> =
        ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"].map(str::to_owned).into();
    for public in settings.public_origins().chain(&settings.edge.cors_origins) {
        if let (Some(host), Some(port)) = (public.host_str(), public.port_or_known_default()) {
            hosts.push(host.to_owned());
            origins.push(format!("{}://{host}:{port}", public.scheme()));
        }
    }
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(hosts)
        .with_allowed_origins(origins)
        .enforce_origin_validation()
        .with_max_request_body_bytes(MAX_BODY_BYTES)
}

/// Serves one request.
pub(super) async fn serve(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let principal = match caller_of(&endpoint.shared, &parts) {
        Ok((_, principal)) => principal,
        Err(refusal) => return *refusal,
    };
    parts.extensions.insert(Arc::clone(&principal));
    let session = Session::named(principal.id, &parts.headers);
    match (&parts.method, session) {
        (&Method::POST, session) => {
            let arrival = session.map(|session| Arc::new(endpoint.shared.sessions.arrival(session)));
            endpoint.message(parts, body, principal, arrival).await
        }
        (&Method::GET, _) => changes::stream(&endpoint.shared, &principal, &parts.headers),
        (&Method::DELETE, Some(session)) => {
            endpoint.shared.sessions.end(&session);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => endpoint.delegate(parts, Bytes::new()).await,
    }
}

impl Endpoint {
    /// Serves one message.
    async fn message(
        &self,
        parts: Parts,
        body: Body,
        principal: Arc<Principal>,
        arrival: Option<Arc<Arrival>>,
    ) -> Response {
        if parts.headers.contains_key(IDEMPOTENCY_KEY) {
            // One header may come with every message of a client, and a key is for one call.
            let error = ErrorData::invalid_request(
                "over MCP a key belongs to one call: send it as the argument `idempotency_key`, or in `_meta`, not as a header; \
                 nothing was done",
                None,
            );
            return refusal(StatusCode::BAD_REQUEST, error);
        }
        let body = match read(body).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
        let looked = aside::run(body.len(), move || (Opening::of(&parts.headers, &body), parts, body)).await;
        let (opening, mut parts, body) = match looked {
            Ok((Opening::Refused(refusal), ..)) => return refusal,
            Ok((Opening::Call(call), ..)) => {
                return direct::answer(&self.shared, principal, *call, arrival).await;
            }
            Ok(looked) => looked,
            Err(problem) => {
                let error = ErrorData::internal_error(problem.message, None);
                return refusal(StatusCode::INTERNAL_SERVER_ERROR, error);
            }
        };
        let is_json = is_json(&parts.headers);
        let is_of_oauth = principal.kind == PrincipalKind::OAuth;
        let is_legacy = !names_modern_version(&parts.headers);
        if let Some(arrival) = &arrival {
            parts.extensions.insert(Arc::clone(arrival));
        }
        let needs = NeedsOfCall::default();
        parts.extensions.insert(needs.clone());
        let mut response = self.delegate(parts, body.clone()).await;
        // An answer that began to stream before the call's end has said 200.
        if let Some(needs) = needs.known() {
            response.extensions_mut().insert(needs);
        }
        if is_json && response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            return refusal(StatusCode::BAD_REQUEST, unreadable(&body));
        }
        match opening {
            // What the library took is a message of the protocol.
            Opening::Initialize if is_legacy && response.status().is_success() => {
                if let Some(name) = fresh_name() {
                    response.headers_mut().insert(SESSION_ID, name);
                }
            }
            Opening::ListTools if is_of_oauth && response.status().is_success() => {
                response = security_schemes::in_both_places(response).await;
            }
            Opening::Cancelled(request) if response.status().is_success() => {
                if let Some(arrival) = &arrival {
                    // What is still on its way is other requests, not this one.
                    arrival.arrived();
                    self.shared.sessions.cancel(arrival.session(), &request);
                }
            }
            _ => {}
        }
        response
    }

    async fn delegate(&self, parts: Parts, body: Bytes) -> Response {
        self.transport.handle(Request::from_parts(parts, Full::new(body))).await.map(Body::new)
    }
}

/// What a message is, as far as this endpoint does more with it than to hand it on.
enum Opening {
    /// It gives a member twice.
    Refused(Response),
    /// A plain call.
    Call(Box<direct::PlainCall>),
    /// A client begins.
    Initialize,
    /// A client asks for the tools.
    ListTools,
    /// A client gives up a request of its own.
    Cancelled(RequestId),
    /// Whatever else.
    Other,
}

impl Opening {
    fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        if let Some(call) = direct::recognise(headers, body) {
            return Self::Call(Box::new(call));
        }
        match repeated(body) {
            Some(refusal) => Self::Refused(refusal),
            None => Self::of_method(body).unwrap_or(Self::Other),
        }
    }

    /// The messages that the library answers, and that more is done with.
    fn of_method(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Message<'a> {
            method: &'a str,
            #[serde(borrow)]
            params: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Cancelled {
            request_id: RequestId,
        }
        let message: Message<'_> = serde_json::from_slice(body).ok()?;
        match message.method {
            "initialize" => Some(Self::Initialize),
            "tools/list" => Some(Self::ListTools),
            "notifications/cancelled" => {
                let cancelled: Cancelled = serde_json::from_str(message.params?.get()).ok()?;
                Some(Self::Cancelled(cancelled.request_id))
            }
            _ => None,
        }
    }
}

/// Who sent a request.
pub(super) fn principal_of(parts: &Parts) -> Result<Arc<Principal>, Box<Response>> {
    parts.extensions.get::<Arc<Principal>>().map(Arc::clone).ok_or_else(|| {
        // The router is mounted without its authentication: nobody passes.
        tracing::error!("mcp.request_without_principal");
        Box::new(StatusCode::UNAUTHORIZED.into_response())
    })
}

/// Who sent a request, and the same within the profiles that its address names.
pub(super) fn caller_of(
    shared: &Shared,
    parts: &Parts,
) -> Result<(Arc<Principal>, Arc<Principal>), Box<Response>> {
    let principal = principal_of(parts)?;
    let Some(query) = parts.uri.query() else { return Ok((Arc::clone(&principal), principal)) };
    match narrowed(query, &principal, &shared.gateway.settings.profiles) {
        Ok(narrowed) => Ok((principal, Arc::new(narrowed))),
        Err(error) => Err(Box::new(refusal(StatusCode::NOT_FOUND, error))),
    }
}

/// The body of a message, or the refusal of one that is too long or breaks off.
pub(super) async fn read(body: Body) -> Result<Bytes, Response> {
    collect(body, MAX_BODY_BYTES).await.map_err(|why| match why {
        Uncollected::TooLarge => {
            let message = format!("a message has at most {} MiB", MAX_BODY_BYTES / (1024 * 1024));
            refusal(StatusCode::PAYLOAD_TOO_LARGE, ErrorData::invalid_request(message, None))
        }
        Uncollected::TooSlow | Uncollected::BrokeOff => {
            let error = ErrorData::invalid_request("the body ended before it was complete", None);
            refusal(StatusCode::BAD_REQUEST, error)
        }
    })
}

/// The principal within the profiles that the address names. Other parts of the query are the client's own affair.
fn narrowed(query: &str, principal: &Principal, profiles: &Profiles) -> Result<Principal, ErrorData> {
    let mut narrowed = principal.clone();
    for (_, name) in form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == "profile") {
        let Some(profile) = profiles.get(&name) else {
            let names: Vec<&str> = profiles.iter().map(|(name, _)| name.as_str()).collect();
            let message = format!("there is no such profile; there are {}", names.join(", "));
            return Err(ErrorData::invalid_request(message, None));
        };
        narrowed = narrowed.within(profile);
    }
    Ok(narrowed)
}

/// The refusal of a message that gives a member twice: the library would keep the last one and say nothing.
pub(super) fn repeated(body: &[u8]) -> Option<Response> {
    #[derive(Deserialize)]
    struct Message {
        id: RequestId,
    }
    let error = json::check(body).err().filter(serde_json::Error::is_data)?;
    let id = serde_json::from_slice(body).ok().map(|Message { id }| id);
    let error = ErrorData::invalid_request(error.to_string(), None);
    Some((StatusCode::BAD_REQUEST, Json(JsonRpcError::new(id, error))).into_response())
}

/// Why a body that claims to be JSON is no message. The library says only that it didn't like it.
pub(super) fn unreadable(body: &[u8]) -> ErrorData {
    let Ok(text) = std::str::from_utf8(body) else {
        return ErrorData::parse_error("the body is not UTF-8", None);
    };
    match serde_json::from_str::<IgnoredAny>(text) {
        Err(error) => ErrorData::parse_error(format!("the body is not JSON: {error}"), None),
        Ok(_) => ErrorData::invalid_request("the body is not one JSON-RPC message", None),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

pub(super) fn refusal(status: StatusCode, error: ErrorData) -> Response {
    (status, Json(JsonRpcError::new(None, error))).into_response()
}
