//! `toolbay token`: API tokens.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use toolbay_kernel::administration::{NewToken, TokenRecord};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::{Access, ConnectionId, PrincipalId, ProfileName, ToolName};

use super::Output;
use crate::configuration::Configuration;
use crate::host::open_administration;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a token; it is printed once and stored only as a digest
    Create {
        /// A name for people
        name: String,
        /// A tool that it may use; may be repeated [default: all]
        #[arg(long = "tool", value_name = "TOOL")]
        tools: Vec<ToolName>,
        /// A connection that it may use; may be repeated [default: all]
        #[arg(long = "connection", value_name = "ID")]
        connections: Vec<ConnectionId>,
        /// Only the tools that this profile has now
        #[arg(long, value_name = "PROFILE", conflicts_with = "tools")]
        profile: Option<ProfileName>,
        /// The strongest thing that its tools may do: reads, writes or destroys
        #[arg(long, default_value = "writes")]
        strongest: Access,
        /// When it ends, such as 12h or 90d [default: never]
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List the tokens
    List,
    /// Revoke a token; it ends within seconds
    Revoke {
        /// Its id
        id: PrincipalId,
    },
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        let administration = open_administration(configuration).await?;
        match self {
            Self::Create { name, tools, connections, profile, strongest, expires } => {
                let expires_at = expires.as_deref().map(after).transpose()?;
                let (tools, strongest) = match profile {
                    None => (tools, strongest),
                    Some(name) => {
                        let profile = configuration.profile(&name)?;
                        (profile.tools.clone(), strongest.min(profile.strongest))
                    }
                };
                let new = NewToken {
                    name,
                    tools: all_or(tools),
                    connections: all_or(connections),
                    strongest,
                    expires_at,
                };
                let (token, row) = administration.create_token(new, &Actor::operator()).await?;
                let shown =
                    json!({"token": token.expose_secret(), "id": row.id.to_string(), "name": row.name});
                output.print(&shown, || token.expose_secret().to_owned());
            }
            Self::List => {
                let rows: Vec<Value> = administration.tokens().await?.iter().map(shown).collect();
                let columns =
                    ["id", "name", "strongest", "tools", "connections", "expires", "last_used", "revoked"];
                output.table(&rows, &columns, "no tokens; create one: toolbay token create NAME");
            }
            Self::Revoke { id } => {
                if !administration.revoke_token(id, &Actor::operator()).await? {
                    bail!("there is no valid token {id}");
                }
                output.print(&json!({"revoked": id.to_string()}), || format!("revoked {id}"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn all_or<T: Ord>(items: Vec<T>) -> Allowed<T> {
    if items.is_empty() { Allowed::All } else { Allowed::Only(items.into_iter().collect::<BTreeSet<T>>()) }
}

fn shown(row: &TokenRecord) -> Value {
    json!({
        "id": row.id.to_string(),
        "name": row.name,
        "strongest": row.strongest.as_str(),
        "tools": allowed(&row.tools),
        "connections": allowed(&row.connections),
        "expires": row.expires_at.map(super::audit::at),
        "last_used": row.last_used_at.map(super::audit::at),
        "revoked": row.revoked_at.map(super::audit::at),
    })
}

fn allowed<T: Ord + ToString>(set: &Allowed<T>) -> Value {
    match set {
        Allowed::All => "all".into(),
        Allowed::Only(items) => items.iter().map(ToString::to_string).collect(),
    }
}

/// A moment from now on, written as a number with `m`, `h` or `d`.
fn after(text: &str) -> anyhow::Result<OffsetDateTime> {
    let wrong = || format!("`{text}` is not a time such as 30m, 12h or 90d");
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).with_context(wrong)?;
    let number: i64 =
        number.parse().ok().filter(|number| (1..=100_000).contains(number)).with_context(wrong)?;
    let duration = match unit {
        "m" => Duration::minutes(number),
        "h" => Duration::hours(number),
        "d" => Duration::days(number),
        _ => bail!(wrong()),
    };
    OffsetDateTime::now_utc().checked_add(duration).with_context(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert!(after("90d").unwrap() > OffsetDateTime::now_utc() + Duration::days(89));
        for bad in ["", "d", "0d", "-1d", "10", "10y", "9999999999d", "1ä"] {
            assert!(after(bad).is_err(), "{bad}");
        }
    }
}
