//! The way back: columns as callers write them.

use serde_json::{Map, Value, json};

use crate::notion::Schema;
use crate::notion::properties::{Kind, Property};

/// The columns of a data source in the form that [`normalise`](super::normalise) takes, as small as it can be: the name of
/// a type where that says all.
#[must_use]
pub fn describe(schema: &Schema) -> Map<String, Value> {
    schema.properties().iter().map(|property| (property.name.clone(), column(property))).collect()
}

fn column(property: &Property) -> Value {
    let setting = |key: &str| property.settings.get(key).filter(|value| !value.is_null());
    let mut parts: Vec<(&str, Option<Value>)> = Vec::new();
    match &property.kind {
        Kind::Number => {
            parts.push(("format", setting("format").filter(|format| *format != "number").cloned()));
        }
        Kind::Select | Kind::MultiSelect | Kind::Status => {
            parts.push(("options", Some(json!(property.options))));
        }
        Kind::Relation => {
            parts.push(("data_source_id", setting("data_source_id").cloned()));
            let other_side = property.settings.pointer("/dual_property/synced_property_name");
            parts.push(("two_way", other_side.cloned()));
        }
        Kind::Rollup => {
            parts.push(("relation", setting("relation_property_name").cloned()));
            parts.push(("property", setting("rollup_property_name").cloned()));
            parts.push(("function", setting("function").cloned()));
        }
        Kind::Formula => parts.push(("expression", setting("expression").cloned())),
        Kind::UniqueId => parts.push(("prefix", setting("prefix").cloned())),
        _ => {}
    }
    parts.push(("description", property.description.clone().map(Value::String)));
    let mut column = Map::from_iter([("type".to_owned(), json!(property.kind.name()))]);
    column.extend(parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    if column.len() == 1 { json!(property.kind.name()) } else { Value::Object(column) }
}
