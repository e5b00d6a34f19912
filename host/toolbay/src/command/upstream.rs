//! `toolbay upstream`: MCP servers behind this host.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::printable;
use toolbay_kernel::upstream::{KnownTool, UpstreamName, UpstreamTool, UpstreamTools as _, digest_of};
use toolbay_store::Store;
use toolbay_upstream::{TransportSettings, UpstreamSettings};

use super::{Output, upstream_file};
use crate::announcement;
use crate::configuration::Configuration;
use crate::host::{Purpose, open_store};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the servers that the configuration names
    #[command(after_help = "Example:\n  toolbay upstream list")]
    List,
    /// Show a server's tools, and what it says of them otherwise than was accepted
    #[command(after_help = "Example:\n  toolbay upstream show files")]
    Show {
        /// The server's name
        server: UpstreamName,
    },
    /// Accept what a server says of its tools now; models read it from then on
    #[command(after_help = "Example:\n  toolbay upstream accept files --digest 0a1b2c3d4e5f6071")]
    Accept {
        /// The server's name
        server: UpstreamName,
        /// One of its tools, by the server's own name [default: all that have changed]
        tool: Option<String>,
        /// What `toolbay upstream show` named: what it has shown is accepted, and nothing that came since
        #[arg(long, value_name = "DIGEST")]
        digest: String,
    },
    /// Add a server to the configuration file, once it has answered with its tools
    Add(Box<upstream_file::Arguments>),
    /// Remove a server from the configuration file
    #[command(after_help = "Example:\n  toolbay upstream remove files")]
    Remove {
        /// The server's name
        server: UpstreamName,
    },
}

impl Command {
    pub(super) async fn run(
        self,
        configuration: &Configuration,
        output: &Output,
    ) -> anyhow::Result<ExitCode> {
        let open = async || open_store(configuration, Purpose::Command).await;
        match self {
            Self::Add(arguments) => upstream_file::add(*arguments, configuration, output).await?,
            Self::Remove { server } => upstream_file::remove(&server, configuration, output)?,
            Self::List => list(configuration, &open().await?, output).await?,
            Self::Show { server } => {
                let store = open().await?;
                let known = known(configuration, &store, &server).await?;
                show(&server, &known, output);
            }
            Self::Accept { server, tool, digest } => {
                let store = open().await?;
                let known = known(configuration, &store, &server).await?;
                if let Some(tool) =
                    tool.as_deref().filter(|tool| known.iter().all(|known| known.name != *tool))
                {
                    let tool = printable::name(tool);
                    bail!("{server} has no tool `{tool}`; see: toolbay upstream show {server}");
                }
                let shown = changed(&known, tool.as_deref());
                // Of one tool alone the digest is of all that was shown.
                if digest != short_digest(&changed(&known, None)) {
                    bail!(
                        "{server} says something else again since that was shown; see: toolbay upstream show {server}"
                    );
                }
                let accepted = store.accept(&server, &shown, &Actor::operator()).await?;
                let shown = json!({ "accepted": accepted });
                output.print(&shown, || match accepted.as_slice() {
                    [] => "nothing has changed".to_owned(),
                    names => {
                        format!("accepted {}; a host that serves publishes it in a moment", in_words(names))
                    }
                });
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(configuration: &Configuration, store: &Arc<Store>, output: &Output) -> anyhow::Result<()> {
    let running = announcement::of_running(&configuration.data_dir);
    let mut rows = Vec::new();
    for settings in &configuration.upstreams {
        let known = store.known(&settings.name).await?;
        let count = |is_meant: fn(&&KnownTool) -> bool| known.iter().filter(is_meant).count();
        let told = running.iter().flat_map(|running| &running.upstreams);
        let health = told.into_iter().find(|health| health.name == settings.name.as_str());
        rows.push(json!({
            "name": settings.name,
            "transport": transport(settings),
            "place": place(settings),
            "tools": count(|tool| tool.is_there),
            "changed": count(|tool| tool.is_there && tool.changed.is_some()),
            "state": health.map(|health| &health.state),
            "since": health.map(|health| &health.since),
            "p50_ms": health.and_then(|health| health.p50_ms),
            "calls": health.map(|health| health.calls),
            "last_failure": health.and_then(|health| health.last_failure.as_ref()),
            "last_failure_at": health.and_then(|health| health.last_failure_at.as_ref()),
        }));
    }
    let none = "no MCP servers; name one in toolbay.toml: [upstreams.NAME] with `command` or `url`";
    let columns =
        ["name", "transport", "place", "tools", "changed", "state", "since", "p50_ms", "last_failure"];
    output.table(&rows, &columns, none);
    Ok(())
}

fn transport(settings: &UpstreamSettings) -> &'static str {
    match settings.transport {
        TransportSettings::Stdio(_) => "stdio",
        TransportSettings::Http(_) => "streamable-http",
        TransportSettings::Sse(_) => "sse",
    }
}

fn place(settings: &UpstreamSettings) -> String {
    match &settings.transport {
        TransportSettings::Stdio(stdio) => stdio.program.clone(),
        TransportSettings::Http(http) | TransportSettings::Sse(http) => {
            http.url.origin().ascii_serialization()
        }
    }
}

/// What is known of a server that the configuration names.
async fn known(
    configuration: &Configuration,
    store: &Arc<Store>,
    server: &UpstreamName,
) -> anyhow::Result<Vec<KnownTool>> {
    if configuration.upstreams.iter().all(|settings| settings.name != *server) {
        let names: Vec<&str> =
            configuration.upstreams.iter().map(|settings| settings.name.as_str()).collect();
        match names.as_slice() {
            [] => bail!("no MCP server is configured; name one in toolbay.toml: [upstreams.{server}]"),
            names => bail!("no MCP server `{server}` is configured; there are {}", names.join(", ")),
        }
    }
    Ok(store.known(server).await?)
}

fn show(server: &UpstreamName, known: &[KnownTool], output: &Output) {
    let state = |tool: &KnownTool| match (tool.is_there, &tool.changed) {
        (false, _) => "gone",
        (true, Some(_)) => "changed",
        (true, None) => "accepted",
    };
    let rows: Vec<Value> = known
        .iter()
        .map(|tool| {
            json!({
                "tool": tool.name,
                "state": state(tool),
                "says": tool.accepted.get("description"),
                "says_now": tool.changed.as_ref().map(|changed| differences(&tool.accepted, changed)),
            })
        })
        .collect();
    let none = "it has not listed its tools yet; where a host serves, its log says why (upstream.away)";
    output.table(&rows, &["tool", "state"], none);
    for tool in known.iter().filter(|tool| tool.is_there) {
        let Some(changed) = &tool.changed else { continue };
        Output::note(&format!("\n{} says otherwise now:", printable::name(&tool.name)));
        for (part, [before, now]) in differences(&tool.accepted, changed) {
            Output::note(&format!(
                "  {part}\n  - {}\n  + {}",
                printable::json_line(&before),
                printable::json_line(&now)
            ));
        }
    }
    let shown = changed(known, None);
    if !shown.is_empty() {
        let digest = short_digest(&shown);
        Output::note(&format!(
            "\nModels still read what was accepted. To change that: toolbay upstream accept {server} --digest {digest}"
        ));
    }
}

/// What a server says otherwise now of tools that it lists: of one, or of all.
fn changed(known: &[KnownTool], tool: Option<&str>) -> Vec<UpstreamTool> {
    let is_meant = |known: &&KnownTool| known.is_there && tool.is_none_or(|tool| tool == known.name);
    let changed = |known: &KnownTool| {
        let definition = known.changed.clone()?;
        Some(UpstreamTool { name: known.name.clone(), definition })
    };
    known.iter().filter(is_meant).filter_map(changed).collect()
}

/// Enough of a digest to tell one text from another.
fn short_digest(tools: &[UpstreamTool]) -> String {
    let digest = digest_of(tools.iter().map(|tool| (tool.name.as_str(), &tool.definition)));
    digest.chars().take(16).collect()
}

/// The parts of a definition that differ, before and now.
fn differences(before: &Value, now: &Value) -> Vec<(String, [Value; 2])> {
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (before, now) = (members(before), members(now));
    let mut parts: Vec<&String> = before.keys().chain(now.keys()).collect();
    parts.sort();
    parts.dedup();
    parts
        .into_iter()
        .filter(|part| before.get(*part) != now.get(*part))
        .map(|part| {
            let of = |value: &serde_json::Map<String, Value>| value.get(part).cloned().unwrap_or(Value::Null);
            (part.clone(), [of(&before), of(&now)])
        })
        .collect()
}

fn in_words(names: &[String]) -> String {
    names.iter().map(|name| printable::name(name)).collect::<Vec<_>>().join(", ")
}
