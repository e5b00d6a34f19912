//! What a connection is to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::UpstreamName;

/// The external system that a connection is to.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum System {
    /// A workspace at Notion, over its API.
    #[default]
    Notion,
    /// An account at an MCP server.
    Upstream(UpstreamName),
}

/// What an upstream's name has before it, as text.
const UPSTREAM: &str = "upstream:";

/// A text that names no system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no external system")]
pub struct UnknownSystem(String);

impl System {
    /// The server, where it is one.
    #[must_use]
    pub fn upstream(&self) -> Option<&UpstreamName> {
        match self {
            Self::Notion => None,
            Self::Upstream(name) => Some(name),
        }
    }

    /// What a connection to it is, for people.
    pub(crate) fn connection_in_words(&self) -> String {
        match self {
            Self::Notion => "a workspace of Notion".to_owned(),
            Self::Upstream(name) => format!("an account at the MCP server `{name}`"),
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notion => formatter.write_str("notion"),
            Self::Upstream(name) => write!(formatter, "{UPSTREAM}{name}"),
        }
    }
}

impl FromStr for System {
    type Err = UnknownSystem;

    fn from_str(text: &str) -> Result<Self, UnknownSystem> {
        let unknown = || UnknownSystem(text.chars().take(80).collect());
        if text == "notion" {
            return Ok(Self::Notion);
        }
        let name = text.strip_prefix(UPSTREAM).ok_or_else(unknown)?;
        name.parse().map(Self::Upstream).map_err(|_| unknown())
    }
}

impl TryFrom<String> for System {
    type Error = UnknownSystem;

    fn try_from(text: String) -> Result<Self, UnknownSystem> {
        text.parse()
    }
}

impl From<System> for String {
    fn from(system: System) -> Self {
        system.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_read_as_it_was_written() {
        for system in [System::Notion, System::Upstream("notion".parse().unwrap())] {
            assert_eq!(system.to_string().parse(), Ok(system));
        }
        for bad in ["", "Notion", "upstream:", "upstream:A", "sqlite"] {
            assert!(bad.parse::<System>().is_err(), "{bad}");
        }
    }
}
