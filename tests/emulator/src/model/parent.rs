//! Where an object hangs.

use serde_json::{Value, json};

use crate::model::Workspace;

/// The parent of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parent {
    Workspace,
    Page(String),
    Block(String),
    Database(String),
    DataSource(String),
}

impl Parent {
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Parent::Workspace => None,
            Parent::Page(id) | Parent::Block(id) | Parent::Database(id) | Parent::DataSource(id) => Some(id),
        }
    }

    /// The parent as the API writes it. A row names its database beside its data source (recorded).
    pub(crate) fn to_json(&self, workspace: &Workspace) -> Value {
        match self {
            Parent::Workspace => json!({"type": "workspace", "workspace": true}),
            Parent::Page(id) => json!({"type": "page_id", "page_id": id}),
            Parent::Block(id) => json!({"type": "block_id", "block_id": id}),
            Parent::Database(id) => json!({"type": "database_id", "database_id": id}),
            Parent::DataSource(id) => {
                let database =
                    workspace.data_sources.get(id).and_then(|found| found.parent.id()).unwrap_or_default();
                json!({"type": "data_source_id", "data_source_id": id, "database_id": database})
            }
        }
    }
}
