//! Property values as answers carry them.

use serde_json::{Value, json};

use crate::clock::to_minute;
use crate::json::{Peek, put, single};
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::model::user::{Kind, partial};
use crate::properties::{formula, options, rollup};
use crate::rich_text::plain;

/// Documented: a page answers with 25 references of a relation; the property endpoint has the rest.
pub(crate) const INLINE_REFERENCES: usize = 25;

/// The types whose long values are cut. Only a relation says so, by `has_more`.
/// A title comes whole (recorded).
const CUT: [&str; 3] = ["rich_text", "people", "relation"];

/// A property's value on a page, with its id and type.
pub(crate) fn value(
    workspace: &Workspace,
    data_source: &DataSource,
    page: &Page,
    property: &Property,
) -> Value {
    let mut answer = single("id", Value::from(property.id.as_str()));
    put(&mut answer, "type", Value::from(property.kind.as_str()));
    let content = match property.kind.as_str() {
        // It counts as many references as a formula does (documented); the property's own endpoint counts all.
        "rollup" => rollup::value(workspace, data_source, page, property, INLINE_REFERENCES),
        _ => content(workspace, data_source, page, property),
    };
    let relation_size = (property.kind == "relation").then(|| references(page, property).len());
    let content = match content {
        Value::Array(items) if CUT.contains(&property.kind.as_str()) => {
            Value::from(items.into_iter().take(INLINE_REFERENCES).collect::<Vec<_>>())
        }
        other => other,
    };
    put(&mut answer, &property.kind, content);
    if let Some(size) = relation_size {
        put(&mut answer, "has_more", json!(size > INLINE_REFERENCES));
    }
    answer
}

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

/// What stands under the key of the type, whole.
pub(crate) fn content(
    workspace: &Workspace,
    data_source: &DataSource,
    page: &Page,
    property: &Property,
) -> Value {
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
        "rollup" => rollup::value(workspace, data_source, page, property, usize::MAX),
        "formula" => formula::value(workspace, data_source, page, property),
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
