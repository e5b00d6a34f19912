//! `toolbay audit export`: the whole log, for whoever keeps or verifies it elsewhere.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Map, Value, json};
use toolbay_kernel::audit::Checkpoint;
use toolbay_kernel::printable;
use toolbay_store::LoggedEvent;

use crate::command::output::say;
use crate::command::progress::Line;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only from this place of the log on; what was exported before needn't be again
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    from: u64,
    /// Write into this file, which must not be there yet, and not to standard output
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments, configuration: &Configuration) -> anyhow::Result<ExitCode> {
    let Arguments { from, into } = arguments;
    let store = open_store(configuration, Purpose::Command).await?;
    let mut file =
        match &into {
            None => None,
            Some(path) => {
                let opened = OpenOptions::new().write(true).create_new(true).open(path);
                Some(opened.with_context(|| {
                    format!("{} can't be made; an export overwrites nothing", path.display())
                })?)
            }
        };
    let mut write = |text: &str| match &mut file {
        None => {
            say(text);
            Ok(())
        }
        Some(file) => file.write_all(text.as_bytes()),
    };
    let Some(note) = store.audit_checkpoint().await? else {
        bail!("there is no event yet, so there is nothing to export")
    };
    let size = Checkpoint::open(&note, &store.audit_key().await?)?.size;
    let line = Line::new("exporting", "events");
    let mut index = from;
    while index < size {
        let page = store.logged_from(index).await?;
        let Some(last) = page.last() else { break };
        index = last.index.saturating_add(1);
        let lines: String = page.iter().filter(|logged| logged.index < size).map(exported).collect();
        write(&lines)?;
        line.at(index.min(size), Some(size));
    }
    line.end();
    write(&format!("{}\n", printable::json_line(&json!({"checkpoint": note}))))?;
    Ok(ExitCode::SUCCESS)
}

/// A leaf as a line: its place, and the event from which others make the leaf. Where that can't be done any more, the leaf's hash
/// too.
fn exported(logged: &LoggedEvent) -> String {
    let mut line = Map::from_iter([("index".to_owned(), json!(logged.index))]);
    let is_whole = logged.event.as_ref().is_some_and(|event| !event.is_without_content());
    if !is_whole {
        line.insert("leaf_hash".to_owned(), json!(STANDARD.encode(logged.hash)));
    }
    line.insert("event".to_owned(), json!(logged.event));
    format!("{}\n", printable::json_line(&Value::Object(line)))
}
