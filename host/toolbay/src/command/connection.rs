//! `toolbay connection`: Notion workspaces.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Subcommand;
use secrecy::SecretString;
use serde_json::{Value, json};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::{Administration, ConnectionId};

use super::Output;
use super::named::{self, Known};
use super::said::said;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_connecting, open_notion, open_store};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a workspace by an internal integration's token, which is read from standard input
    #[command(after_help = "Example:\n  toolbay connection add acme < token")]
    Add {
        /// A name for people
        name: String,
    },
    /// List the connections
    #[command(after_help = "Example:\n  toolbay connection list")]
    List,
    /// Remove a connection and its credential
    #[command(after_help = "Example:\n  toolbay connection remove acme")]
    Remove {
        /// Its name or id
        connection: String,
        /// Do not ask Notion to revoke the credential, where it gave one through OAuth
        #[arg(long)]
        no_revoke: bool,
    },
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        let store = open_store(configuration, Purpose::Command).await?;
        let administration = Administration::new(Arc::clone(&store) as _);
        match self {
            Self::Add { name } => {
                let token = read_token()?;
                let notion = open_notion(configuration)?;
                let by = Actor::operator();
                let added = administration.connect_by_token(&name, token, &notion, &by);
                let (id, workspace) = added.await.map_err(said)?;
                let shown = json!({"id": id.to_string(), "name": name, "workspace_name": workspace.name});
                output.print(&shown, || format!("added {name} ({id})"));
            }
            Self::List => {
                let rows: Vec<Value> = administration
                    .connections()
                    .await?
                    .iter()
                    .map(|row| {
                        json!({
                            "id": row.connection.id.to_string(),
                            "name": row.connection.name,
                            "workspace_name": row.connection.workspace_name,
                            "kind": row.kind.as_str(),
                            "state": if row.broken_at.is_some() { "connect again" } else { "ok" },
                            "added": row.created_at.map(super::audit::at),
                        })
                    })
                    .collect();
                let none =
                    "no connections; set NOTION_TOKEN, or add one: toolbay connection add NAME < token";
                output.table(&rows, &["id", "name", "workspace_name", "kind", "state", "added"], none);
            }
            Self::Remove { connection, no_revoke } => {
                let id = find(&connection, &administration).await?;
                let connecting = open_connecting(configuration, &store)?;
                let removed = connecting.remove(id, !no_revoke, Actor::operator()).await.map_err(said)?;
                let shown = json!({"removed": id.to_string(), "revoked": removed.revoked});
                output.print(&shown, || match removed.revoked {
                    None => format!("removed {id}"),
                    Some(true) => format!("removed {id}; Notion has revoked its credential"),
                    Some(false) => {
                        format!("removed {id}; Notion could not be asked to revoke its credential")
                    }
                });
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The connection that somebody means.
pub(super) async fn find(wanted: &str, administration: &Administration) -> anyhow::Result<ConnectionId> {
    let known: Vec<Known<ConnectionId>> = administration
        .connections()
        .await?
        .into_iter()
        .map(|row| Known { id: row.connection.id, name: row.connection.name })
        .collect();
    named::find(wanted, &known, "connection", "toolbay connection list")
}

/// The first line of standard input: an argument would stand in the shell's history and the process list.
fn read_token() -> anyhow::Result<SecretString> {
    let input = std::io::stdin();
    if input.is_terminal() {
        Output::note("Paste the integration's token and press Enter:");
    }
    let mut line = String::new();
    input.lock().read_line(&mut line).context("standard input can't be read")?;
    let token = line.trim();
    if token.is_empty() {
        bail!("no token on standard input");
    }
    Ok(SecretString::from(token.to_owned()))
}
