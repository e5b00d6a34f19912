//! `toolbay audit key` and `toolbay audit checkpoint`: what others need, and what they keep.

use std::process::ExitCode;

use anyhow::bail;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use toolbay_kernel::audit::Checkpoint;

use crate::command::Output;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

pub(super) async fn key(configuration: &Configuration, output: &Output) -> anyhow::Result<ExitCode> {
    let key = open_store(configuration, Purpose::Command).await?.audit_key().await?;
    output.print(&json!({"key": key.to_string(), "log": key.name()}), || key.to_string());
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn checkpoint(configuration: &Configuration, output: &Output) -> anyhow::Result<ExitCode> {
    let store = open_store(configuration, Purpose::Command).await?;
    let Some(note) = store.audit_checkpoint().await? else {
        bail!("there is no event yet, so there is nothing to sign")
    };
    let signed = Checkpoint::open(&note, &store.audit_key().await?)?;
    let shown = json!({
        "checkpoint": note,
        "log": signed.origin,
        "size": signed.size,
        "root": STANDARD.encode(signed.root),
    });
    // Without the last line feed, which is printed.
    output.print(&shown, || note.trim_end().to_owned());
    Ok(ExitCode::SUCCESS)
}
