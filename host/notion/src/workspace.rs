//! Whom a credential belongs to.

use serde_json::Value;
use toolbay_kernel::{Code, Problem};

/// Longest name of a workspace or bot that is kept, in characters.
pub(crate) const MAX_NAME: usize = 200;

/// Whom a credential belongs to, as far as Notion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    pub name: Option<String>,
    pub bot_name: Option<String>,
}

impl Workspace {
    pub(crate) fn read(user: &Value) -> Result<Self, Problem> {
        if user.get("object").and_then(Value::as_str) != Some("user") {
            return Err(Problem::new(
                Code::UpstreamFailed,
                "what answers at the address of Notion isn't Notion",
            )
            .hint("check NOTION_API_URL"));
        }
        let name = |pointer: &str| {
            let text = user.pointer(pointer).and_then(Value::as_str)?;
            Some(text.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect())
        };
        Ok(Self { name: name("/bot/workspace_name"), bot_name: name("/name") })
    }
}
