//! A capability by the name that an operator grants.

use std::fmt;

use serde::{Serialize, Serializer};

/// A capability by the name that an operator grants, such as `notion.read`. Its owner makes it; from text it comes through
/// a [`CapabilityRegistry`](super::CapabilityRegistry) alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapabilityName {
    /// Where it is listed among others.
    rank: u8,
    name: &'static str,
    /// Whether what it reaches is reached on a connection.
    uses_connection: bool,
}

impl CapabilityName {
    /// `tools.call`: other tools of the catalog.
    pub const TOOLS_CALL: Self = Self::new(100, "tools.call");

    /// `state`: small durable values of the plugin's own.
    pub const STATE: Self = Self::new(101, "state");

    /// A name of an egress: words of lower case, joined by dots. Names are listed by rank; those of the kernel have 100 and
    /// more.
    #[must_use]
    pub const fn new(rank: u8, name: &'static str) -> Self {
        Self { rank, name, uses_connection: true }
    }

    /// The same for what is reached without a connection, such as any host of the web: a tool that has no other
    /// capability is called without one.
    #[must_use]
    pub const fn without_connection(self) -> Self {
        Self { uses_connection: false, ..self }
    }

    /// The name as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.name
    }

    /// Whether what it reaches is reached on a connection.
    #[must_use]
    pub const fn uses_connection(self) -> bool {
        self.uses_connection
    }

    /// Whether its use may reach something outside of this host: all but a plugin's own values do.
    #[must_use]
    pub fn reaches_outside(self) -> bool {
        self != Self::STATE
    }
}

impl fmt::Display for CapabilityName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Serialize for CapabilityName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}
