//! `toolbay upstream add` and `remove`: what they do to `toolbay.toml`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};
use toolbay_kernel::printable;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_upstream::{Seen, UpstreamSettings};
use url::Url;

use super::Output;
use crate::configuration::{Configuration, NamedSecret, NewUpstream, Place, UpstreamLayer, upstream_table};
use crate::files;
use crate::host::upstream_launcher;

/// Characters of a tool's description that a table has.
const MAX_DESCRIPTION: usize = 60;

/// Largest file that is changed, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

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
    output: &Output,
) -> anyhow::Result<()> {
    let (name, is_checked) = (arguments.server.clone(), !arguments.no_check);
    let new = new(arguments)?;
    let path = path(configuration);
    // Before a server is asked for nothing.
    upstream_table::with(&text(&path)?, &name, &new).with_context(|| path.display().to_string())?;
    let settings = settings(&name, &new, configuration)?;
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
    // Read once more: somebody may have written it while the server was asked.
    let with =
        upstream_table::with(&text(&path)?, &name, &new).with_context(|| path.display().to_string())?;
    files::write_over(&path, with.as_bytes()).with_context(|| path.display().to_string())?;
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
pub(super) fn remove(
    server: &UpstreamName,
    configuration: &Configuration,
    output: &Output,
) -> anyhow::Result<()> {
    let path = path(configuration);
    let without =
        upstream_table::without(&text(&path)?, server).with_context(|| path.display().to_string())?;
    files::write_over(&path, without.as_bytes()).with_context(|| path.display().to_string())?;
    output.print(&json!({ "removed": server, "file": path }), || {
        format!("removed {server} from {}; a host that serves has it until it stops", path.display())
    });
    Ok(())
}

fn new(arguments: Arguments) -> anyhow::Result<NewUpstream> {
    let place = match (arguments.url, arguments.sse, arguments.program) {
        (Some(url), None, _) => Place::StreamableHttp(url),
        (None, Some(url), _) => Place::Sse(url),
        (None, None, program) if !program.is_empty() => Place::Program(program),
        _ => bail!("where is it? one of --url URL, --sse URL and -- PROGRAM ARGUMENTS says so"),
    };
    if let Place::StreamableHttp(url) | Place::Sse(url) = &place
        && (!url.username().is_empty() || url.password().is_some())
    {
        bail!(
            "an address with a name or password in it isn't written into a file; give --header Authorization=env:VARIABLE"
        );
    }
    Ok(NewUpstream {
        place,
        headers: arguments.headers,
        environment: arguments.environment,
        reads: arguments.reads,
        allow_private: arguments.allow_private,
    })
}

/// The file that was read, or the one that would be.
fn path(configuration: &Configuration) -> PathBuf {
    configuration.file.clone().unwrap_or_else(|| PathBuf::from(crate::configuration::DEFAULT_FILE))
}

/// The text of a file; none for one that isn't there yet.
fn text(path: &Path) -> anyhow::Result<String> {
    match files::read_text(path, MAX_FILE) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| path.display().to_string()),
    }
}

/// What a start would make of its table.
fn settings(
    name: &UpstreamName,
    new: &NewUpstream,
    configuration: &Configuration,
) -> anyhow::Result<UpstreamSettings> {
    let layer: UpstreamLayer = toml::from_str(&new.table().to_string())?;
    Ok(layer.resolve(name, &configuration.data_dir, &configuration.public_url)?)
}

async fn seen(name: &UpstreamName, settings: UpstreamSettings) -> anyhow::Result<Seen> {
    toolbay_upstream::look(settings, &upstream_launcher()?)
        .await
        .map_err(|why| anyhow::anyhow!("{name} isn't added: {why}. --no-check adds it without asking"))
}
