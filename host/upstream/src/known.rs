//! From what is known of a server's tools to what is published of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use toolbay_kernel::catalog::Offered;
use toolbay_kernel::schema::PreparedTool;
use toolbay_kernel::upstream::KnownTool;
use toolbay_kernel::{ToolName, printable};

use crate::definition;
use crate::egress::Servers;
use crate::provider::{ServerProvider, ServerTool};
use crate::server::Server;
use crate::settings::UpstreamSettings;

/// What a server offers, and what of its tools can't be published.
pub(crate) struct Prepared {
    pub(crate) provider: Arc<ServerProvider>,
    pub(crate) offered: Offered,
    pub(crate) refused: Vec<String>,
}

/// A tool of a server that can't be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedTool {
    /// Its server's name for it.
    pub name: String,
    /// Why, with a name that can be shown.
    pub why: String,
}

/// Prepares what was accepted of the tools that a server lists. A schema may cost a while: not for a thread that others wait for.
pub(crate) fn prepare(server: &Arc<Server>, servers: &Arc<Servers>, known: &[KnownTool]) -> Prepared {
    let Sorted { tools, prepared, refused } = sort(&server.settings, known);
    let refused = refused.into_iter().map(|tool| tool.why).collect();
    let provider = Arc::new(ServerProvider::new(Arc::clone(server), Arc::clone(servers), tools));
    let offered = Offered { provider: Arc::clone(&provider) as _, tools: prepared.into(), held: None };
    Prepared { provider, offered, refused }
}

/// Those of the tools that a server lists that can't be published, as a host finds them.
#[must_use]
pub fn refused(settings: &UpstreamSettings, known: &[KnownTool]) -> Vec<RefusedTool> {
    sort(settings, known).refused
}

struct Sorted {
    tools: BTreeMap<ToolName, ServerTool>,
    prepared: Vec<PreparedTool>,
    refused: Vec<RefusedTool>,
}

fn sort(settings: &UpstreamSettings, known: &[KnownTool]) -> Sorted {
    let mut sorted = Sorted { tools: BTreeMap::new(), prepared: Vec::new(), refused: Vec::new() };
    // Who had a name first has it for good, also when it has gone: another one must not be taken for it.
    let mut names: HashMap<ToolName, &str> = HashMap::new();
    let slots = Arc::default();
    for tool in known {
        let mut refuse = |why: String| sorted.refused.push(RefusedTool { name: tool.name.clone(), why });
        let definition = match definition::published(settings, &tool.name, &tool.accepted) {
            Ok(definition) => definition,
            Err(refusal) => {
                refuse(refusal);
                continue;
            }
        };
        let first = *names.entry(definition.name.clone()).or_insert(&tool.name);
        if !tool.is_there {
            continue;
        }
        if first != tool.name {
            let (own, first) = (printable::line(&tool.name, 80), printable::line(first, 80));
            refuse(format!("`{own}`: it would be called like `{first}`, which was there before"));
            continue;
        }
        let own = ServerTool { their_name: tool.name.clone(), access: definition.access };
        let name = definition.name.clone();
        match PreparedTool::new(definition, &slots) {
            Ok(tool) => {
                sorted.tools.insert(name, own);
                sorted.prepared.push(tool);
            }
            Err(refusal) => refuse(refusal.to_string()),
        }
    }
    sorted
}
