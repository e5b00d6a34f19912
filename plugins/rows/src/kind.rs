//! What an operation does.

use serde_json::Map;
use toolbay_sdk::notion::names;
use toolbay_sdk::prelude::*;

use crate::tool::{TOOLS, Tool};

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Upsert,
    Link,
    Tool(&'static Tool),
}

impl Kind {
    /// The tool that a caller names, also as `notion.upsert` and `notion.request`.
    ///
    /// # Errors
    ///
    /// `invalid_input` with the nearest names.
    pub(crate) fn named(name: &str) -> Result<Self, Problem> {
        let bare = name.trim().strip_prefix("notion.").unwrap_or(name.trim());
        let bare = if bare == "request" { "notion_request" } else { bare };
        match bare {
            "upsert" => return Ok(Self::Upsert),
            "link" => return Ok(Self::Link),
            "bulk" => {
                return Err(Problem::invalid_input("`bulk` cannot be an operation of `bulk`.")
                    .hint("Put its operations into this list."));
            }
            _ => {}
        }
        let tools = TOOLS.iter().map(|tool| tool.name);
        let names: Vec<&'static str> = ["upsert", "link"].into_iter().chain(tools).collect();
        // What runs is decided by the very name: one that is alike may be another tool's.
        let found = names::decide(bare, &names, "operation")?;
        let tool = TOOLS.iter().find(|tool| tool.name == found);
        tool.map(Self::Tool).ok_or_else(|| Problem::failed("An operation was found that is none."))
    }

    /// Whether it is this tool.
    pub(crate) fn is_tool(self, name: &str) -> bool {
        matches!(self, Self::Tool(tool) if tool.name == name)
    }

    /// Whether an operation may change what any other one is checked against: a schema, or what is in the trash together with
    /// all that is below it.
    pub(crate) fn is_wide(self, arguments: &Map<String, Value>) -> bool {
        let Self::Tool(tool) = self else { return false };
        match tool.name {
            "update_database" => true,
            "trash" => arguments
                .get("restore")
                .is_some_and(|restore| !matches!(restore, Value::Bool(false) | Value::Null)),
            "notion_request" => !reads(arguments),
            _ => false,
        }
    }
}

/// Whether a request of Notion's API only reads.
fn reads(arguments: &Map<String, Value>) -> bool {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default().trim();
    let path = text("path").trim_end_matches('/');
    text("method").eq_ignore_ascii_case("get") || path.ends_with("/query") || path.ends_with("/search")
}
