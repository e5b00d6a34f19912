//! Comments as the API writes them.

use serde_json::{Value, json};

use crate::clock::to_minute;
use crate::json::put;
use crate::model::Workspace;
use crate::model::small::Comment;
use crate::model::user::partial;

impl Comment {
    pub(crate) fn to_json(&self, workspace: &Workspace) -> Value {
        let mut comment = json!({
            "object": "comment",
            "id": self.id,
            "parent": self.parent.to_json(workspace),
            "discussion_id": self.discussion_id,
            "created_time": to_minute(self.stamps.created_time),
            "last_edited_time": to_minute(self.stamps.last_edited_time),
            "created_by": partial(&self.stamps.created_by),
            "rich_text": self.rich_text,
            "display_name": self.display_name,
        });
        if !self.attachments.is_empty() {
            put(&mut comment, "attachments", Value::from(self.attachments.clone()));
        }
        comment
    }
}
