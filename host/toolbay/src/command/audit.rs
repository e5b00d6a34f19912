//! `toolbay audit`: the calls that could write.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toolbay_kernel::{CallId, PrincipalId, ToolName};
use toolbay_store::{AuditQuery, AuditRow};

use super::Output;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How many, newest first
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Only calls older than this one
    #[arg(long, value_name = "CALL")]
    before: Option<CallId>,
    /// Only calls of this principal
    #[arg(long, value_name = "ID")]
    principal: Option<PrincipalId>,
    /// Only calls of this tool
    #[arg(long)]
    tool: Option<ToolName>,
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let store = open_store(configuration, Purpose::Command).await?;
    let Arguments { limit, before, principal, tool } = arguments;
    let rows = store.audit(AuditQuery { limit, before, principal, tool }).await?;
    let shown: Vec<Value> = rows.iter().map(shown).collect();
    let columns = ["started", "tool", "principal", "surface", "outcome", "effects", "touched", "call"];
    output.table(&shown, &columns, "no call that could write yet");
    Ok(ExitCode::SUCCESS)
}

fn shown(row: &AuditRow) -> Value {
    let end = row.end.as_ref().map(|(_, end)| end);
    json!({
        "call": row.start.call.to_string(),
        "parent": row.start.parent.map(|parent| parent.to_string()),
        "started": at(row.started_at),
        "ended": row.end.as_ref().map(|(ended, _)| at(*ended)),
        "principal": row.start.principal_name,
        "principal_id": row.start.principal.to_string(),
        "surface": row.start.surface.as_str(),
        "tool": row.start.tool.as_str(),
        "provider": row.start.provider,
        "effect": row.start.effect.as_str(),
        "connection": row.start.connection.map(|connection| connection.to_string()),
        "arguments_digest": row.start.arguments_digest,
        "outcome": match end {
            None => "open",
            Some(end) => end.code.map_or("ok", toolbay_kernel::Code::as_str),
        },
        "summary": end.map(|end| end.summary.as_str()),
        "touched": end.map(|end| end.touched.as_slice()),
        "effects": end.map(|end| end.effects),
        "duration_ms": end.map(|end| end.duration_ms),
    })
}

/// A moment as RFC 3339.
pub(super) fn at(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.unix_timestamp().to_string())
}
