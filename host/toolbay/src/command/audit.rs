//! `toolbay audit`: what was done, and by whom.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toolbay_kernel::audit::{Act, CallEnded, Effect};
use toolbay_kernel::{Administration, CallId, Code, PrincipalId};
use toolbay_store::{AuditQuery, AuditScope, RecordedEvent};

use super::Output;
use super::named::{self, Known};
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  toolbay audit --subject trash --limit 100")]
pub(super) struct Arguments {
    /// How many, newest first; at most 1000
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Only events older than this one, by its number
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    /// Only what this principal did: a token by its name, or an id
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    /// Only what is about this: a tool, a plugin, a token's id or a key's number
    #[arg(long, visible_alias = "tool", value_name = "NAME")]
    subject: Option<String>,
    /// Every event of one call: its start, each write, its end
    #[arg(long, value_name = "CALL")]
    call: Option<CallId>,
    /// Every event; without this a call that has ended is one line
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let store = open_store(configuration, Purpose::Command).await?;
    let Arguments { limit, before, principal, subject, call, all } = arguments;
    let principal = match principal {
        Some(wanted) => Some(principal_of(&wanted, &Administration::new(Arc::clone(&store) as _)).await?),
        None => None,
    };
    let subject_is_given = subject.is_some();
    let scope = if all || call.is_some() { AuditScope::Everything } else { AuditScope::Acts };
    let events = store.audit(AuditQuery { scope, limit, before, principal, subject, call }).await?;
    let shown: Vec<Value> = events.iter().map(shown).collect();
    let columns = ["number", "at", "event", "about", "principal", "surface", "outcome", "summary", "call"];
    let is_narrowed = before.is_some() || principal.is_some() || subject_is_given || call.is_some();
    output.table(&shown, &columns, if is_narrowed { "no event matches" } else { "nothing was done yet" });
    Ok(ExitCode::SUCCESS)
}

/// Whom a name or id means. One that has gone may still be asked for by its id.
async fn principal_of(wanted: &str, administration: &Administration) -> anyhow::Result<PrincipalId> {
    if let Ok(id) = wanted.parse() {
        return Ok(id);
    }
    let own = ["operator", "action", "host"].into_iter();
    let own = own.map(|name| Known { id: PrincipalId::of_environment(name), name: name.to_owned() });
    let tokens = administration.tokens().await?.into_iter().map(|row| Known { id: row.id, name: row.name });
    let known: Vec<Known<PrincipalId>> = own.chain(tokens).collect();
    named::find(wanted, &known, "principal", "toolbay token list")
}

fn shown(recorded: &RecordedEvent) -> Value {
    let RecordedEvent { seq, at: moment, event } = recorded;
    json!({
        "number": seq,
        "at": at(*moment),
        "event": event.act.kind(),
        "about": event.act.subject().or_else(|| event.connection.map(|id| id.to_string())),
        "principal": event.by.name,
        "principal_id": event.by.principal.to_string(),
        "surface": event.by.surface.as_str(),
        "connection": event.connection.map(|id| id.to_string()),
        "call": event.call.map(|id| id.to_string()),
        "outcome": outcome(&event.act),
        "summary": summary(&event.act),
        "details": details(&event.act),
    })
}

fn outcome(act: &Act) -> &'static str {
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
        | Act::Job { .. }
        | Act::Key { .. } => "ok",
    }
}

fn summary(act: &Act) -> String {
    match act {
        Act::CallStarted(started) => format!("{}: {}", started.tool, started.access.as_str()),
        Act::CallEnded(ended) => ended.summary.clone(),
        Act::Effect(effect) => format!("{} ({})", effect.route, effect.target),
        Act::Grant { capability, .. } => format!("{}: {capability}", change(act)),
        Act::Token { name, .. } | Act::Client { name, .. } => format!("{}: {name}", change(act)),
        Act::Consent { client, .. } => format!("{}: {client}", change(act)),
        Act::Connection { name, .. } => format!("{}: {}", change(act), name.as_deref().unwrap_or("new")),
        Act::Job { tool, .. } => format!("{}: {tool}", change(act)),
        Act::Plugin { .. } | Act::Session { .. } | Act::Key { .. } => change(act),
    }
}

/// The word for the change, as it is stored.
fn change(act: &Act) -> String {
    details(act).get("change").and_then(Value::as_str).unwrap_or_default().replace('_', " ")
}

fn details(act: &Act) -> Value {
    json!(act).get("details").cloned().unwrap_or(Value::Null)
}

/// A moment as RFC 3339.
pub(super) fn at(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.unix_timestamp().to_string())
}
