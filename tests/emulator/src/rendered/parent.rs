//! Where an object hangs, as the API writes it.

use serde_json::{Value, json};

use crate::model::Workspace;
use crate::model::parent::Parent;

impl Parent {
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
