//! `toolbay audit prove`: what others can verify without trusting this host.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::item::Item;
use crate::command::Output;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The event's number, or the id of a call, each of whose events has a receipt of its own
    #[arg(value_name = "NUMBER|CALL", required_unless_present = "consistency")]
    item: Option<Item>,
    /// Prove that the log as it is now goes on from this checkpoint
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "item")]
    consistency: Option<PathBuf>,
    /// The folder for the files; none is overwritten
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    into: PathBuf,
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let store = open_store(configuration, Purpose::Command).await?;
    let Arguments { item, consistency, into } = arguments;
    if let Some(path) = consistency {
        let old = fs::read_to_string(&path).with_context(|| format!("{} can't be read", path.display()))?;
        let proof = store.audit_consistency(&old).await.with_context(|| path.display().to_string())?;
        let (then, now) = proof.verify(&store.audit_key().await?)?;
        let file = write(&into, &format!("consistency-{}-{}.json", then.size, now.size), &proof)?;
        output.print(&json!({"file": file, "old_size": then.size, "new_size": now.size}), || {
            format!("{}: from {} to {} leaves", file.display(), then.size, now.size)
        });
        return Ok(ExitCode::SUCCESS);
    }
    let Some(item) = item else {
        bail!("name an event's number, a call's id, or a checkpoint with --consistency")
    };
    let receipts = store.audit_receipts(item.0).await?;
    if receipts.is_empty() {
        return Err(item.none());
    }
    let mut rows: Vec<Value> = Vec::new();
    for (event, receipt) in receipts {
        let file = write(&into, &format!("receipt-{event}.json"), &receipt)?;
        rows.push(json!({"event": event, "index": receipt.index, "file": file}));
    }
    output.table(&rows, &["event", "index", "file"], "");
    Ok(ExitCode::SUCCESS)
}

fn write(folder: &Path, name: &str, document: &impl Serialize) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
    let path = folder.join(name);
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already and stays as it is; name another folder with --into", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("{} can't be made", path.display())),
    };
    let text = serde_json::to_string_pretty(document)?;
    file.write_all(format!("{text}\n").as_bytes())
        .with_context(|| format!("{} can't be written", path.display()))?;
    Ok(path)
}
