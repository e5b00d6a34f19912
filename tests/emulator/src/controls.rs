//! `/_emulator/`: what a test does to the emulator, as opposed to what a client does to Notion.

use std::sync::Arc;
use std::time::Duration as Length;

use serde_json::{Value, json};
use time::Duration;

use crate::clock;
use crate::faults::Fault;
use crate::gate::Gate;
use crate::hosted;
use crate::json::Peek;
use crate::model::Workspace;
use crate::oauth::Consent;
use crate::options::Seed;
use crate::ratelimit::Limiter;
use crate::reply::Reply;
use crate::requests::Requests;
use crate::seed::{self, SeedIds};
use crate::state::State;

/// Answers a control.
pub(crate) fn answer(gate: &Gate, method: &str, control: &str, bytes: &[u8]) -> Reply {
    let body: Value = if bytes.is_empty() {
        json!({})
    } else {
        match serde_json::from_slice(bytes) {
            Ok(body) => body,
            Err(error) => return reply(400, &json!({"error": format!("The body is not JSON: {error}.")})),
        }
    };
    let outcome = match (method, control) {
        ("GET", "writes") => Ok(json!(gate.state.lock().writes)),
        ("GET", "faults") => Ok(json!(gate.state.lock().faults.waiting())),
        ("POST", "faults") => queue_faults(gate, body),
        ("DELETE", "faults") => {
            gate.state.lock().faults.clear();
            Ok(json!({}))
        }
        ("POST", "reset") => reset(gate, &body),
        ("POST", "seed") => plant(gate, &body),
        ("POST", "clock") => set_clock(gate, &body),
        ("GET", "state") => Ok(summary(gate)),
        ("GET", "requests") => Ok(json!(gate.state.lock().requests)),
        ("DELETE", "requests") => {
            gate.state.lock().requests = Requests::default();
            Ok(json!({}))
        }
        ("GET", "record") => {
            let recorder = gate.recorder.lock();
            Ok(json!({"exchanges": recorder.exchanges(), "lost": recorder.lost()}))
        }
        ("POST", "record") => switch_record(gate, &body),
        ("DELETE", "record") => {
            gate.recorder.lock().clear();
            Ok(json!({}))
        }
        ("POST", "imports") => set_looks(gate, &body),
        ("POST", "appends") => set_appends(gate, &body),
        ("POST", "uncomputed") => set_uncomputed(gate, &body),
        ("POST", "oauth") => set_consent(gate, body),
        ("POST", "oauth/expire") => Ok(json!({"expired": expire(gate)})),
        ("POST", "oauth/disconnect") => Ok(json!({"disconnected": disconnect(gate)})),
        ("GET", "rate-limit") => Ok(limit(gate)),
        ("POST", "rate-limit") => set_limit(gate, &body),
        _ => {
            let hosted = control.strip_prefix("hosted");
            let answer = hosted.and_then(|control| hosted::controls::answer(gate, method, control, body));
            match answer {
                Some(outcome) => outcome,
                None => {
                    let error = format!("No control {method} /_emulator/{control}.");
                    return reply(404, &json!({ "error": error }));
                }
            }
        }
    };
    match outcome {
        Ok(value) => reply(200, &value),
        Err(message) => reply(400, &json!({"error": message})),
    }
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply::Answer {
        status,
        content_type: "application/json",
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

/// One fault, a list of them, or `{"faults": […]}`.
fn queue_faults(gate: &Gate, body: Value) -> Result<Value, String> {
    let wanted = match body {
        Value::Array(items) => items,
        Value::Object(map) if map.contains_key("faults") => map.items("faults").to_vec(),
        one => vec![one],
    };
    let mut faults = Vec::with_capacity(wanted.len());
    for fault in wanted {
        faults
            .push(serde_json::from_value::<Fault>(fault).map_err(|error| format!("Not a fault: {error}."))?);
    }
    let mut state = gate.state.lock();
    for fault in faults {
        state.faults.push(fault);
    }
    Ok(json!(state.faults.waiting()))
}

fn reset(gate: &Gate, body: &Value) -> Result<Value, String> {
    let chosen = match body.text("seed") {
        None => gate.options.seed,
        Some(name) => Seed::named(name)?,
    };
    Ok(json!(reset_to(gate, chosen)))
}

pub(crate) fn reset_to(gate: &Gate, seed: Seed) -> SeedIds {
    let mut options = gate.options.clone();
    options.seed = seed;
    gate.recorder.lock().clear();
    let mut state = gate.state.lock();
    *state = State::new(&options);
    state.ids.clone()
}

pub(crate) fn plant(gate: &Gate, body: &Value) -> Result<Value, String> {
    let mut state = gate.state.lock();
    let mut workspace = (*state.workspace).clone();
    let planted = seed::extra::plant(&mut workspace, body, state.clock.now(), &gate.base)?;
    workspace.touched = crate::model::Touched::default();
    state.commit(workspace);
    state.limiter.clear();
    Ok(planted)
}

/// `{"on": true}`.
fn switch_record(gate: &Gate, body: &Value) -> Result<Value, String> {
    let on = body.at("on").as_bool().ok_or("on must be true or false")?;
    gate.recorder.lock().switch(on);
    Ok(json!({"on": on}))
}

/// `{"agrees": false}`, `{"workspace": "Acme"}`: what people do at the authorization page; what isn't said is as usual.
fn set_consent(gate: &Gate, body: Value) -> Result<Value, String> {
    let consent: Consent =
        serde_json::from_value(body).map_err(|error| format!("Not a consent: {error}."))?;
    gate.state.lock().oauth.consent = consent.clone();
    Ok(json!(consent))
}

/// Makes the access tokens that OAuth gave refused, as Notion may at any time; the refresh tokens still work.
pub(crate) fn expire(gate: &Gate) -> usize {
    let mut state = gate.state.lock();
    let mut workspace = (*state.workspace).clone();
    let expired = state.oauth.expire(&mut workspace);
    state.commit(workspace);
    expired
}

/// Ends every grant, as when people remove the integration in Notion's settings.
pub(crate) fn disconnect(gate: &Gate) -> usize {
    let mut state = gate.state.lock();
    let mut workspace = (*state.workspace).clone();
    let disconnected = state.oauth.disconnect(&mut workspace);
    state.commit(workspace);
    disconnected
}

/// `{"looks": 3}`: how many looks find an import of a file pending.
fn set_looks(gate: &Gate, body: &Value) -> Result<Value, String> {
    let looks = body.at("looks").as_u64().ok_or("looks must be a whole number")?;
    change(gate, |workspace| workspace.looks_of_import = looks);
    Ok(json!({"looks": looks}))
}

/// `{"answers": "siblings"}`, as Notion, or `{"answers": "new"}`: what an append in the middle of a page answers with.
fn set_appends(gate: &Gate, body: &Value) -> Result<Value, String> {
    let alone = match body.text("answers") {
        Some("siblings") => false,
        Some("new") => true,
        _ => return Err("answers must be siblings or new".to_owned()),
    };
    answer_appends_alone(gate, alone);
    Ok(body.clone())
}

/// `{"properties": ["Total"]}`: formulas and rollups that are answered as unsupported from now on, by name or id.
fn set_uncomputed(gate: &Gate, body: &Value) -> Result<Value, String> {
    let names = body.at("properties").as_array().ok_or("properties must be a list of names or ids")?;
    leave_uncomputed(gate, &names.iter().filter_map(Value::as_str).collect::<Vec<&str>>());
    Ok(body.clone())
}

fn change(gate: &Gate, change: impl FnOnce(&mut Workspace)) {
    let mut state = gate.state.lock();
    let mut workspace = (*state.workspace).clone();
    change(&mut workspace);
    state.commit(workspace);
}

pub(crate) fn answer_appends_alone(gate: &Gate, alone: bool) {
    change(gate, |workspace| workspace.appended_alone = alone);
}

pub(crate) fn leave_uncomputed(gate: &Gate, properties: &[&str]) {
    let names: Vec<String> = properties.iter().map(|name| (*name).to_owned()).collect();
    change(gate, |workspace| workspace.uncomputed = Arc::new(names));
}

fn limit(gate: &Gate) -> Value {
    let state = gate.state.lock();
    let limiter = &state.limiter;
    json!({
        "requests": limiter.budget,
        "window_ms": limiter.length.as_millis() as u64,
        "windows": limiter.spent(),
    })
}

/// `{"requests": 180}`, with a `window_ms` other than a minute if that is wanted; `null` for no limit.
fn set_limit(gate: &Gate, body: &Value) -> Result<Value, String> {
    let requests = match body.at("requests") {
        Value::Null if body.has("requests") => None,
        wanted => {
            let number = wanted.as_u64().and_then(|number| u32::try_from(number).ok());
            Some(number.ok_or("requests must be a whole number, or null for no limit")?)
        }
    };
    let window = match body.at("window_ms") {
        Value::Null => Length::from_secs(60),
        wanted => Length::from_millis(wanted.as_u64().ok_or("window_ms must be a whole number")?),
    };
    gate.state.lock().limiter = Limiter::new(requests, window);
    Ok(limit(gate))
}

/// `{"now": "…"}` freezes the clock, `{"now": null}` lets it run, `{"advance_ms": n}` moves it.
fn set_clock(gate: &Gate, body: &Value) -> Result<Value, String> {
    let mut state = gate.state.lock();
    if body.has("now") {
        let now = match body.text("now") {
            None => None,
            Some(text) => Some(clock::parse(text).ok_or("now must be an RFC 3339 time")?),
        };
        state.clock.set(now);
    }
    if let Some(milliseconds) = body.at("advance_ms").as_i64() {
        state.clock.advance(Duration::milliseconds(milliseconds));
    }
    let mut workspace = (*state.workspace).clone();
    workspace.clock = state.clock;
    state.commit(workspace);
    Ok(json!({"now": clock::to_millisecond(state.clock.now())}))
}

fn summary(gate: &Gate) -> Value {
    let state = gate.state.lock();
    let workspace = &state.workspace;
    json!({
        "ids": state.ids,
        "now": clock::to_millisecond(state.clock.now()),
        "writes": state.writes.len(),
        "faults": state.faults.waiting(),
        "pages": workspace.pages.len(),
        "blocks": workspace.blocks.len(),
        "databases": workspace.databases.len(),
        "data_sources": workspace.data_sources.len(),
        "comments": workspace.comments.len(),
        "views": workspace.views.len(),
        "tokens": workspace.integrations.iter().map(|integration| &integration.token).collect::<Vec<_>>(),
    })
}
