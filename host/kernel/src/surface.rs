//! The ways in.

use serde::{Deserialize, Serialize};

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// MCP over HTTP or stdio.
    Mcp,
    Rest,
    Console,
    Chat,
    CommandLine,
    Job,
    /// Another tool.
    Tool,
    /// The host itself: nobody asked for it at that moment.
    Host,
}

impl Surface {
    /// Every way in.
    pub const ALL: [Self; 8] = [
        Self::Mcp,
        Self::Rest,
        Self::Console,
        Self::Chat,
        Self::CommandLine,
        Self::Job,
        Self::Tool,
        Self::Host,
    ];

    /// The surface as word, such as `command_line`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Rest => "rest",
            Self::Console => "console",
            Self::Chat => "chat",
            Self::CommandLine => "command_line",
            Self::Job => "job",
            Self::Tool => "tool",
            Self::Host => "host",
        }
    }
}
