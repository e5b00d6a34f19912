//! `toolbay client`: clients of OAuth that the operator adds.

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toolbay_identity::NewClient;
use toolbay_kernel::administration::is_name;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::identity::{ClientId, ClientRecord};

use super::Output;
use super::named::{self, Known};
use crate::configuration::Configuration;
use crate::host::{Purpose, open_identity, open_store};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a client. Its secret is printed once and stored only as a digest
    #[command(
        after_help = "Example:\n  toolbay client add \"My GPT\" --redirect-uri https://chat.openai.com/aip/g-1/oauth/callback"
    )]
    Add {
        /// A name, which people read when they are asked
        name: String,
        /// Where people come back to, exactly as the client sends it; may be repeated
        #[arg(long = "redirect-uri", value_name = "ADDRESS", required = true)]
        redirect_uris: Vec<String>,
        /// Without a secret: for a program that runs on people's machines
        #[arg(long)]
        public: bool,
        /// Let it do without PKCE, as Actions of ChatGPT do. Its secret alone then protects its codes
        #[arg(long, conflicts_with = "public")]
        without_pkce: bool,
    },
    /// List the clients, also those that registered themselves
    #[command(after_help = "Example:\n  toolbay client list")]
    List,
    /// Remove a client, with everything that people allowed it
    #[command(after_help = "Example:\n  toolbay client remove \"My GPT\"")]
    Remove {
        /// Its name or id
        client: String,
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
            Self::Add { name, redirect_uris, public, without_pkce } => {
                if !is_name(&name) {
                    bail!("a name has 1 to 100 visible characters");
                }
                if let Some(bad) =
                    redirect_uris.iter().find(|address| !toolbay_identity::may_be_named(address))
                {
                    bail!(
                        "`{bad}` is no address to come back to: https, http on this machine, or a scheme that a program \
                         owns; without a fragment"
                    );
                }
                let new = NewClient { name, redirect_uris, has_secret: !public, must_prove: !without_pkce };
                let (client, secret) = identity.add_client(new, &Actor::operator()).await?;
                let secret = secret.as_ref().map(|secret| secret.expose_secret());
                let origin = configuration.public_url.as_str().trim_end_matches('/');
                let shown = json!({
                    "client_id": client.id,
                    "client_secret": secret,
                    "authorization_url": format!("{origin}/oauth/authorize"),
                    "token_url": format!("{origin}/oauth/token"),
                    "scope": "reads writes",
                });
                output.print(&shown, || {
                    let secret =
                        secret.map(|secret| format!("client secret      {secret}\n")).unwrap_or_default();
                    format!(
                        "client id          {}\n{secret}authorization URL  {origin}/oauth/authorize\n\
                         token URL          {origin}/oauth/token\nscope              reads writes",
                        client.id
                    )
                });
            }
            Self::List => {
                let rows: Vec<Value> = identity.clients().await?.iter().map(shown).collect();
                let columns = ["id", "name", "kind", "grants", "redirect_uris", "added"];
                output.table(
                    &rows,
                    &columns,
                    "no clients; most register themselves when somebody connects them",
                );
            }
            Self::Remove { client } => {
                let known = identity.clients().await?.into_iter();
                let known: Vec<Known<ClientId>> =
                    known.map(|row| Known { id: row.client.id, name: row.client.name }).collect();
                let id = named::find(&client, &known, "client", "toolbay client list")?;
                if !identity.remove_client(&id, &Actor::operator()).await? {
                    bail!("client {id} has gone meanwhile");
                }
                output.print(&json!({"removed": id}), || format!("removed {id}"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(row: &ClientRecord) -> Value {
    json!({
        "id": row.client.id,
        "name": row.client.name,
        "kind": row.client.kind.as_str(),
        "grants": row.grants,
        "redirect_uris": row.client.redirect_uris,
        "added": super::audit::at(row.created_at),
    })
}
