//! The tools that a model is offered.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use toolbay_kernel::arguments::IDEMPOTENCY_KEY;
use toolbay_kernel::{Catalog, Code, Principal, Problem, Profile, System, Tool, ToolName};

use crate::model::OfferedTool;

/// Bytes of all descriptions and schemas together: they are sent again each round.
const MAX_BYTES: usize = 192 * 1024;

/// Members of a tool's schema that are no choice of a model: a key is the client's word that two calls are one, and there are no
/// plans yet.
const NOT_OFFERED: [&str; 2] = [IDEMPOTENCY_KEY, "preview"];

/// The tools that a model may call in a turn.
pub(crate) struct Offered {
    tools: Vec<Arc<Tool>>,
    pub(crate) told: Vec<OfferedTool>,
    pub(crate) bytes: usize,
}

impl Offered {
    /// Those that the person named; else all that they may use, and where those are too many, the ones of the short profile
    /// first and then the others by name.
    ///
    /// # Errors
    ///
    /// `not_found` for a tool that isn't theirs, `limit_exceeded` for more of those that they named than may be offered.
    pub(crate) fn choose(
        catalog: &Catalog,
        principal: &Principal,
        named: Option<&BTreeSet<ToolName>>,
        short: Option<&Profile>,
        max: usize,
    ) -> Result<Self, Problem> {
        let mut tools: Vec<Arc<Tool>> = catalog.tools_of(principal).cloned().collect();
        if let Some(named) = named {
            if let Some(missing) = named.iter().find(|name| tools.iter().all(|tool| tool.name() != *name)) {
                return Err(Problem::new(Code::NotFound, format!("There is no tool `{missing}`."))
                    .hint("List the tools that you may use: GET /v1/tools."));
            }
            if named.len() > max {
                return Err(Problem::new(
                    Code::LimitExceeded,
                    format!("A model is offered at most {max} tools."),
                )
                .hint("Name fewer tools."));
            }
            tools.retain(|tool| named.contains(tool.name()));
        }
        let place = |tool: &Arc<Tool>| {
            short
                .and_then(|short| short.tools.iter().position(|name| name == tool.name()))
                .unwrap_or(usize::MAX)
        };
        // The sort is stable, and a catalog is in the order of names.
        tools.sort_by_key(place);
        let mut offered = Self { tools: Vec::new(), told: Vec::new(), bytes: 0 };
        for tool in tools.into_iter().take(max) {
            let told = told(&tool);
            let bytes = told.name.len()
                + told.description.len()
                + Value::Object(told.schema.clone()).to_string().len();
            if offered.bytes + bytes > MAX_BYTES {
                if named.is_some() {
                    let kib = MAX_BYTES / 1024;
                    let message = format!(
                        "`{}` is too large: a model is offered at most {kib} KiB of tools.",
                        tool.name()
                    );
                    return Err(Problem::new(Code::LimitExceeded, message).hint("Name fewer tools."));
                }
                continue;
            }
            offered.bytes += bytes;
            offered.told.push(told);
            offered.tools.push(tool);
        }
        Ok(offered)
    }

    /// The tool of that name, if the model was offered it.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Tool>> {
        self.tools.iter().find(|tool| tool.name().as_str() == name)
    }

    /// Whether some are of MCP servers, whose words the model reads with the rest: what a server says of its tools is no more trusted than
    /// what they answer.
    pub(crate) fn has_words_of_servers(&self) -> bool {
        self.tools.iter().any(|tool| matches!(tool.system, Some(System::Upstream(_))))
    }

    /// Their names.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.tools.iter().map(|tool| tool.name().as_str()).collect()
    }
}

fn told(tool: &Tool) -> OfferedTool {
    let mut schema = (*tool.input_schema).clone();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.retain(|name, _| !NOT_OFFERED.contains(&name.as_str()));
    }
    OfferedTool { name: tool.name().to_string(), description: tool.definition.description.clone(), schema }
}
