//! `toolbay audit list`: what was done, and by whom.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};
use toolbay_kernel::audit::{RecordedEvent, about, details, outcome, summary_of};
use toolbay_kernel::{Administration, CallId, PrincipalId};
use toolbay_store::{AuditQuery, AuditScope};

use super::moment::at;
use crate::command::Output;
use crate::command::named::{self, Known};
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

#[derive(Debug, Args)]
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

/// An event as the commands print it.
pub(super) fn shown(recorded: &RecordedEvent) -> Value {
    let RecordedEvent { seq, at: moment, event } = recorded;
    json!({
        "number": seq,
        "at": at(*moment),
        "event": event.act.kind(),
        "about": about(event),
        "principal": event.by.name,
        "principal_id": event.by.principal.to_string(),
        "surface": event.by.surface.as_str(),
        "connection": event.connection.map(|id| id.to_string()),
        "call": event.call.map(|id| id.to_string()),
        "outcome": outcome(&event.act),
        "summary": summary_of(&event.act),
        "details": details(&event.act),
    })
}
