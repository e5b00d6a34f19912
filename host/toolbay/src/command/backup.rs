//! `toolbay backup`: a copy of the database beside a host that serves.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use serde_json::json;

use toolbay_store::Store;

use super::Output;
use crate::configuration::Configuration;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  toolbay backup /backups/toolbay-2026-11-29.db")]
pub(super) struct Arguments {
    /// Where the copy goes; a file that is there already is not overwritten
    file: PathBuf,
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    if !configuration.database_url.starts_with("sqlite://") {
        bail!(
            "the database is PostgreSQL, which has its own tool: pg_dump --format=custom --file={}; with the copy belongs \
             TOKEN_ENCRYPTION_KEY",
            arguments.file.display()
        );
    }
    let file = std::path::absolute(&arguments.file).unwrap_or(arguments.file);
    Store::back_up(&configuration.database_url, &file).await?;
    let bytes = std::fs::metadata(&file).map(|metadata| metadata.len()).unwrap_or_default();
    let key = match configuration.secrets.token_encryption_key {
        Some(_) => "the master key, TOKEN_ENCRYPTION_KEY".to_owned(),
        None => format!("the master key, {}", configuration.data_dir.join("master.key").display()),
    };
    let also = [
        key,
        format!("the plugins, {}", configuration.plugin_dir.display()),
        match &configuration.file {
            Some(file) => format!("the configuration, {}", file.display()),
            None => "the environment's variables".to_owned(),
        },
    ];
    output.print(&json!({"file": file, "bytes": bytes, "also": also}), || {
        format!("copied the database into {} ({bytes} bytes)", file.display())
    });
    if !output.is_json() {
        Output::note("to a backup also belong, kept apart from it:");
        for part in &also {
            Output::note(&format!("  {part}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
