//! `toolbay call`: a tool, from the command line.

use std::io::{IsTerminal, Read};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use toolbay_kernel::progress::LogLevel;
use toolbay_kernel::traces::Attribute;
use toolbay_kernel::{Content, Dispatcher, Invocation, Principal, ProgressSink, Surface, printable};

use super::Output;
use crate::configuration::Configuration;
use crate::host::{Host, Purpose, own_compiler};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  toolbay call search --args '{\"query\": \"plan\"}'")]
pub(super) struct Arguments {
    /// The tool
    tool: String,
    /// Its arguments as a JSON object; `-` reads them from standard input
    #[arg(long, default_value = "{}", value_name = "JSON")]
    args: String,
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let mut text = arguments.args;
    if text == "-" {
        text.clear();
        std::io::stdin().read_to_string(&mut text).context("standard input can't be read")?;
    }
    let given: Value =
        serde_json::from_str(&text).context("--args must be JSON, such as '{\"query\": \"plan\"}'")?;
    let host = Host::open(configuration, Purpose::Command, own_compiler()?).await?;
    host.load_for(Some(&arguments.tool)).await;
    let code = call(&host.gateway.dispatcher, arguments.tool, given, output).await;
    host.close().await;
    Ok(code)
}

/// Calls a tool as the operator, and prints what comes of it.
pub(super) async fn call(door: &Dispatcher, tool: String, given: Value, output: &Output) -> ExitCode {
    let operator = Arc::new(Principal::operator());
    let mut invocation = Invocation::new(tool, given, operator, Surface::CommandLine);
    invocation.progress = Arc::new(Terminal { is_terminal: std::io::stderr().is_terminal() });
    let mut span = door.traces().enter(Surface::CommandLine, None, || "toolbay call".to_owned());
    invocation.trace = span.within();
    let outcome = door.call(invocation).await;
    span.say(Attribute::RequestId, outcome.call.to_string());
    span.end(outcome.result.as_ref().map(drop).map_err(|problem| problem.code));
    match outcome.result {
        Ok(answer) => {
            let value = answer.data.unwrap_or(Value::Null);
            let parts: Vec<Value> = answer.content.iter().map(described).collect();
            let shown = if parts.is_empty() { value } else { json!({"data": value, "content": parts}) };
            output.print(&shown, || format!("{shown:#}"));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            let shown = json!({"error": problem, "request_id": outcome.call.to_string()});
            output.print(&shown, || {
                let hint = problem.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
                format!("{}: {}{hint}\nrequest: {}", problem.code.as_str(), problem.message, outcome.call)
            });
            ExitCode::FAILURE
        }
    }
}

/// A part that isn't JSON, as a terminal can show it: prose whole, media by size.
fn described(content: &Content) -> Value {
    match content {
        Content::Text(text) => json!({"text": text}),
        Content::Image { mime_type, data } | Content::Audio { mime_type, data } => {
            json!({"mime_type": mime_type, "bytes": data.len()})
        }
        Content::Resource { uri, mime_type, text } => {
            json!({"uri": uri, "mime_type": mime_type, "text": text})
        }
    }
}

/// Progress and log lines on standard error.
struct Terminal {
    is_terminal: bool,
}

impl ProgressSink for Terminal {
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) {
        if self.is_terminal {
            let total = total.map(|total| format!("/{total}")).unwrap_or_default();
            Output::note(&printable::name(&format!("{done}{total} {}", message.unwrap_or_default())));
        }
    }

    fn log(&self, level: LogLevel, message: &str) {
        if level >= LogLevel::Info {
            Output::note(&printable::name(message));
        }
    }
}
