//! Blocks.

use serde_json::{Value, json};

use crate::clock::to_minute;
use crate::json::put;
use crate::model::parent::Parent;
use crate::model::user::partial;
use crate::model::{Stamps, Workspace};

/// A block, without its children: [`Workspace::children_of`] has those.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) id: String,
    pub(crate) stamps: Stamps,
    pub(crate) parent: Parent,
    pub(crate) kind: String,
    pub(crate) content: Value,
    pub(crate) in_trash: bool,
}

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
