//! Blocks as the API writes them.

use serde_json::{Value, json};

use crate::clock::to_minute;
use crate::json::put;
use crate::model::Workspace;
use crate::model::block::Block;
use crate::model::user::partial;

impl Block {
    pub(crate) fn to_json(&self, workspace: &Workspace) -> Value {
        let mut block = json!({
            "object": "block",
            "id": self.id,
            "parent": self.parent.to_json(workspace),
            "created_time": to_minute(self.stamps.created_time),
            "last_edited_time": to_minute(self.stamps.last_edited_time),
            "created_by": partial(&self.stamps.created_by),
            "last_edited_by": partial(&self.stamps.last_edited_by),
            "has_children": !workspace.shown_children(&self.id).is_empty(),
            // With a block, what is below it is in the trash (recorded).
            "in_trash": self.in_trash || workspace.is_below_trashed_block(&self.id),
            "type": self.kind,
        });
        put(&mut block, &self.kind, self.content.clone());
        block
    }
}

impl Workspace {
    /// Anything that is a block to the blocks endpoints: a block, a page, a database.
    pub(crate) fn as_block(&self, id: &str) -> Option<Value> {
        if let Some(block) = self.blocks.get(id) {
            return Some(block.to_json(self));
        }
        if let Some(page) = self.pages.get(id) {
            return Some(page.to_block(self));
        }
        self.databases.get(id).map(|database| database.to_block(self))
    }
}
