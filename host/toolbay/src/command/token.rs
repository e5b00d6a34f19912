//! `toolbay token`: API tokens.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use toolbay_kernel::administration::{TokenRecord, WantedToken};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::rate::{NotARate, Rate};
use toolbay_kernel::{Access, Administration, PrincipalId, ProfileName, ToolName};

use super::Output;
use super::named::{self, Known};
use super::reach::Reach;
use super::said::said;
use crate::configuration::Configuration;
use crate::host::open_administration;
use crate::published::Published;

/// What stands for a token where it would be kept, such as in the log of a build.
const PLACEHOLDER: &str = "$TOOLBAY_TOKEN";

/// How long a command waits for plugins that no host has compiled yet.
const COMPILE_TIME: std::time::Duration = std::time::Duration::from_secs(20);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a token; it is printed once and stored only as a digest
    #[command(after_help = "Example:\n  toolbay token create reports --strongest reads --expires 90d")]
    Create {
        /// A name for people
        name: String,
        /// A tool that it may use; may be repeated [default: all]
        #[arg(long = "tool", value_name = "TOOL")]
        tools: Vec<ToolName>,
        /// A connection that it may use, by name or id; may be repeated [default: all]
        #[arg(long = "connection", value_name = "NAME")]
        connections: Vec<String>,
        /// The one of these that a call works on which names none [default: the host's]
        #[arg(long, value_name = "NAME")]
        default_connection: Option<String>,
        /// Only the tools that this profile has now
        #[arg(long, value_name = "PROFILE", conflicts_with = "tools")]
        profile: Option<ProfileName>,
        /// The strongest thing that its tools may do: reads, writes or destroys
        #[arg(long, default_value = "writes")]
        strongest: Access,
        /// A page, database, data source or block, by id or link: the token sees it with everything below it, and
        /// nothing else; may be repeated [default: all of the workspace]
        #[arg(long = "within", value_name = "ID_OR_LINK")]
        within: Vec<String>,
        /// How often it may call in all, such as 60/minute [default: as often as it likes]
        #[arg(long, value_name = "RATE")]
        rate: Option<Rate>,
        /// How often it may call one tool, such as trash=10/minute; may be repeated
        #[arg(long = "tool-rate", value_name = "TOOL=RATE", value_parser = tool_rate)]
        tool_rates: Vec<(ToolName, Rate)>,
        /// When it ends, such as 12h or 90d [default: never]
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
        /// Let its bearer administer this host as you do: tokens, grants, plugins, connections, MCP servers
        #[arg(long)]
        administers: bool,
        /// Also with tools that are not there yet
        #[arg(long)]
        unchecked: bool,
    },
    /// List the tokens
    #[command(after_help = "Example:\n  toolbay token list --json")]
    List,
    /// Revoke a token; it ends within seconds
    #[command(after_help = "Example:\n  toolbay token revoke reports")]
    Revoke {
        /// Its name or id
        token: String,
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
            Self::Create {
                name,
                tools,
                connections,
                default_connection,
                profile,
                strongest,
                within,
                rate,
                tool_rates,
                expires,
                administers,
                unchecked,
            } => {
                let published = Published::of(configuration, COMPILE_TIME).await?;
                let mut ids = Vec::new();
                for connection in &connections {
                    ids.push(super::connection::find(connection, &administration).await?);
                }
                let default_connection = match &default_connection {
                    Some(named) => Some(super::connection::find(named, &administration).await?),
                    None => None,
                };
                let wanted = WantedToken {
                    name,
                    tools,
                    connections: ids,
                    default_connection,
                    profile: profile.map(|name| configuration.profile(&name).cloned()).transpose()?,
                    strongest,
                    within,
                    rate,
                    tool_rates,
                    expires_at: expires.as_deref().map(after).transpose()?,
                    administers,
                };
                expect_tools(wanted.named_tools(), &published, unchecked)?;
                let new = wanted.resolve(toolbay_notion::part).map_err(said)?;
                let (token, row) = administration.create_token(new, &Actor::operator()).await?;
                let may = Reach::of(&row, &published.tools);
                let origin = published.by.as_ref().map(|host| host.public_url.as_str());
                let origin = origin.unwrap_or(configuration.public_url.as_str());
                let clients = toolbay_gateway::clients_of(origin, &token);
                let shown = json!({
                    "token": token.expose_secret(),
                    "id": row.id.to_string(),
                    "name": row.name,
                    "tools": may.shown(),
                    "clients": clients.iter().map(|client| (client.name, client.text.as_str())).collect::<BTreeMap<_, _>>(),
                });
                output.print(&shown, || token.expose_secret().to_owned());
                if !output.is_json() {
                    // Beside the answer, so that a script gets the token alone; and what goes into a log has none.
                    Output::note(&may.told());
                    let clients = match std::io::stderr().is_terminal() {
                        true => clients,
                        false => toolbay_gateway::clients_of(origin, &SecretString::from(PLACEHOLDER)),
                    };
                    for client in &clients {
                        Output::note(&format!("\n{}: {}\n  {}", client.name, client.place, client.text));
                    }
                }
            }
            Self::List => {
                let rows: Vec<Value> = administration.tokens().await?.iter().map(shown).collect();
                let columns = [
                    "id",
                    "name",
                    "strongest",
                    "tools",
                    "connections",
                    "default",
                    "within",
                    "rates",
                    "administers",
                    "expires",
                    "last_used",
                    "revoked",
                ];
                output.table(&rows, &columns, "no tokens; create one: toolbay token create NAME");
            }
            Self::Revoke { token } => {
                let id = find(&token, &administration).await?;
                if !administration.revoke_token(id, &Actor::operator()).await? {
                    bail!("there is no valid token {id}");
                }
                output.print(&json!({"revoked": id.to_string()}), || format!("revoked {id}"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The token that somebody means, of those that are in force.
pub(super) async fn find(wanted: &str, administration: &Administration) -> anyhow::Result<PrincipalId> {
    let known: Vec<Known<PrincipalId>> =
        valid(administration).await?.into_iter().map(|row| Known { id: row.id, name: row.name }).collect();
    named::find(wanted, &known, "valid token", "toolbay token list")
}

/// The tokens that are in force.
pub(super) async fn valid(administration: &Administration) -> anyhow::Result<Vec<TokenRecord>> {
    let now = OffsetDateTime::now_utc();
    let mut rows = administration.tokens().await?;
    rows.retain(|row| row.is_in_force(now));
    Ok(rows)
}

/// Refuses tools that nobody publishes: a token for them would let its bearer do nothing, without a word.
fn expect_tools<'a>(
    named: impl Iterator<Item = &'a ToolName>,
    published: &Published,
    is_unchecked: bool,
) -> anyhow::Result<()> {
    if is_unchecked {
        return Ok(());
    }
    let known = published.tools.iter().map(|tool| tool.name.as_str());
    for tool in named {
        let found = named::expect(tool.as_str(), known.clone(), "tool", "toolbay tools");
        let pending = published.pending;
        found.map_err(|error| match pending {
            0 => anyhow::anyhow!("{error} (--unchecked takes a tool that is still to come)"),
            _ => anyhow::anyhow!(
                "{error}, as far as plugins have been read: {pending} are still being compiled"
            ),
        })?;
    }
    Ok(())
}

fn shown(row: &TokenRecord) -> Value {
    json!({
        "id": row.id.to_string(),
        "name": row.name,
        "strongest": row.strongest.as_str(),
        "tools": row.tools.listed(),
        "connections": row.connections.listed(),
        "default": row.default_connection.map(|id| id.to_string()),
        "within": row.parts.listed(),
        "rates": row.rates.listed(),
        "administers": row.administers,
        "expires": row.expires_at.map(super::audit::at),
        "last_used": row.last_used_at.map(super::audit::at),
        "revoked": row.revoked_at.map(super::audit::at),
    })
}

fn tool_rate(text: &str) -> Result<(ToolName, Rate), String> {
    let (tool, rate) = text.split_once('=').ok_or("such as trash=10/minute")?;
    let tool = tool.parse().map_err(|error| format!("{error}"))?;
    Ok((tool, rate.parse().map_err(|error: NotARate| error.to_string())?))
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
    fn rates_are_read() {
        let (tool, rate) = tool_rate("trash=10/minute").unwrap();
        assert_eq!((tool.to_string(), rate.to_string()), ("trash".to_owned(), "10/minute".to_owned()));
        for bad in ["trash", "trash=", "=1/day", "Trash=1/day", "trash=1/week"] {
            assert!(tool_rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_read() {
        assert!(after("90d").unwrap() > OffsetDateTime::now_utc() + Duration::days(89));
        for bad in ["", "d", "0d", "-1d", "10", "10y", "9999999999d", "1ä"] {
            assert!(after(bad).is_err(), "{bad}");
        }
    }
}
