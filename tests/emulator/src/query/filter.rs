//! Filters: a tree of "and" and "or" over conditions. A filter is checked as a whole before any row
//! is looked at, so that a bad one is refused on an empty data source too.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::clock::to_minute;
use crate::errors::{Refusal, invalid};
use crate::json::{Peek, put};
use crate::model::Workspace;
use crate::model::collection::{DataSource, Property};
use crate::model::page::Page;
use crate::properties::{read, rollup};
use crate::query::condition;

/// What conditions are judged against.
pub(crate) struct Scope<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) data_source: &'a DataSource,
    pub(crate) now: OffsetDateTime,
    pub(crate) bot: &'a str,
}

/// Refuses a filter that names an unknown property, another type than the property's, or an option
/// that doesn't exist.
pub(crate) fn check(scope: &Scope, filter: &Value) -> Result<(), Refusal> {
    if filter.is_null() {
        return Ok(());
    }
    if filter.has("and") || filter.has("or") {
        // "and" is read before "or", whichever was sent first (recorded).
        for inner in filter.items("and").iter().chain(filter.items("or")) {
            check(scope, inner)?;
        }
        return Ok(());
    }
    if filter.has("timestamp") {
        let timestamp = filter.text("timestamp").unwrap_or_default();
        if !filter.has(timestamp) || !["created_time", "last_edited_time"].contains(&timestamp) {
            return Err(invalid(format!(
                "body failed validation: body.filter.{timestamp} should be defined, instead was `undefined`."
            )));
        }
        return condition::check_date(filter.at(timestamp));
    }
    let name = filter.text("property").unwrap_or_default();
    let property = scope
        .data_source
        .property(name)
        .ok_or_else(|| invalid(format!("Could not find property with name or id: {name}")))?;
    let given = condition_key(filter);
    if given != property.kind {
        return Err(invalid(format!(
            "The property type in the database does not match the property type of the filter provided: database \
             property {} does not match filter {given}",
            property.kind
        )));
    }
    check_operands(property, filter.at(&given))
}

fn check_operands(property: &Property, condition: &Value) -> Result<(), Refusal> {
    match property.kind.as_str() {
        "date" | "created_time" | "last_edited_time" => condition::check_date(condition),
        "select" | "status" | "multi_select" => {
            for operand in condition.as_object().into_iter().flat_map(|map| map.values()) {
                let names: Vec<&str> = match operand {
                    Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                    other => other.as_str().into_iter().collect(),
                };
                for name in names {
                    let options = property.config.items("options");
                    if !options.iter().any(|option| option.text("name") == Some(name)) {
                        let available: Vec<String> = options
                            .iter()
                            .filter_map(|option| option.text("name"))
                            .map(|name| format!("\"{name}\""))
                            .collect();
                        return Err(invalid(format!(
                            "{} option \"{name}\" not found for property \"{}\". Available options: {}.",
                            property.kind,
                            property.name,
                            available.join(", ")
                        )));
                    }
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn condition_key(filter: &Value) -> String {
    filter
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys())
        .find(|key| !["property", "type", "timestamp"].contains(&key.as_str()))
        .cloned()
        .unwrap_or_default()
}

/// Whether a row passes a filter that was checked.
pub(crate) fn passes(scope: &Scope, page: &Page, filter: &Value) -> bool {
    if filter.has("and") || filter.has("or") {
        let all = filter.items("and").iter().all(|inner| passes(scope, page, inner));
        let any = !filter.has("or")
            || filter.items("or").is_empty()
            || filter.items("or").iter().any(|inner| passes(scope, page, inner));
        return all && any;
    }
    if let Some(timestamp) = filter.text("timestamp") {
        let moment =
            if timestamp == "created_time" { page.stamps.created_time } else { page.stamps.last_edited_time };
        return condition::holds(scope, "date", &json!(to_minute(moment)), filter.at(timestamp));
    }
    let Some(property) = filter.text("property").and_then(|name| scope.data_source.property(name)) else {
        return true;
    };
    let condition = filter.at(&property.kind);
    match property.kind.as_str() {
        "rollup" => rollup_passes(scope, page, property, condition),
        "formula" => {
            let value = read::content(scope.workspace, scope.data_source, page, property);
            let (kind, key) = match condition_key(condition).as_str() {
                "checkbox" => ("checkbox", "boolean"),
                "number" => ("number", "number"),
                "date" => ("date", "date"),
                _ => ("rich_text", "string"),
            };
            condition::holds(scope, kind, value.at(key), condition.at(&condition_key(condition)))
        }
        kind => {
            let value = read::content(scope.workspace, scope.data_source, page, property);
            condition::holds(scope, kind, &value, condition)
        }
    }
}

fn rollup_passes(scope: &Scope, page: &Page, property: &Property, condition: &Value) -> bool {
    let value = rollup::value(scope.workspace, scope.data_source, page, property);
    let key = condition_key(condition);
    let inner = condition.at(&key);
    if key == "number" || key == "date" {
        return condition::holds(scope, &key, value.at(&key), inner);
    }
    let items = rollup::inputs(scope.workspace, scope.data_source, page, property);
    let inner_key = condition_key(inner);
    let mut judged = items.iter().map(|item| {
        let mut item = item.clone();
        // A title is text to a rollup's filter.
        if item.text("type") == Some("title") {
            let title = item.at("title").clone();
            put(&mut item, "rich_text", title);
        }
        condition::holds(scope, &inner_key, item.at(&inner_key), inner.at(&inner_key))
    });
    match key.as_str() {
        "any" => judged.any(|holds| holds),
        "every" => judged.all(|holds| holds),
        _ => !judged.any(|holds| holds),
    }
}
