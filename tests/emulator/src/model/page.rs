//! Pages, rows among them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::clock::to_minute;
use crate::identifiers::undashed;
use crate::json::put;
use crate::model::parent::Parent;
use crate::model::user::partial;
use crate::model::{Stamps, Workspace};
use crate::properties::read;

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
        crate::rich_text::plain(&self.title())
    }

    /// The page as the API writes it, in its order of keys (recorded under 2026-03-11). With
    /// `only`, a row carries the named properties alone.
    pub(crate) fn to_json(&self, workspace: &Workspace, only: Option<&[String]>) -> Value {
        let mut properties = Map::new();
        match workspace.data_source_of(self) {
            None => {
                properties.insert(
                    "title".to_owned(),
                    json!({"id": "title", "type": "title", "title": self.title()}),
                );
            }
            Some(data_source) => {
                for property in &data_source.properties {
                    if only.is_none_or(|only| only.iter().any(|wanted| property.answers_to(wanted))) {
                        properties.insert(
                            property.name.clone(),
                            read::value(workspace, data_source, self, property),
                        );
                    }
                }
            }
        }
        let mut page = json!({
            "object": "page",
            "id": self.id,
            "created_time": to_minute(self.stamps.created_time),
            "last_edited_time": to_minute(self.stamps.last_edited_time),
            "created_by": partial(&self.stamps.created_by),
            "last_edited_by": partial(&self.stamps.last_edited_by),
            "cover": self.cover,
            "icon": self.icon,
            "parent": self.parent.to_json(workspace),
            "in_trash": self.in_trash,
            "is_archived": self.is_archived,
            "is_locked": self.is_locked,
        });
        // Moved, where `json!` would copy it.
        put(&mut page, "properties", Value::Object(properties));
        put(&mut page, "url", Value::from(url_of(&self.id)));
        put(&mut page, "public_url", Value::Null);
        page
    }

    /// The page as a block of its parent's content.
    pub(crate) fn to_block(&self, workspace: &Workspace) -> Value {
        json!({
            "object": "block",
            "id": self.id,
            "parent": self.parent.to_json(workspace),
            "created_time": to_minute(self.stamps.created_time),
            "last_edited_time": to_minute(self.stamps.last_edited_time),
            "created_by": partial(&self.stamps.created_by),
            "last_edited_by": partial(&self.stamps.last_edited_by),
            "has_children": !workspace.live_children(&self.id).is_empty(),
            "in_trash": self.in_trash,
            "type": "child_page",
            "child_page": {"title": self.plain_title()},
        })
    }
}

/// The address of a page or database (recorded).
pub(crate) fn url_of(id: &str) -> String {
    format!("https://app.notion.com/p/{}", undashed(id))
}
