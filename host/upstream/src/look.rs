//! A look at a server that nobody serves yet: what it would be published with.

use std::path::PathBuf;
use std::sync::Arc;

use toolbay_kernel::{Access, printable};

use crate::definition;
use crate::server::Server;
use crate::settings::{TransportSettings, UpstreamSettings};

/// What a server lists.
#[derive(Debug)]
pub struct Seen {
    pub tools: Vec<SeenTool>,
    /// What of it can't be a tool here, and why.
    pub refused: Vec<String>,
}

/// A tool as it would be published.
#[derive(Debug)]
pub struct SeenTool {
    pub name: String,
    /// Its server's name for it.
    pub their_name: String,
    pub access: Access,
    pub description: String,
}

/// Asks a server for its tools, and leaves it. A program is started by `launcher`, as with
/// [`Upstreams::new`](crate::Upstreams::new).
///
/// # Errors
///
/// Why it can't be reached or doesn't list them, in words.
pub async fn look(mut settings: UpstreamSettings, launcher: &[PathBuf]) -> Result<Seen, String> {
    if let TransportSettings::Stdio(stdio) = &mut settings.transport {
        stdio.launcher = launcher.to_vec();
    }
    let server = Arc::new(Server::new(settings));
    let listed = server.list().await;
    server.close().await;
    let listed = listed.map_err(|failure| failure.to_string())?;
    let (mut tools, mut refused) = (Vec::new(), listed.refused);
    for tool in listed.tools {
        match definition::published(&server.settings, &tool.name, &tool.definition) {
            Ok(definition) => tools.push(SeenTool {
                name: definition.name.to_string(),
                their_name: printable::name(&tool.name),
                access: definition.access,
                description: definition.description,
            }),
            Err(refusal) => refused.push(refusal),
        }
    }
    Ok(Seen { tools, refused })
}
