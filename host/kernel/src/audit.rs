//! What is recorded of a call that can write.

use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::id::{CallId, ConnectionId, PrincipalId};
use crate::name::ToolName;
use crate::problem::Code;
use crate::surface::Surface;

/// Written before the call runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditStart {
    pub call: CallId,
    /// The call that made this one, when a tool did.
    pub parent: Option<CallId>,
    pub principal: PrincipalId,
    /// Their name at that time.
    pub principal_name: String,
    pub surface: Surface,
    pub tool: ToolName,
    pub provider: String,
    /// The strongest thing that the tool does.
    pub effect: Access,
    /// The connection, when the tool uses one.
    pub connection: Option<ConnectionId>,
    /// SHA-256 of the arguments as canonical text, in hex: what was asked can be compared, not read.
    pub arguments_digest: String,
}

/// Written when the call has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEnd {
    /// None when it succeeded.
    pub code: Option<Code>,
    /// How it ended in the host's own words; never a problem's message, which may quote what the caller wrote.
    pub summary: String,
    /// The Notion objects that were created or changed.
    pub touched: Vec<String>,
    /// Requests that it made.
    pub effects: u32,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// How a call ended, for people who read the audit: its tool, its code, and how far it came.
#[must_use]
pub fn summary(tool: &str, code: Option<Code>, done: Option<&str>) -> String {
    let end = code.map_or("succeeded", Code::as_str);
    match done {
        None => format!("{tool}: {end}"),
        Some(done) => format!("{tool}: {end} ({done})"),
    }
}
