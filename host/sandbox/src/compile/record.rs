//! What the compiler child and the host tell each other.

use std::io::Write as _;

use serde::{Deserialize, Serialize};
use toolbay_kernel::ToolDefinition;

/// What is known of a compiled plugin: kept beside its code, so that its tools are listed without running it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// What it says of itself, as it is written.
    pub(crate) manifest: String,
    /// The tools that it provides.
    pub(crate) tools: Vec<ToolDefinition>,
    /// SHA-256 of the component, in hex.
    pub(crate) digest: String,
    /// SHA-256 of the compiled code, in hex: a file that was only half written is not run.
    pub(crate) code_digest: String,
    /// The engine that the code is for.
    pub(crate) compatibility: String,
}

/// What a child says on its standard output.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub(crate) enum ChildReport {
    /// It has compiled the plugin and asked for its tools, and now looks at their schemas. Not its last word.
    CheckingSchemas,
    /// It has written the code and its record.
    Installed {
        /// SHA-256 of the component that it read.
        digest: String,
    },
    /// The plugin can't be installed.
    Refused {
        reason: String,
        fix: String,
        /// Whether that follows from the plugin's bytes.
        #[serde(default = "lasting")]
        is_lasting: bool,
    },
}

fn lasting() -> bool {
    true
}

impl ChildReport {
    /// The last of several, each on a line of its own.
    pub(crate) fn last(said: &[u8]) -> Option<Self> {
        let line = said.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty())?;
        serde_json::from_slice(line).ok()
    }

    /// Says it on the standard output.
    pub(crate) fn say(&self) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        let mut output = std::io::stdout();
        output.write_all(&line)?;
        output.flush()
    }
}
