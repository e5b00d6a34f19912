//! How strong a tool or a route is.

use serde::Serialize;

/// The strongest thing that a tool, or a route of Notion, does to the world outside. Later ones include earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Changes nothing, so that a client may call it without asking.
    Reads,
    /// Creates or changes, and removes nothing that may be missed.
    Writes,
    /// Removes or overwrites what may be missed.
    Destroys,
}

impl Access {
    /// As a word, such as `reads`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Destroys => "destroys",
        }
    }

    /// The capability that a plugin needs for a route of this access, such as `notion.read`.
    #[must_use]
    pub const fn capability(self) -> &'static str {
        match self {
            Self::Reads => "notion.read",
            Self::Writes => "notion.write",
            Self::Destroys => "notion.destroy",
        }
    }
}
