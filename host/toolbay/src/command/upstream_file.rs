//! `toolbay upstream add` and `remove`: what they do to `toolbay.toml`.

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};
use toolbay_kernel::audit::{Act, Actor, Event, UpstreamChange};
use toolbay_kernel::ports::AuditLog as _;
use toolbay_kernel::printable;
use toolbay_kernel::upstream::{UpstreamName, UpstreamTools as _};
use toolbay_store::Store;
use toolbay_upstream::{Seen, UpstreamSettings};
use url::Url;

use super::Output;
use super::said::said;
use crate::configuration::{Configuration, NamedSecret, NewUpstream, Place};
use crate::host::upstream_launcher;
use crate::upstream_entry::{Former, UpstreamEntries};

/// Characters of a tool's description that a table has.
const MAX_DESCRIPTION: usize = 60;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  toolbay upstream add files -- npx -y @modelcontextprotocol/server-filesystem /srv/shared"
)]
pub(super) struct Arguments {
    /// The name that its tools begin with
    server: UpstreamName,
    /// The address of a server over Streamable HTTP
    #[arg(long, value_name = "URL", conflicts_with = "sse")]
    url: Option<Url>,
    /// The address of a server over the older HTTP with events
    #[arg(long, value_name = "URL")]
    sse: Option<Url>,
    /// A header of every request, and where its value is: NAME=env:VARIABLE or NAME=file:PATH
    #[arg(long = "header", value_name = "NAME=env:VARIABLE")]
    headers: Vec<NamedSecret>,
    /// A variable of the program, and where its value is
    #[arg(long = "env", value_name = "NAME=env:VARIABLE")]
    environment: Vec<NamedSecret>,
    /// A tool that only reads though its server doesn't say so, by the server's own name
    #[arg(long, value_name = "TOOL")]
    reads: Vec<String>,
    /// Let the address be one of this machine or a private network
    #[arg(long)]
    allow_private: bool,
    /// Write it without asking the server
    #[arg(long)]
    no_check: bool,
    /// The program of a server over standard input and output, with its arguments
    #[arg(last = true, value_name = "PROGRAM", conflicts_with_all = ["url", "sse"])]
    program: Vec<String>,
}

/// Asks a server for its tools, shows them, and writes its table.
pub(super) async fn add(
    arguments: Arguments,
    configuration: &Configuration,
    store: &Store,
    output: &Output,
) -> anyhow::Result<()> {
    let (name, is_checked) = (arguments.server.clone(), !arguments.no_check);
    let new = new(arguments)?;
    let entries = UpstreamEntries::of(configuration);
    // Before a server is asked for nothing.
    let settings = entries.settings(&name, &new).map_err(said)?;
    let added = UpstreamChange::Added { place: settings.place() };
    let seen = match is_checked {
        true => Some(seen(&name, settings).await?),
        false => None,
    };
    if let Some(seen) = &seen
        && let Some(unknown) =
            new.reads.iter().find(|reads| seen.tools.iter().all(|tool| tool.their_name != **reads))
    {
        bail!("{name} has no tool `{}`; the names are the server's own", printable::name(unknown));
    }
    // What one of its name has said before says nothing of this one.
    store.forget(&name).await?;
    // It is read once more: somebody may have written it while the server was asked.
    let former = entries.add(&name, &new).map_err(said)?;
    note(&name, added, (&entries, &former), store).await?;
    let path = entries.path();
    let tools: Option<Vec<Value>> = seen.as_ref().map(|seen| {
        let tool = |tool: &toolbay_upstream::SeenTool| {
            json!({
                "tool": tool.name,
                "access": tool.access,
                "says": printable::line(&tool.description, MAX_DESCRIPTION),
            })
        };
        seen.tools.iter().map(tool).collect()
    });
    let refused = seen.map(|seen| seen.refused).unwrap_or_default();
    let shown = json!({ "added": name, "file": path, "tools": tools, "refused": refused });
    if output.is_json() {
        output.print(&shown, String::new);
        return Ok(());
    }
    if let Some(tools) = &tools {
        output.table(tools, &["tool", "access", "says"], "it lists no tools");
    }
    for refusal in &refused {
        Output::note(&format!("left out: {refusal}"));
    }
    Output::note(&format!("added {name} to {}; a host reads it when it starts", path.display()));
    Ok(())
}

/// Takes a server's table away.
pub(super) async fn remove(
    server: &UpstreamName,
    configuration: &Configuration,
    store: &Store,
    output: &Output,
) -> anyhow::Result<()> {
    let entries = UpstreamEntries::of(configuration);
    let former = entries.remove(server).map_err(said)?;
    note(server, UpstreamChange::Removed, (&entries, &former), store).await?;
    let path = entries.path();
    output.print(&json!({ "removed": server, "file": path }), || {
        format!("removed {server} from {}; a host that serves has it until it stops", path.display())
    });
    Ok(())
}

/// Appends the event of a change of the file, or takes the change back.
async fn note(
    server: &UpstreamName,
    change: UpstreamChange,
    (entries, former): (&UpstreamEntries, &Former),
    store: &Store,
) -> anyhow::Result<()> {
    let event = Event::of_host(&Actor::operator(), Act::Upstream { upstream: server.clone(), change });
    let noted = store.append(&event).await;
    Ok(noted.inspect_err(|_| entries.restore(former))?)
}

fn new(arguments: Arguments) -> anyhow::Result<NewUpstream> {
    let place = match (arguments.url, arguments.sse, arguments.program) {
        (Some(url), None, _) => Place::StreamableHttp(url),
        (None, Some(url), _) => Place::Sse(url),
        (None, None, program) if !program.is_empty() => Place::Program(program),
        _ => bail!("where is it? one of --url URL, --sse URL and -- PROGRAM ARGUMENTS says so"),
    };
    Ok(NewUpstream {
        place,
        headers: arguments.headers,
        environment: arguments.environment,
        reads: arguments.reads,
        allow_private: arguments.allow_private,
        has_accounts: false,
    })
}

async fn seen(name: &UpstreamName, settings: UpstreamSettings) -> anyhow::Result<Seen> {
    toolbay_upstream::look(settings, &upstream_launcher()?)
        .await
        .map_err(|why| anyhow::anyhow!("{name} isn't added: {why}. --no-check adds it without asking"))
}
