//! Pages, rows among them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::identifiers::undashed;
use crate::model::Stamps;
use crate::model::parent::Parent;
use crate::rich_text::plain;

/// A page. Its property values are kept by property id, in a normal form that
/// [`crate::properties::read`] renders; a renamed property or option then needs no rewriting.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) id: String,
    pub(crate) sequence: u64,
    pub(crate) stamps: Stamps,
    pub(crate) parent: Parent,
    pub(crate) icon: Value,
    pub(crate) cover: Value,
    pub(crate) in_trash: bool,
    pub(crate) is_archived: bool,
    pub(crate) is_locked: bool,
    pub(crate) is_template: bool,
    pub(crate) values: BTreeMap<String, Value>,
}

impl Page {
    /// A page that holds nothing.
    pub(crate) fn empty(id: &str, sequence: u64, stamps: Stamps, parent: Parent) -> Page {
        Page {
            id: id.to_owned(),
            sequence,
            stamps,
            parent,
            icon: Value::Null,
            cover: Value::Null,
            in_trash: false,
            is_archived: false,
            is_locked: false,
            is_template: false,
            values: BTreeMap::new(),
        }
    }

    /// The rich text of the title.
    pub(crate) fn title(&self) -> Value {
        self.values.get("title").cloned().unwrap_or_else(|| json!([]))
    }

    pub(crate) fn plain_title(&self) -> String {
        plain(&self.title())
    }
}

/// The address of a page or database (recorded).
pub(crate) fn url_of(id: &str) -> String {
    format!("https://app.notion.com/p/{}", undashed(id))
}
