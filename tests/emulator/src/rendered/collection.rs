//! Databases and data sources as the API writes them.

use serde_json::{Map, Value, json};

use crate::clock::{to_millisecond, to_minute};
use crate::json::put;
use crate::model::Workspace;
use crate::model::collection::{DataSource, Database, Property};
use crate::model::page::url_of;
use crate::model::user::partial;
use crate::properties::formula;
use crate::rich_text::plain;

impl Database {
    pub(crate) fn to_json(&self, workspace: &Workspace) -> Value {
        let data_sources: Vec<Value> = self
            .data_sources
            .iter()
            .filter_map(|id| workspace.data_sources.get(id))
            .filter(|data_source| !data_source.in_trash)
            .map(|data_source| json!({"id": data_source.id, "name": plain(&data_source.title)}))
            .collect();
        json!({
            "object": "database",
            "id": self.id,
            "title": self.shown_title(),
            "description": self.description,
            "parent": self.parent.to_json(workspace),
            "is_inline": self.is_inline,
            "in_trash": self.in_trash,
            "is_locked": self.is_locked,
            "created_time": to_millisecond(self.stamps.created_time).replace('Z', "+00:00"),
            "last_edited_time": to_millisecond(self.stamps.last_edited_time).replace('Z', "+00:00"),
            "data_sources": data_sources,
            "icon": self.icon,
            "cover": self.cover,
            "url": url_of(&self.id),
            "public_url": null,
        })
    }

    pub(crate) fn to_block(&self, workspace: &Workspace) -> Value {
        json!({
            "object": "block",
            "id": self.id,
            "parent": self.parent.to_json(workspace),
            "created_time": to_minute(self.stamps.created_time),
            "last_edited_time": to_minute(self.stamps.last_edited_time),
            "created_by": partial(&self.stamps.created_by),
            "last_edited_by": partial(&self.stamps.last_edited_by),
            "has_children": false,
            "in_trash": self.in_trash,
            "type": "child_database",
            "child_database": {"title": plain(&self.shown_title())},
        })
    }
}

impl Property {
    pub(crate) fn to_json(&self, workspace: &Workspace) -> Value {
        let config = match self.kind.as_str() {
            "formula" => formula::read_back(workspace, &self.config),
            _ => self.config.clone(),
        };
        let mut property = json!({
            "id": self.id, "name": self.name, "description": self.description, "type": self.kind,
        });
        put(&mut property, &self.kind, config);
        property
    }
}

impl DataSource {
    pub(crate) fn to_json(&self, workspace: &Workspace) -> Value {
        let database = self.parent.id().and_then(|id| workspace.databases.get(id));
        let properties: Map<String, Value> = self
            .properties
            .iter()
            .map(|property| (property.name.clone(), property.to_json(workspace)))
            .collect();
        json!({
            "object": "data_source",
            "id": self.id,
            "cover": database.map_or(Value::Null, |database| database.cover.clone()),
            "icon": self.icon,
            "created_time": to_minute(self.stamps.created_time),
            "created_by": partial(&self.stamps.created_by),
            "last_edited_by": partial(&self.stamps.last_edited_by),
            "last_edited_time": to_minute(self.stamps.last_edited_time),
            "title": self.title,
            // A database's description is its data sources' too (recorded).
            "description": database.map_or(json!([]), |database| database.description.clone()),
            "is_inline": database.is_some_and(|database| database.is_inline),
            "properties": properties,
            "parent": self.parent.to_json(workspace),
            "database_parent": database.map_or(Value::Null, |database| database.parent.to_json(workspace)),
            "url": url_of(self.parent.id().unwrap_or(&self.id)),
            "public_url": null,
            "in_trash": self.in_trash,
        })
    }
}
