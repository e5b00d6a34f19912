//! Property values as answers carry them.

use serde_json::{Value, json};

use crate::json::{put, single};
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::stored::references;
use crate::properties::{formula, rollup, stored};

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

/// What stands under the key of the type, whole.
pub(crate) fn content(
    workspace: &Workspace,
    data_source: &DataSource,
    page: &Page,
    property: &Property,
) -> Value {
    match property.kind.as_str() {
        "rollup" => rollup::value(workspace, data_source, page, property, usize::MAX),
        "formula" => formula::value(workspace, data_source, page, property),
        _ => stored::content(workspace, page, property),
    }
}
