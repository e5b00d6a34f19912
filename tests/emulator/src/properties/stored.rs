//! Values as pages keep them, and as answers carry those that are not made of other columns.

use serde_json::{Value, json};

use crate::clock::to_minute;
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::collection::Property;
use crate::model::page::Page;
use crate::model::user::{Kind, partial};
use crate::properties::options;
use crate::rich_text::plain;

/// The pages that a relation names, without those in the trash.
pub(crate) fn references(page: &Page, property: &Property) -> Vec<String> {
    page.values
        .get(&property.id)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The text of a property that is compared as text.
pub(crate) fn text(page: &Page, property: &Property) -> String {
    match page.values.get(&property.id) {
        Some(Value::String(text)) => text.clone(),
        Some(items) => plain(items),
        None => String::new(),
    }
}

/// What stands under the key of the type, whole, but for what is made of other columns.
pub(crate) fn content(workspace: &Workspace, page: &Page, property: &Property) -> Value {
    let stored = page.values.get(&property.id).cloned().unwrap_or(Value::Null);
    match property.kind.as_str() {
        "title" | "rich_text" | "files" => {
            if stored.is_null() {
                json!([])
            } else {
                stored
            }
        }
        "checkbox" => json!(stored.as_bool().unwrap_or(false)),
        "select" => stored.as_str().map_or(Value::Null, |id| options::value_of(property, id)),
        // Never empty: a row without one, or whose option is gone, has the default.
        "status" => {
            let chosen = stored.as_str().map_or(Value::Null, |id| options::value_of(property, id));
            match options::default_status(property) {
                Some(default) if chosen.is_null() => options::value_of(property, &default),
                _ => chosen,
            }
        }
        "multi_select" => stored
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|id| options::value_of(property, id))
            .filter(|option| !option.is_null())
            .collect(),
        "people" => stored
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter_map(|id| workspace.user(id))
            .map(|user| user.to_json(workspace, true))
            .collect(),
        "relation" => references(page, property)
            .into_iter()
            .filter(|id| !workspace.is_gone(id))
            .map(|id| json!({"id": id}))
            .collect(),
        "created_time" => json!(to_minute(page.stamps.created_time)),
        "last_edited_time" => json!(to_minute(page.stamps.last_edited_time)),
        "created_by" => user(workspace, &page.stamps.created_by),
        "last_edited_by" => user(workspace, &page.stamps.last_edited_by),
        "unique_id" => json!({"prefix": property.config.at("prefix"), "number": stored}),
        "button" => json!({}),
        "verification" => {
            if stored.is_null() {
                json!({"state": "unverified", "verified_by": null, "date": null})
            } else {
                let by = user(workspace, stored.text("verified_by").unwrap_or_default());
                json!({"state": stored.at("state"), "verified_by": by, "date": stored.at("date")})
            }
        }
        _ => stored,
    }
}

/// Who made or changed something; of a bot, nothing about its workspace (recorded).
fn user(workspace: &Workspace, id: &str) -> Value {
    let Some(user) = workspace.user(id) else { return partial(id) };
    let mut written = user.to_json(workspace, true);
    if user.kind == Kind::Bot {
        put(&mut written, "bot", json!({}));
    }
    written
}
