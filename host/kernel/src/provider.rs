//! What runs a tool.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::capability::{CapabilityName, Permissions};
use crate::name::ToolName;
use crate::problem::Problem;
use crate::system::System;

/// What runs tools: a plugin, the host itself for what is about the host, or later an upstream MCP server.
///
/// A provider does nothing to the world but through the call's gate and door.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its name, for the catalog, the log and the words of a refusal.
    fn name(&self) -> &str;

    /// What it asks for and what of it was granted.
    fn permissions(&self) -> &Arc<Permissions>;

    /// SHA-256 of the file that it is, in hex; none for what is no plugin.
    fn digest(&self) -> Option<&Arc<str>> {
        None
    }

    /// Whether a connection is chosen before the tool runs: most of what a plugin can reach is reached on one, Notion, its
    /// state, and the tools that it calls.
    fn uses_connection(&self, _tool: &ToolName) -> bool {
        self.permissions().asked.names().into_iter().any(CapabilityName::uses_connection)
    }

    /// Whether a tool works on what is the operator's and no connection leads to, such as a database: who signs in is given a connection, and
    /// none of that.
    fn is_shared(&self, _tool: &ToolName) -> bool {
        self.permissions().asked.names().into_iter().any(|name| !name.uses_connection())
    }

    /// What that connection is to; none for a tool about connections, which takes any that its caller names.
    fn system(&self, _tool: &ToolName) -> Option<System> {
        Some(System::Notion)
    }

    /// Whether it is known that a tool which is said to read does. Where only somebody outside says so, a surface that asks first asks
    /// about it, too.
    fn is_known_to_read(&self, _tool: &ToolName) -> bool {
        true
    }

    /// Whether it can run again against the journal of an interrupted run: all that it does to the world, it does through
    /// the call. Only such a tool can be a job.
    fn is_replayable(&self) -> bool {
        true
    }

    /// Runs a tool. The arguments have been repaired and validated; the caller stops waiting at the call's deadline and
    /// drops the future when the call is cancelled.
    async fn call(&self, tool: &ToolName, arguments: Value, call: Arc<Call>) -> Result<Answer, Problem>;
}
