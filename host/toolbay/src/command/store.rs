//! `toolbay store`: the database as a whole.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};
use toolbay_store::Store;

use super::Output;
use crate::configuration::Configuration;
use crate::host::store_settings;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Copy a SQLite database into the empty PostgreSQL database that the configuration names
    #[command(
        after_help = "Example:\n  DATABASE_URL=postgres://toolbay@db/toolbay TOKEN_ENCRYPTION_KEY_FILE=/var/lib/toolbay/master.key toolbay store copy /var/lib/toolbay/toolbay.db"
    )]
    Copy {
        /// The SQLite file; it stays as it is
        file: PathBuf,
    },
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        let Self::Copy { file } = self;
        let is_heard = !output.is_json();
        let begins = |table: &str| {
            if is_heard {
                Output::note(&format!("copying {table}"));
            }
        };
        let copied = Store::copy(&store_settings(configuration), &file, begins).await?;
        let rows: Vec<Value> =
            copied.iter().map(|table| json!({"table": table.name, "rows": table.rows})).collect();
        output.table(&rows, &["table", "rows"], "there was nothing to copy");
        if is_heard {
            Output::note(
                "hosts with this configuration go on where the file ends; let none serve the file any more",
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
