//! `toolbay upstream`: MCP servers behind this host.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};
use toolbay_kernel::administration::{self, Difference, NotAccepted};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::printable;
use toolbay_kernel::upstream::{KnownTool, UpstreamName, UpstreamTools as _};
use toolbay_store::Store;
use toolbay_upstream::RefusedTool;

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
            Self::Add(arguments) => {
                let store = open().await?;
                upstream_file::add(*arguments, configuration, &store, output).await?;
            }
            Self::Remove { server } => {
                let store = open().await?;
                upstream_file::remove(&server, configuration, &store, output).await?;
            }
            Self::List => list(configuration, &open().await?, output).await?,
            Self::Show { server } => {
                let store = open().await?;
                let known = known(configuration, &store, &server).await?;
                let settings = configuration.upstreams.iter().find(|settings| settings.name == server);
                let refused = settings.map(|settings| toolbay_upstream::refused(settings, &known));
                show(&server, &known, &refused.unwrap_or_default(), output);
            }
            Self::Accept { server, tool, digest } => {
                let store = open().await?;
                known(configuration, &store, &server).await?;
                let by = Actor::operator();
                let accepting =
                    administration::accept(store.as_ref(), &server, tool.as_deref(), &digest, &by);
                let accepted = accepting.await.map_err(|error| match error {
                    NotAccepted::NoTool => {
                        let tool = printable::name(tool.as_deref().unwrap_or_default());
                        anyhow::anyhow!("{server} has no tool `{tool}`; see: toolbay upstream show {server}")
                    }
                    NotAccepted::ChangedSince => anyhow::anyhow!(
                        "this is not the digest of what {server} says now, which may have changed since it was shown; see: toolbay upstream show {server}"
                    ),
                    NotAccepted::Store(error) => error.into(),
                })?;
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
            "transport": settings.transport_in_words(),
            "place": settings.place(),
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

fn show(server: &UpstreamName, known: &[KnownTool], refused: &[RefusedTool], output: &Output) {
    let rows: Vec<Value> = known
        .iter()
        .map(|tool| {
            let refused = refused.iter().find(|refused| tool.is_there && refused.name == tool.name);
            json!({
                "tool": tool.name,
                "state": refused.map_or_else(|| tool.state(), |_| "refused"),
                "why": refused.map(|refused| &refused.why),
                "says": tool.accepted.get("description"),
                "says_now": tool.changed.as_ref().map(|_| says_now(tool)),
            })
        })
        .collect();
    let none = "it has not listed its tools yet; where a host serves, its log says why (upstream.away)";
    output.table(&rows, &["tool", "state"], none);
    for RefusedTool { why, .. } in refused {
        output.line(&format!("\nnot published: {why}"));
    }
    for tool in known.iter().filter(|tool| tool.has_changed()) {
        output.line(&format!("\n{} says otherwise now:", printable::name(&tool.name)));
        for Difference { part, before, now } in tool.differences() {
            output.line(&format!(
                "  {part}\n  - {}\n  + {}",
                printable::json_line(&before),
                printable::json_line(&now)
            ));
        }
    }
    if let Some(digest) = administration::digest_of_changes(known) {
        output.line(&format!(
            "\nModels still read what was accepted. To change that: toolbay upstream accept {server} --digest {digest}"
        ));
    }
}

/// The parts that a server says otherwise now, each before and now.
fn says_now(tool: &KnownTool) -> Vec<(String, [Value; 2])> {
    tool.differences().into_iter().map(|one| (one.part, [one.before, one.now])).collect()
}

fn in_words(names: &[String]) -> String {
    names.iter().map(|name| printable::name(name)).collect::<Vec<_>>().join(", ")
}
