//! Blocks.

use serde_json::{Map, Value, json};

use super::lens::Lens;
use crate::narrowing::member::{copied, text};

/// Members of a block beside its content.
const MEMBERS: [&str; 11] = [
    "object",
    "id",
    "type",
    "created_time",
    "last_edited_time",
    "created_by",
    "last_edited_by",
    "has_children",
    "in_trash",
    "archived",
    "request_id",
];

impl Lens<'_> {
    /// A block whose content names something outside, such as a link to a page, is shown as one that can't be shown.
    pub(super) fn block(&self, block: &Value) -> Value {
        let mut shown = copied(block, &MEMBERS);
        self.put_parent(&mut shown, block);
        let kind = text(block, "type").unwrap_or("unsupported");
        match block.get(kind).map(|content| self.tree(self.texts(content))) {
            Some(None) => {
                shown.insert("type".to_owned(), json!("unsupported"));
                shown.insert("unsupported".to_owned(), json!({}));
            }
            Some(Some(content)) => drop(shown.insert(kind.to_owned(), content)),
            None => {}
        }
        shown.into()
    }

    /// A block's content with its rich text as it may be seen, wherever it is in it.
    fn texts(&self, content: &Value) -> Value {
        match content {
            Value::Array(items) if items.iter().any(|item| item.get("plain_text").is_some()) => {
                self.rich_text(content)
            }
            Value::Array(items) => items.iter().map(|item| self.texts(item)).collect(),
            Value::Object(members) => {
                let texts = members.iter().map(|(key, member)| (key.clone(), self.texts(member)));
                Value::Object(texts.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
}
