//! What a board, a table or a chart groups its rows by.

use serde_json::Map;
use toolbay_sdk::notion::properties::Kind;
use toolbay_sdk::notion::{Property, Schema};
use toolbay_sdk::prelude::*;

/// A grouping from a property's name, or from an object that names it as `property` (or `property_id`) beside whatever
/// else it sets; the rest is as the app has it for that type of property.
pub(crate) fn normalise(schema: &Schema, given: &Value) -> Result<Value, Problem> {
    match given {
        Value::Null => Ok(Value::Null),
        Value::String(name) => of_property(schema, schema.find(name)?).map(Value::Object),
        Value::Object(members) => {
            let name = ["property", "property_id", "property_name"]
                .into_iter()
                .find_map(|key| members.get(key)?.as_str());
            let name = name.ok_or_else(|| unnamed(schema))?;
            let property = schema.find(name)?;
            let mut grouping = match of_property(schema, property) {
                // What a formula computes is not in the schema, but a caller may know.
                Err(_) if property.kind == Kind::Formula && members.contains_key("group_by") => {
                    base("formula", property)
                }
                other => other?,
            };
            for (key, value) in members
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "property" | "property_id" | "property_name"))
            {
                grouping.insert(key.clone(), value.clone());
            }
            Ok(Value::Object(grouping))
        }
        _ => Err(unnamed(schema)),
    }
}

/// The property that a board groups by when nobody says which: the first status, else the first of what people sort into.
pub(crate) fn usual(schema: &Schema) -> Option<Value> {
    let kinds = [Kind::Status, Kind::Select, Kind::MultiSelect, Kind::People, Kind::Checkbox];
    let mut properties =
        kinds.iter().filter_map(|kind| schema.properties().iter().find(|property| property.kind == *kind));
    of_property(schema, properties.next()?).ok().map(Value::Object)
}

fn of_property(schema: &Schema, property: &Property) -> Result<Map<String, Value>, Problem> {
    let (name, how, order) = match &property.kind {
        Kind::Status => ("status", Some("option"), "manual"),
        kind @ (Kind::Select | Kind::MultiSelect | Kind::Relation | Kind::Checkbox) => {
            (kind.name(), None, "manual")
        }
        Kind::People => ("person", None, "manual"),
        kind @ (Kind::CreatedBy | Kind::LastEditedBy) => (kind.name(), None, "manual"),
        kind @ (Kind::Date | Kind::CreatedTime | Kind::LastEditedTime) => {
            (kind.name(), Some("relative"), "ascending")
        }
        Kind::RichText => ("text", Some("exact"), "ascending"),
        kind @ (Kind::Title | Kind::Url | Kind::Email | Kind::PhoneNumber) => {
            (kind.name(), Some("exact"), "ascending")
        }
        Kind::Number => ("number", None, "ascending"),
        Kind::Formula => {
            return Err(Problem::invalid_input(format!(
                "What the formula `{}` computes is not known here.",
                property.name
            ))
            .hint(
                "Say it: {\"property\": \"...\", \"group_by\": {\"type\": \"text\", \"group_by\": \"exact\", \"sort\": \
                 {\"type\": \"ascending\"}}}; the type is text, number, date or checkbox.",
            ));
        }
        _ => {
            return Err(Problem::invalid_input(format!(
                "Notion cannot group by `{}` ({}).",
                property.name, property.kind
            ))
            .hint(groupable(schema)));
        }
    };
    let mut grouping = base(name, property);
    if let Some(how) = how {
        grouping.insert("group_by".to_owned(), how.into());
    }
    grouping.insert("sort".to_owned(), json!({ "type": order }));
    Ok(grouping)
}

fn base(kind: &str, property: &Property) -> Map<String, Value> {
    Map::from_iter([
        ("type".to_owned(), kind.into()),
        ("property_id".to_owned(), property.id.as_str().into()),
    ])
}

fn unnamed(schema: &Schema) -> Problem {
    Problem::invalid_input("A grouping names no property.").hint(groupable(schema))
}

fn groupable(schema: &Schema) -> String {
    const MOST: usize = 10;
    let names: Vec<String> = schema
        .properties()
        .iter()
        .filter(|property| property.kind == Kind::Formula || is_groupable(&property.kind))
        .take(MOST)
        .map(|property| format!("`{}`", property.name))
        .collect();
    format!("Give the name of a property, such as: {}.", names.join(", "))
}

fn is_groupable(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::Files | Kind::Rollup | Kind::UniqueId | Kind::Button | Kind::Formula | Kind::Other(_)
    )
}
