//! What tools and routes may do to the world outside.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The strongest thing that a tool, or a route of Notion, does to the world outside. Later ones include earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Changes nothing.
    Reads,
    /// Adds or changes, in ways that can be taken back.
    Writes,
    /// Removes, or replaces what was there.
    Destroys,
}

impl Access {
    /// The effect as word, such as `reads`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Destroys => "destroys",
        }
    }
}

impl FromStr for Access {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "reads" => Ok(Self::Reads),
            "writes" => Ok(Self::Writes),
            "destroys" => Ok(Self::Destroys),
            _ => Err(format!("`{text}` is not an access: reads, writes, destroys")),
        }
    }
}
