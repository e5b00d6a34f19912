//! The Notion workspaces that a caller may use.

use serde::Serialize;

/// A Notion workspace that the caller may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// What `connection_id` takes.
    pub id: String,
    /// The name that the operator or the person gave it.
    pub name: String,
    /// Notion's name of the workspace, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_name: Option<String>,
}
