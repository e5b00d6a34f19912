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

/// What a server offers, and what of its tools can't be published.
pub(crate) struct Prepared {
    pub(crate) provider: Arc<ServerProvider>,
    pub(crate) offered: Offered,
    pub(crate) refused: Vec<String>,
}

/// Prepares what was accepted of the tools that a server lists. A schema may cost a while: not for a thread that others wait for.
pub(crate) fn prepare(server: &Arc<Server>, servers: &Arc<Servers>, known: &[KnownTool]) -> Prepared {
    let (mut tools, mut prepared, mut refused) =
        (BTreeMap::<ToolName, ServerTool>::new(), Vec::new(), Vec::new());
    // Who had a name first has it for good, also when it has gone: another one must not be taken for it.
    let mut names: HashMap<ToolName, &str> = HashMap::new();
    let slots = Arc::default();
    for tool in known {
        let definition = match definition::published(&server.settings, &tool.name, &tool.accepted) {
            Ok(definition) => definition,
            Err(refusal) => {
                refused.push(refusal);
                continue;
            }
        };
        let first = *names.entry(definition.name.clone()).or_insert(&tool.name);
        if !tool.is_there {
            continue;
        }
        if first != tool.name {
            let (own, first) = (printable::line(&tool.name, 80), printable::line(first, 80));
            refused.push(format!("`{own}`: it would be called like `{first}`, which was there before"));
            continue;
        }
        let own = ServerTool { their_name: tool.name.clone(), access: definition.access };
        let name = definition.name.clone();
        match PreparedTool::new(definition, &slots) {
            Ok(tool) => {
                tools.insert(name, own);
                prepared.push(tool);
            }
            Err(refusal) => refused.push(refusal.to_string()),
        }
    }
    let provider = Arc::new(ServerProvider::new(Arc::clone(server), Arc::clone(servers), tools));
    let offered = Offered { provider: Arc::clone(&provider) as _, tools: prepared.into(), held: None };
    Prepared { provider, offered, refused }
}
