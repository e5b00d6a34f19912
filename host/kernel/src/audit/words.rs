//! Events in the words of those who read the audit.

use serde_json::{Value, json};

use super::events::{Act, CallEnded, Effect, Event};
use crate::problem::Code;

/// What an event is about: a tool, a plugin, an id; else its connection.
#[must_use]
pub fn about(event: &Event) -> Option<String> {
    event.act.subject().or_else(|| event.connection.map(|id| id.to_string()))
}

/// How it ended: `ok`, `begun`, or the code of the problem.
#[must_use]
pub fn outcome(act: &Act) -> &'static str {
    match act {
        // Without an end it runs, or the host didn't survive it.
        Act::CallStarted(_) => "begun",
        Act::CallEnded(CallEnded { code, .. }) | Act::Effect(Effect { code, .. }) => {
            code.map_or("ok", Code::as_str)
        }
        Act::Grant { .. }
        | Act::Token { .. }
        | Act::Client { .. }
        | Act::Consent { .. }
        | Act::Session { .. }
        | Act::Connection { .. }
        | Act::Plugin { .. }
        | Act::Upstream { .. }
        | Act::Job { .. }
        | Act::Key { .. }
        | Act::Audit { .. } => "ok",
    }
}

/// What was done, in a line.
#[must_use]
pub fn summary_of(act: &Act) -> String {
    match act {
        Act::CallStarted(started) => format!("{}: {}", started.tool, started.access.as_str()),
        Act::CallEnded(ended) => ended.summary.clone(),
        Act::Effect(effect) => format!("{} ({})", effect.route, effect.target),
        Act::Grant { capability, .. } => format!("{}: {capability}", change(act)),
        Act::Token { name, .. } | Act::Client { name, .. } => format!("{}: {name}", change(act)),
        Act::Consent { client, .. } => format!("{}: {client}", change(act)),
        Act::Connection { name, .. } => format!("{}: {}", change(act), name.as_deref().unwrap_or("new")),
        Act::Job { tool, .. } => format!("{}: {tool}", change(act)),
        Act::Upstream { upstream, .. } => format!("{}: {upstream}", change(act)),
        Act::Plugin { .. } | Act::Session { .. } | Act::Key { .. } | Act::Audit { .. } => change(act),
    }
}

/// The details of an act, as they are stored.
#[must_use]
pub fn details(act: &Act) -> Value {
    json!(act).get("details").cloned().unwrap_or(Value::Null)
}

/// The word for the change, as it is stored.
fn change(act: &Act) -> String {
    details(act).get("change").and_then(Value::as_str).unwrap_or_default().replace('_', " ")
}
