//! Columns of a schema, as callers write them.

use serde_json::{Map, Value, json};

use crate::properties::{Kind, Property};
use crate::{Schema, percent};

/// The columns of a data source in the form that [`normalise`](super::normalise) takes, as small as it can be: the name of
/// a type where that says all.
#[must_use]
pub fn describe(schema: &Schema) -> Map<String, Value> {
    schema.properties().iter().map(|property| (property.name.clone(), column(schema, property))).collect()
}

/// A formula with the names of columns, as it is written, in place of the ids that Notion answers.
fn expression(schema: &Schema, formula: &Value) -> Value {
    const REFERENCE: &str = "{{notion:block_property:";
    let Some(mut rest) = formula.as_str() else { return formula.clone() };
    let mut written = String::new();
    while let Some((before, after)) = rest.split_once(REFERENCE) {
        written.push_str(before);
        let Some((inner, next)) = after.split_once("}}") else {
            rest = rest.get(before.len()..).unwrap_or_default();
            written.push_str(rest);
            return written.into();
        };
        match named_by(schema, inner) {
            Some(name) => written.push_str(&format!("prop({})", json!(name))),
            None => written.push_str(&format!("{REFERENCE}{inner}}}}}")),
        }
        rest = next;
    }
    written.push_str(rest);
    written.into()
}

/// The column whose id a reference begins with; what follows is of the space, and an id may have a colon itself.
fn named_by<'a>(schema: &'a Schema, reference: &str) -> Option<&'a str> {
    let decoded = |id: &str| percent::decode(id).unwrap_or_else(|| id.to_owned());
    let is_meant =
        |id: &str| reference.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    let found = schema
        .properties()
        .iter()
        .find(|property| is_meant(&property.id) || is_meant(&decoded(&property.id)));
    found.map(|property| property.name.as_str())
}

fn column(schema: &Schema, property: &Property) -> Value {
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
        Kind::Formula => {
            parts.push(("expression", setting("expression").map(|formula| expression(schema, formula))));
        }
        Kind::UniqueId => parts.push(("prefix", setting("prefix").cloned())),
        _ => {}
    }
    parts.push(("description", property.description.clone().map(Value::String)));
    let mut column = Map::from_iter([("type".to_owned(), json!(property.kind.name()))]);
    column.extend(parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    if column.len() == 1 { json!(property.kind.name()) } else { Value::Object(column) }
}
