//! Requests to the endpoint, by their method of HTTP.

use std::sync::Arc;

use axum::http::header::ORIGIN;
use serde_json::{Value, json};

use super::credential::Caller;
use super::era::{self, Era};
use super::message::{Message, Request};
use super::problem::{Problem, UNKNOWN_METHOD};
use super::{call, listen, methods, versions};
use crate::faults::FaultKind;
use crate::gate::Gate;
use crate::hosted::answered::Answered;
use crate::hosted::asked::Asked;
use crate::json::Peek;

/// Refuses a browser's request from another page: a name that was bound to this machine's address must not reach it.
pub(in crate::hosted) fn check_origin(gate: &Gate, asked: &Asked) -> Result<(), Box<Answered>> {
    if !asked.headers.contains_key(ORIGIN) || asked.header(ORIGIN) == Some(gate.base.as_str()) {
        return Ok(());
    }
    Err(Problem::http(403, "The Origin is not the server's own.").answer(&Value::Null).into())
}

/// Answers a request of somebody who may ask.
pub(in crate::hosted) async fn answer(
    gate: &Arc<Gate>,
    asked: &Asked,
    caller: &Caller,
    fault: Option<&FaultKind>,
) -> Answered {
    let outcome = match asked.method.as_str() {
        "POST" => return post(gate, asked, caller, fault).await,
        "GET" => listen::of_session(gate, asked, caller),
        "DELETE" => delete(gate, asked, caller),
        _ => Err(Problem::http(405, "The endpoint takes POST, GET and DELETE.")),
    };
    outcome.unwrap_or_else(|problem| {
        let is_method = problem.status == 405;
        let answered = problem.answer(&Value::Null);
        if is_method { answered.with("allow", "POST, GET, DELETE") } else { answered }
    })
}

fn delete(gate: &Gate, asked: &Asked, caller: &Caller) -> Result<Answered, Problem> {
    if asked.header("mcp-protocol-version") == Some(versions::MODERN) {
        return Err(Problem::http(405, "This revision has no session to end."));
    }
    let id = era::session(gate, asked, caller)?;
    gate.state.lock().hosted.sessions.close(&id);
    Ok(Answered::empty(204))
}

async fn post(gate: &Arc<Gate>, asked: &Asked, caller: &Caller, fault: Option<&FaultKind>) -> Answered {
    if !asked.accepts("application/json") || !asked.accepts("text/event-stream") {
        return Problem::http(406, "Accept must name application/json and text/event-stream.")
            .answer(&Value::Null);
    }
    if asked.media_type() != "application/json" {
        return Problem::http(415, "Content-Type must be application/json.").answer(&Value::Null);
    }
    let message = match Message::read(&asked.bytes) {
        Ok(message) => message,
        Err(problem) => return problem.answer(&Value::Null),
    };
    let id = match &message {
        Message::Request(request) => request.id.clone(),
        Message::Notification { .. } => Value::Null,
    };
    let era = match Era::of(gate, asked, caller, &message) {
        Ok(era) => era,
        Err(problem) => return problem.answer(&id),
    };
    match message {
        Message::Notification { method, .. } => notified(gate, caller, &era, &method),
        Message::Request(request) => requested(gate, caller, &era, &request, fault).await,
    }
    .unwrap_or_else(|problem| problem.answer(&id))
}

fn notified(gate: &Gate, caller: &Caller, era: &Era, method: &str) -> Result<Answered, Problem> {
    if let (Era::Session(id), "notifications/initialized") = (era, method) {
        let mut state = gate.state.lock();
        state.hosted.sessions.of(id, caller.grant).ok_or_else(era::unknown)?.is_initialized = true;
    }
    Ok(Answered::empty(202))
}

async fn requested(
    gate: &Arc<Gate>,
    caller: &Caller,
    era: &Era,
    request: &Request,
    fault: Option<&FaultKind>,
) -> Result<Answered, Problem> {
    let is_modern = *era == Era::Modern;
    let result = match (era, request.method.as_str()) {
        (Era::Beginning, "initialize") => return begin(gate, caller, request),
        (Era::Modern, "server/discover") => methods::discover(),
        (Era::Modern, "subscriptions/listen") => return listen::of_request(gate, request),
        (Era::Session(_), "ping") => json!({}),
        (Era::Modern | Era::Session(_), "tools/list") => methods::list(gate, request, is_modern)?,
        (Era::Modern | Era::Session(_), "tools/call") => {
            return call::call(gate, caller, request, is_modern, fault).await;
        }
        _ => {
            let status = if is_modern { 404 } else { 200 };
            return Err(Problem::new(status, UNKNOWN_METHOD, "The method is unknown here."));
        }
    };
    Ok(result_of(request, result))
}

fn begin(gate: &Gate, caller: &Caller, request: &Request) -> Result<Answered, Problem> {
    let (result, version) = methods::initialize(request)?;
    let mut state = gate.state.lock();
    let hosted = &mut state.hosted;
    let id = hosted.secret("mcps");
    let label = hosted
        .sessions
        .open(&id, caller.grant, version)
        .ok_or_else(|| Problem::http(503, "There are too many sessions."))?;
    hosted.labels.name(&id, label);
    Ok(result_of(request, result).with("mcp-session-id", id))
}

fn result_of(request: &Request, result: Value) -> Answered {
    let note = json!({ "result_of": request.method });
    Answered::json(200, json!({ "jsonrpc": "2.0", "id": request.id, "result": result })).noted(note)
}

/// What faults call a request: the tool of a call, else the method of the message.
pub(in crate::hosted) fn name(asked: &Asked) -> Option<String> {
    let body = asked.json();
    let method = body.text("method")?;
    Some(match method {
        "tools/call" => body.at("params").text("name")?.to_owned(),
        method => method.to_owned(),
    })
}
