//! One request to the hosted server: recorded, struck by a fault where one waits, answered.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, header};
use serde_json::{Value, json};

use super::answered::{Answered, Content};
use super::asked::Asked;
use super::form::Parameters;
use super::mcp::credential::{Caller, caller};
use super::mcp::problem::Problem;
use super::mcp::request;
use super::oauth::denied::Denied;
use super::oauth::{authorize, metadata, register, token};
use crate::clock::to_millisecond;
use crate::faults::FaultKind;
use crate::gate::Gate;
use crate::json::Peek;
use crate::reply::{Reply, disguised, early_refusal};

/// Whether a path is one of the hosted server's.
pub(crate) fn serves(path: &str) -> bool {
    matches!(path, "/mcp" | "/authorize" | "/authorize/answer" | "/token" | "/register" | "/revoke")
        || path.starts_with("/.well-known/")
}

/// Answers a request; an error closes its connection.
pub(crate) async fn answer(gate: &Arc<Gate>, asked: Asked) -> io::Result<Response<Body>> {
    let is_token = asked.path == "/token";
    let (seq, place) = {
        let mut state = gate.state.lock();
        let now = state.clock.now();
        let at = to_millisecond(now);
        let hosted = &mut state.hosted;
        let place = is_token
            .then(|| hosted.begin_token_request(Parameters::of_form(&asked).as_ref(), at.clone(), now));
        (hosted.trail.begin(&asked, &hosted.labels, at), place)
    };
    let answered = struck(gate, &asked).await;
    let (outcome, is_hidden) = match &answered {
        Struck::Answered(answered) => (Some(answered), false),
        Struck::Hidden(answered, _) => (Some(answered), true),
        Struck::Dropped => (None, true),
    };
    let status = match &answered {
        Struck::Answered(answered) => answered.status,
        Struck::Hidden(_, reply) => reply.status().unwrap_or(0),
        Struck::Dropped => 0,
    };
    {
        let mut state = gate.state.lock();
        let hosted = &mut state.hosted;
        hosted.trail.end(seq, outcome.filter(|_| !is_hidden), status, &hosted.labels);
        if let Some(place) = place {
            hosted.end_token_request(place, status, outcome.and_then(said));
        }
        let route = format!("{} {}", asked.method, asked.path);
        state.requests.count(Some(&route), (status != 0).then_some(status));
    }
    match answered {
        Struck::Answered(answered) => respond(answered),
        Struck::Hidden(_, reply) => reply.respond(),
        Struck::Dropped => Reply::Drop.respond(),
    }
}

/// What the token endpoint said, in words for a list.
fn said(answered: &Answered) -> Option<String> {
    match (answered.note.text("issued"), answered.note.text("error")) {
        (Some(label), _) => Some(format!("issued {label}")),
        (None, error) => error.map(str::to_owned),
    }
}

enum Struck {
    Answered(Answered),
    /// It was answered, and a fault lets the client see something else.
    Hidden(Answered, Reply),
    /// The connection closes, and nothing was done.
    Dropped,
}

async fn struck(gate: &Arc<Gate>, asked: &Asked) -> Struck {
    let caller = match admitted(gate, asked) {
        Ok(caller) => caller,
        Err(answered) => return Struck::Answered(*answered),
    };
    let fault = fault(gate, asked);
    match &fault {
        Some(FaultKind::Delay { delay_ms }) => tokio::time::sleep(Duration::from_millis(*delay_ms)).await,
        Some(FaultKind::DropBefore) => return Struck::Dropped,
        _ => {}
    }
    if let Some(answered) = refused(asked, fault.as_ref()) {
        return Struck::Answered(answered);
    }
    let answered = run(gate, asked, caller.as_ref(), fault.as_ref()).await;
    let body = match &answered.content {
        // What strikes events strikes them where they are made.
        Content::Events(_) => return Struck::Answered(answered),
        Content::Json(body) => body.clone(),
        Content::Nothing | Content::Html(_) => Value::Null,
    };
    match &fault {
        Some(FaultKind::ApplyThenDelay { delay_ms }) => {
            tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
        }
        Some(
            FaultKind::ApplyThenDrop
            | FaultKind::ApplyThenStatus { .. }
            | FaultKind::ApplyThenBody { .. }
            | FaultKind::ApplyThenWithout { .. }
            | FaultKind::Garbage
            | FaultKind::Huge { .. },
        ) => {
            let request_id = gate.state.lock().request_ids.uuid();
            let reply = disguised(fault.as_ref(), answered.status, &body, None, &request_id);
            return Struck::Hidden(answered, reply);
        }
        _ => {}
    }
    Struck::Answered(answered)
}

/// Who asks, where that is needed. A request that isn't admitted takes no fault from another one.
fn admitted(gate: &Gate, asked: &Asked) -> Result<Option<Caller>, Box<Answered>> {
    if asked.path != "/mcp" {
        return Ok(None);
    }
    request::check_origin(gate, asked)?;
    caller(gate, asked).map(Some)
}

/// The fault that waits for a request: for its tool or kind of grant, or for its address.
fn fault(gate: &Gate, asked: &Asked) -> Option<FaultKind> {
    let address = format!("{} {}", asked.method, asked.path);
    let kind = match asked.path.as_str() {
        "/mcp" => request::name(asked),
        "/token" => Parameters::of_form(asked).and_then(|form| form.get("grant_type").map(str::to_owned)),
        _ => None,
    };
    let narrow = kind.map(|kind| format!("{address} {kind}"));
    let names: Vec<&str> = narrow.iter().map(String::as_str).chain([address.as_str()]).collect();
    gate.state.lock().faults.take_any(&names)
}

/// What a fault answers in the place of the operation.
fn refused(asked: &Asked, fault: Option<&FaultKind>) -> Option<Answered> {
    let is_call = asked.path == "/mcp" && asked.json().text("method") == Some("tools/call");
    if is_call && matches!(fault, Some(FaultKind::RateLimited { .. })) {
        // Notion tells a tool's caller, not their client.
        return None;
    }
    let refusal = early_refusal(fault)?;
    let answered = match asked.path.as_str() {
        "/mcp" => Problem::http(refusal.status, &refusal.message).answer(asked.json().at("id")),
        _ => {
            let body = json!({ "error": refusal.code, "error_description": refusal.message });
            Answered::json(refusal.status, body).noted(json!({ "error": refusal.code }))
        }
    };
    Some(match refusal.retry_after_seconds {
        Some(seconds) => answered.with("retry-after", seconds.to_string()),
        None => answered,
    })
}

async fn run(
    gate: &Arc<Gate>,
    asked: &Asked,
    caller: Option<&Caller>,
    fault: Option<&FaultKind>,
) -> Answered {
    if let Some(caller) = caller {
        return request::answer(gate, asked, caller, fault).await;
    }
    let outcome: Result<Answered, Denied> = match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/authorize") => authorize::authorize(gate, asked),
        ("GET", "/authorize/answer") => authorize::answer_page(gate, asked),
        ("POST", "/token") => token::token(gate, asked),
        ("POST", "/register") => register::register(gate, asked),
        ("POST", "/revoke") => token::revoke(gate, asked),
        ("GET", path) if path.starts_with("/.well-known/") => Ok(metadata::answer(&gate.base, path)),
        _ => return Answered::json(405, json!({ "error": "invalid_request" })),
    };
    outcome.unwrap_or_else(Answered::from)
}

fn respond(answered: Answered) -> io::Result<Response<Body>> {
    let mut response = Response::builder().status(answered.status);
    for (name, value) in answered.headers {
        response = response.header(name, value);
    }
    let (kind, body) = match answered.content {
        Content::Nothing => return response.body(Body::empty()).map_err(io::Error::other),
        Content::Json(body) => ("application/json", Body::from(body.to_string())),
        Content::Html(body) => ("text/html; charset=utf-8", Body::from(body)),
        Content::Events(body) => ("text/event-stream", body),
    };
    response.header(header::CONTENT_TYPE, kind).body(body).map_err(io::Error::other)
}
