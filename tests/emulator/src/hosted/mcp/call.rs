//! Calls of tools: found, checked, run, and answered as one object or as events.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::credential::Caller;
use super::events::{self, event};
use super::message::Request;
use super::methods;
use super::problem::{INVALID_PARAMETERS, Problem};
use crate::errors::Refusal;
use crate::faults::FaultKind;
use crate::gate::Gate;
use crate::hosted::answered::Answered;
use crate::hosted::settings::Answers;
use crate::hosted::tools::{self, Progress, Tool, Work};
use crate::json::Peek;
use crate::reply::early_refusal;

/// Runs a call. A tool that refuses is a result like another one, which says so; only a call that names no tool is an error.
pub(super) async fn call(
    gate: &Arc<Gate>,
    caller: &Caller,
    request: &Request,
    is_modern: bool,
    fault: Option<&FaultKind>,
) -> Result<Answered, Problem> {
    let status = if is_modern { 400 } else { 200 };
    let bad = |message: String| Problem::new(status, INVALID_PARAMETERS, message);
    let name = request.params.text("name").ok_or_else(|| bad("name must be a text.".to_owned()))?;
    let settings = gate.state.lock().hosted.settings.clone();
    let tool = tools::all()
        .into_iter()
        .find(|tool| tool.name == name && !settings.hidden_tools.iter().any(|hidden| hidden == name))
        .ok_or_else(|| bad(format!("There is no tool {}.", name.chars().take(100).collect::<String>())))?;
    let arguments = match request.params.at("arguments") {
        Value::Null => json!({}),
        arguments if arguments.is_object() => arguments.clone(),
        _ => return Err(bad("arguments must be an object.".to_owned())),
    };
    let admitted = match fault {
        Some(FaultKind::RateLimited { .. }) => early_refusal(fault).map_or(Ok(()), Err),
        _ => gate.state.lock().limiter.admit(&format!("hosted grant {}", caller.grant), Instant::now()),
    };
    let checked = admitted.and_then(|()| tool.check(&arguments));
    let token = match request.params.at("_meta").at("progressToken") {
        Value::Null => None,
        token => Some(token.clone()),
    };
    // What hides an answer as a whole needs one that is whole.
    let is_whole = !matches!(
        fault,
        None | Some(
            FaultKind::Delay { .. }
                | FaultKind::ApplyThenDelay { .. }
                | FaultKind::ApplyThenDrop
                | FaultKind::RateLimited { .. }
        )
    );
    let is_stream = !is_whole
        && match settings.answers {
            Answers::Json => false,
            Answers::Stream => true,
            Answers::Auto => tool.has_steps && token.is_some(),
        };
    let mut work = Work {
        gate: Arc::clone(gate),
        integration: Arc::clone(&caller.integration),
        step: Duration::from_millis(settings.step_ms),
        progress: None,
    };
    let id = request.id.clone();
    if !is_stream {
        let outcome = run(&tool, &work, &arguments, checked).await;
        let (body, note) = answer(&id, outcome, is_modern);
        return Ok(Answered::json(200, body).noted(note));
    }
    let (events, answered) = events::answer();
    work.progress = token.map(|token| Progress { events: events.clone(), token });
    let is_dropped = matches!(fault, Some(FaultKind::ApplyThenDrop));
    let delay = match fault {
        Some(FaultKind::ApplyThenDelay { delay_ms }) => Duration::from_millis(*delay_ms),
        _ => Duration::ZERO,
    };
    tokio::spawn(async move {
        let outcome = run(&tool, &work, &arguments, checked).await;
        tokio::time::sleep(delay).await;
        let (body, _) = answer(&id, outcome, is_modern);
        let last = match is_dropped {
            true => Err(io::Error::new(io::ErrorKind::ConnectionAborted, "a fault closes this connection")),
            false => Ok(event(&body)),
        };
        // A client that left hears nothing of it.
        events.send(last).await.ok();
    });
    Ok(answered.noted(json!({ "tool": name })))
}

async fn run(
    tool: &Tool,
    work: &Work,
    arguments: &Value,
    checked: Result<(), Refusal>,
) -> Result<Value, Refusal> {
    checked?;
    tool.run(work, arguments).await
}

fn answer(id: &Value, outcome: Result<Value, Refusal>, is_modern: bool) -> (Value, Value) {
    let (value, code) = match outcome {
        Ok(value) => (value, None),
        Err(refusal) => (tools::refused(&refusal), Some(refusal.code)),
    };
    let mut result = json!({
        "content": [{ "type": "text", "text": value.to_string() }],
        "structuredContent": value,
        "isError": code.is_some(),
    });
    if is_modern {
        methods::complete(&mut result);
    }
    let note = json!({ "tool_error": code });
    (json!({ "jsonrpc": "2.0", "id": id, "result": result }), note)
}
