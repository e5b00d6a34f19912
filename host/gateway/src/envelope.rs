//! The shape of every answer of REST: `{"ok", "result", "error", "meta"}`.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use toolbay_kernel::background::AsJob;
use toolbay_kernel::{Answer, Code, Content, JobId, Outcome, Problem, RunId};
use uuid::Uuid;

use crate::needs::Needs;

/// The header that repeats the envelope's `request_id`.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header of an answer that was recorded when the call was made for the first time; Increase and others send it too.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The code of an answer that is a problem.
#[derive(Clone, Copy)]
pub(crate) struct Failed(pub(crate) Code);

/// Seconds after which a client may try again, when the problem doesn't say.
const DEFAULT_WAIT: u64 = 1;

#[derive(Serialize)]
struct Envelope<'a> {
    ok: bool,
    result: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[Part]>::is_empty")]
    content: &'a [Part<'a>],
    error: Option<&'a Problem>,
    meta: Meta,
}

#[derive(Serialize)]
struct Meta {
    request_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    /// The first call, whose answer this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed_of: Option<Uuid>,
}

/// A part of an answer that isn't JSON, as REST sends it.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: &'a str },
    Image { mime_type: &'a str, data: String },
    Audio { mime_type: &'a str, data: String },
    Resource { uri: &'a str, mime_type: &'a str, text: &'a str },
}

impl<'a> From<&'a Content> for Part<'a> {
    fn from(content: &'a Content) -> Self {
        match content {
            Content::Text(text) => Self::Text { text },
            Content::Image { mime_type, data } => {
                Self::Image { mime_type: mime_type.as_str(), data: BASE64.encode(data) }
            }
            Content::Audio { mime_type, data } => {
                Self::Audio { mime_type: mime_type.as_str(), data: BASE64.encode(data) }
            }
            Content::Resource { uri, mime_type, text } => {
                Self::Resource { uri: uri.as_str(), mime_type: mime_type.as_str(), text }
            }
        }
    }
}

/// Why a request is refused: what its sender reads, under which status, and the headers that belong to it.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    problem: Problem,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal under another status than the code's own.
    pub(crate) fn new(status: StatusCode, problem: Problem) -> Self {
        Self { status, problem, headers: Vec::new() }
    }

    /// A request that can't be right.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Problem::new(Code::InvalidInput, message).into()
    }

    /// Why, without the status.
    pub(crate) fn into_problem(self) -> Problem {
        self.problem
    }

    /// Adds what would make it work.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.problem = self.problem.hint(hint);
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::new(status(problem.code), problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(mut self) -> Response {
        let meta = Meta::of(Uuid::now_v7());
        if let Some(error) = self.problem.take_cause() {
            tracing::error!(request = %meta.request_id, %error, "request.failed");
        }
        let mut response = failure(self.status, &self.problem, meta);
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl Meta {
    fn of(request_id: Uuid) -> Self {
        Self { request_id, duration_ms: None, replayed_of: None }
    }
}

/// The status of a code; `docs/api.md` has the table and the reasons.
pub(crate) fn status(code: Code) -> StatusCode {
    match code {
        Code::InvalidInput => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Code::LimitExceeded => StatusCode::UNPROCESSABLE_ENTITY,
        Code::OutcomeUnknown => StatusCode::GATEWAY_TIMEOUT,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Cancelled => CLIENT_CLOSED_REQUEST,
        // What is behind the host failed: Notion, or the tool.
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// Nginx's status for a caller that has gone: no client repeats a request because of it, as some do after 408.
pub(crate) const CLIENT_CLOSED_REQUEST: StatusCode = match StatusCode::from_u16(499) {
    Ok(status) => status,
    Err(_) => StatusCode::BAD_REQUEST,
};

/// The answer of a call.
pub(crate) fn of_call(outcome: &Outcome) -> Response {
    let meta = Meta {
        request_id: outcome.call.uuid(),
        duration_ms: Some(outcome.duration_ms),
        replayed_of: outcome.replayed.map(RunId::uuid),
    };
    let mut response = match &outcome.result {
        Ok(answer) => match outcome.as_job {
            Some(AsJob { id, has_ended: false, .. }) => accepted(answer, meta, id),
            _ => success(answer, meta),
        },
        Err(problem) => {
            let mut response = failure(status(problem.code), problem, meta);
            if let Some(access) = problem.needs {
                response.extensions_mut().insert(Needs(access));
            }
            response
        }
    };
    if outcome.replayed.is_some() {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The answer of the host itself.
pub(crate) fn of_host(result: &Value) -> Response {
    let envelope = Envelope {
        ok: true,
        result: Some(result),
        content: &[],
        error: None,
        meta: Meta::of(Uuid::now_v7()),
    };
    respond(StatusCode::OK, &envelope)
}

fn success(answer: &Answer, meta: Meta) -> Response {
    let content: Vec<Part<'_>> = answer.content.iter().map(Part::from).collect();
    let envelope = Envelope { ok: true, result: answer.data.as_ref(), content: &content, error: None, meta };
    respond(StatusCode::OK, &envelope)
}

/// The answer of a call that goes on as a job: where to ask for it, as RFC 9110 has it for 202.
fn accepted(answer: &Answer, meta: Meta, job: JobId) -> Response {
    let mut response = success(answer, meta);
    *response.status_mut() = StatusCode::ACCEPTED;
    if let Ok(location) = HeaderValue::try_from(format!("/v1/jobs/{job}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn failure(status: StatusCode, problem: &Problem, meta: Meta) -> Response {
    let envelope = Envelope { ok: false, result: None, content: &[], error: Some(problem), meta };
    let mut response = respond(status, &envelope);
    response.extensions_mut().insert(Failed(problem.code));
    let says_when =
        problem.details.as_ref().is_some_and(|details| details.get("retry_after_seconds").is_some());
    if matches!(problem.code, Code::RateLimited | Code::Unavailable) || says_when {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait(problem)));
    }
    response
}

/// Seconds to wait, from the problem's facts where it has them.
pub(crate) fn wait(problem: &Problem) -> u64 {
    let facts = problem.details.as_ref().and_then(|details| details.get("retry_after_seconds"));
    facts
        .and_then(|seconds| seconds.as_u64().or_else(|| Some(seconds.as_f64()?.ceil() as u64)))
        .unwrap_or(DEFAULT_WAIT)
}

fn respond(status: StatusCode, envelope: &Envelope<'_>) -> Response {
    // Values, strings and numbers: nothing in an envelope can fail to be written.
    let body = serde_json::to_vec(envelope).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::try_from(envelope.meta.request_id.as_hyphenated().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// A method that an address doesn't have.
pub(crate) fn wrong_method(method: &http::Method) -> Refusal {
    let method: String = method.as_str().chars().take(20).collect();
    let problem = Problem::new(Code::InvalidInput, format!("this address does not take {method}"))
        .hint("the header `Allow` names the methods that it takes");
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, problem)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_code_has_a_status_of_a_refusal() {
        for code in Code::ALL {
            assert!(status(code).is_client_error() || status(code).is_server_error(), "{code:?}");
        }
        // A code that is new in the kernel must get its own line here and in the documentation.
        let of_upstream: Vec<Code> =
            Code::ALL.into_iter().filter(|code| status(*code) == StatusCode::BAD_GATEWAY).collect();
        assert_eq!(of_upstream, [Code::UpstreamFailed, Code::Failed]);
    }

    #[test]
    fn waits_come_from_the_problem_and_are_never_cut_short() {
        let limited = Problem::new(Code::RateLimited, "busy");
        assert_eq!(wait(&limited), DEFAULT_WAIT);
        assert_eq!(wait(&limited.clone().details(json!({"retry_after_seconds": 7}))), 7);
        assert_eq!(wait(&limited.details(json!({"retry_after_seconds": 1.2}))), 2);
    }
}
