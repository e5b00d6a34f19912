//! `toolbay restore`: a copy of the database in the place of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use toolbay_store::Store;

use super::Output;
use crate::configuration::Configuration;
use crate::host::store_settings;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  toolbay restore /backups/toolbay-2026-11-29.db")]
pub(super) struct Arguments {
    /// The copy, as `toolbay backup` made it; it stays where it is
    file: PathBuf,
    /// Put it in the place of a database that is there, which is kept under another name
    #[arg(long)]
    replace: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let restored = Store::restore(&store_settings(configuration), &arguments.file, arguments.replace).await?;
    let checkpoint = Some(configuration.data_dir.join("audit-checkpoint")).filter(|path| path.exists());
    let told = json!({
        "file": restored.file,
        "kept": restored.kept,
        "is_behind": restored.is_behind,
        "audit_checkpoint": checkpoint,
    });
    output.print(&told, || match &restored.kept {
        None => format!("restored {}", restored.file.display()),
        Some(kept) => format!("restored {}; what was there is {}", restored.file.display(), kept.display()),
    });
    if !output.is_json() {
        if restored.is_behind {
            Output::note(
                "the next start brings its tables up to date; to go back to the program before, start that one",
            );
        }
        if let Some(checkpoint) = checkpoint {
            Output::note(&format!(
                "the audit's log ends earlier than what was signed: keep {} as evidence, and move it away to have what was restored signed",
                checkpoint.display()
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
