//! A view with its settings, as small as it can be said.

use serde_json::Map;
use toolbay_sdk::notion::properties::plain::is_empty;
use toolbay_sdk::notion::{DataSource, Schema};
use toolbay_sdk::prelude::*;

use crate::view;

/// How deep a configuration is looked into.
const DEEPEST: usize = 6;

/// Nothing empty, properties by name, and of the columns only those that can be seen.
///
/// Notion may leave the names out; then the schema has them, and where that can't be read, ids stay ids.
pub(crate) fn compact(call: &Call, view: &Value) -> Map<String, Value> {
    let configuration = view.get("configuration").unwrap_or(&Value::Null);
    let data_source = has_unnamed(configuration, DEEPEST)
        .then(|| DataSource::find(call, view::data_source_id(view).ok()?).ok())
        .flatten();
    let schema = data_source.as_ref().map(|data_source| &data_source.schema);

    let mut row = view::members(view, &["id", "name", "type", "url", "data_source_id"]);
    if let Some(database) = view.pointer("/parent/database_id") {
        row.insert("database_id".to_owned(), database.clone());
    }
    row.extend(view::members(view, &["filter", "sorts", "quick_filters"]));
    let mut configuration = named(configuration, schema, DEEPEST);
    if let Some(members) = configuration.as_object_mut() {
        members.shift_remove("type");
        for key in ["properties", "table_properties"] {
            if let Some(columns) = members.get_mut(key) {
                *columns = visible(columns);
            }
        }
        members.retain(|_, value| !is_empty(value));
    }
    if !is_empty(&configuration) {
        row.insert("configuration".to_owned(), configuration);
    }
    row
}

/// The key under which the id of a property is said by name, and the key that Notion has for the name.
fn keys_of_name(key: &str) -> Option<(String, String)> {
    if key == "map_by" {
        return Some((key.to_owned(), "map_by_property_name".to_owned()));
    }
    let stem = key.strip_suffix("property_id")?;
    Some((format!("{stem}property"), format!("{stem}property_name")))
}

fn has_unnamed(value: &Value, left: usize) -> bool {
    let Some(left) = left.checked_sub(1) else { return false };
    match value {
        Value::Array(elements) => elements.iter().any(|element| has_unnamed(element, left)),
        Value::Object(members) => members.iter().any(|(key, value)| match keys_of_name(key) {
            Some((_, name)) => value.is_string() && !members.contains_key(&name),
            None => has_unnamed(value, left),
        }),
        _ => false,
    }
}

/// The value with names in place of the ids of properties, and without nulls.
fn named(value: &Value, schema: Option<&Schema>, left: usize) -> Value {
    let Some(left) = left.checked_sub(1) else { return value.clone() };
    match value {
        Value::Array(elements) => elements.iter().map(|element| named(element, schema, left)).collect(),
        Value::Object(given) => {
            let mut members = Map::new();
            for (key, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                if key == "property_name" || key.ends_with("_property_name") {
                    continue;
                }
                let name = keys_of_name(key).and_then(|(own, name)| {
                    let name = given.get(&name).and_then(Value::as_str);
                    Some((own, name.or_else(|| in_schema(schema, value))?))
                });
                match name {
                    Some((key, name)) => members.insert(key, name.into()),
                    None => members.insert(key.clone(), named(value, schema, left)),
                };
            }
            Value::Object(members)
        }
        plain => plain.clone(),
    }
}

fn in_schema<'a>(schema: Option<&'a Schema>, id: &Value) -> Option<&'a str> {
    let id = id.as_str()?;
    schema?.properties().iter().find(|property| property.id == id).map(|property| property.name.as_str())
}

/// The names of the columns that can be seen.
fn visible(columns: &Value) -> Value {
    let columns = columns.as_array().into_iter().flatten();
    columns
        .filter(|column| column.get("visible").and_then(Value::as_bool) != Some(false))
        .filter_map(|column| column.get("property").or_else(|| column.get("property_id")).cloned())
        .collect()
}
