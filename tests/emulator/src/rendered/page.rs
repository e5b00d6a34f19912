//! Pages as the API writes them.

use serde_json::{Map, Value, json};

use crate::clock::to_minute;
use crate::json::put;
use crate::model::Workspace;
use crate::model::page::{Page, url_of};
use crate::model::user::partial;
use crate::properties::read;

impl Page {
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
