//! `toolbay consent`: what people allowed clients.

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};
use toolbay_kernel::PrincipalId;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::identity::{ClientGrant, Identity as _};

use super::Output;
use super::named::{self, Known};
use crate::configuration::Configuration;
use crate::host::{Purpose, open_identity, open_store};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List what is allowed now, the newest first
    #[command(after_help = "Example:\n  toolbay consent list")]
    List,
    /// Withdraw one; its tokens end within seconds
    #[command(after_help = "Example:\n  toolbay consent withdraw ChatGPT")]
    Withdraw {
        /// The client's name, or the id of what it was allowed
        grant: String,
    },
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        let store = open_store(configuration, Purpose::Command).await?;
        let identity = open_identity(configuration, &store)?;
        match self {
            Self::List => {
                let rows: Vec<Value> = identity.grants().await?.iter().map(shown).collect();
                let columns = ["id", "client", "owner", "strongest", "connections", "given", "used"];
                output.table(&rows, &columns, "nobody has allowed a client anything");
            }
            Self::Withdraw { grant } => {
                let known = identity.grants().await?.into_iter();
                let known: Vec<Known<PrincipalId>> =
                    known.map(|grant| Known { id: grant.id, name: grant.client_name }).collect();
                let id = named::find(&grant, &known, "consent in force to", "toolbay consent list")?;
                if !identity.end_grant(id, &Actor::operator()).await? {
                    bail!("nothing in force has the id {id}; toolbay consent list shows what is");
                }
                output.print(&json!({"withdrawn": id}), || format!("withdrawn {id}"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(grant: &ClientGrant) -> Value {
    json!({
        "id": grant.id,
        "client": grant.client_name,
        "client_id": grant.client,
        "owner": grant.owner,
        "strongest": grant.strongest.as_str(),
        "connections": grant.connections.listed(),
        "given": super::audit::at(grant.created_at),
        "used": grant.used_at.map(super::audit::at),
    })
}
