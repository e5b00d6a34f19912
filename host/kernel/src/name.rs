//! Names that outsiders choose and clients repeat.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest name of a tool or plugin, in characters: leaves room for the prefixes that MCP clients add within their
/// limit of 64.
pub const MAX_NAME: usize = 48;

/// A name that doesn't follow its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a {what} name: {rule}")]
pub struct InvalidName {
    name: String,
    what: &'static str,
    rule: &'static str,
}

macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident, $what:literal, $joiner:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                if follows_rule(text, $joiner) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidName { name: text.chars().take(80).collect(), what: $what, rule: $rule })
                }
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name_type!(
    /// A tool's name: the MCP tool name, the OpenAPI `operationId` and the command-line name at once, in the form that
    /// every known client accepts.
    ToolName,
    "tool",
    '_',
    "it must match ^[a-z][a-z0-9_]{0,47}$"
);

name_type!(
    /// A plugin's name, which is also its file's: `NAME.wasm`.
    PluginName,
    "plugin",
    '-',
    "it must match ^[a-z][a-z0-9-]{0,47}$"
);

name_type!(
    /// A profile's name, as in `/mcp?profile=core`.
    ProfileName,
    "profile",
    '-',
    "it must match ^[a-z][a-z0-9-]{0,47}$"
);

/// Longest name of a server: its tools are called `NAME_tool`, and have room beside it.
const MAX_UPSTREAM_NAME: usize = 20;

/// An MCP server's name, as its operator calls it, and the beginning of its tools' names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UpstreamName(String);

/// A name that no server can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` can't be the name of an MCP server: it must match ^[a-z][a-z0-9]{{0,19}}$")]
pub struct InvalidUpstreamName(String);

impl UpstreamName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UpstreamName {
    type Err = InvalidUpstreamName;

    fn from_str(text: &str) -> Result<Self, InvalidUpstreamName> {
        let is_good = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.len() <= MAX_UPSTREAM_NAME
            // No joiner: `a_b` and `c` would make the same tool of servers `a` and `a_b`.
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if is_good {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidUpstreamName(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for UpstreamName {
    type Error = InvalidUpstreamName;

    fn try_from(text: String) -> Result<Self, InvalidUpstreamName> {
        text.parse()
    }
}

impl From<UpstreamName> for String {
    fn from(name: UpstreamName) -> Self {
        name.0
    }
}

impl fmt::Display for UpstreamName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn follows_rule(text: &str, joiner: char) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= MAX_NAME
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joiner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule_that_clients_accept() {
        for good in ["a", "notion_request", "x9_", &"a".repeat(48)] {
            assert!(good.parse::<ToolName>().is_ok(), "{good}");
        }
        for bad in ["", "A", "notion.request", "1a", "_a", "a-b", "a b", "ä", &"a".repeat(49)] {
            assert!(bad.parse::<ToolName>().is_err(), "{bad}");
        }
        for good in ["a", "notion2", &"a".repeat(20)] {
            assert!(good.parse::<UpstreamName>().is_ok(), "{good}");
        }
        for bad in ["", "A", "1a", "a_b", "a-b", "a b", "ä", &"a".repeat(21)] {
            assert!(bad.parse::<UpstreamName>().is_err(), "{bad}");
        }
        assert!("my-plugin".parse::<PluginName>().is_ok());
        assert!("../evil".parse::<PluginName>().is_err());
    }
}
