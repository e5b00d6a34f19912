//! The configuration of a view, from what callers write to what Notion takes.
//!
//! Notion requires the ids of properties. Callers may give names, under the same keys or without the `_id` at the end, which
//! is how [`crate::view::compact`] writes them.

use serde_json::Map;
use toolbay_sdk::notion::Schema;
use toolbay_sdk::notion::properties::Kind as PropertyKind;
use toolbay_sdk::prelude::*;

use crate::grouping;
use crate::kind::Kind;

/// How deep a configuration is looked into; Notion's own are not deeper.
const DEEPEST: usize = 6;

/// The configuration of a new view; none where Notion shall choose.
pub(crate) fn of_new(
    schema: &Schema,
    kind: Kind,
    given: &Map<String, Value>,
) -> Result<Option<Value>, Problem> {
    if !given.is_empty() {
        return normalise(schema, kind, given, None).map(Some);
    }
    // These three need a property; where there is none that fits, Notion finds a way.
    let needs_property = matches!(kind, Kind::Board | Kind::Calendar | Kind::Timeline);
    Ok(needs_property.then(|| normalise(schema, kind, given, None).ok()).flatten())
}

/// The configuration that `given` makes of the `current` one: what is not given stays, null resets.
pub(crate) fn normalise(
    schema: &Schema,
    kind: Kind,
    given: &Map<String, Value>,
    current: Option<&Value>,
) -> Result<Value, Problem> {
    if kind == Kind::Dashboard {
        return Err(Problem::invalid_input("A dashboard has no configuration of its own.")
            .hint("Put views into it: `create_view` with its id as `dashboard_id`."));
    }
    let mut members = match current.map(|current| sendable(current, DEEPEST)) {
        Some(Value::Object(current)) => current,
        _ => Map::new(),
    };
    members.insert("type".to_owned(), kind.name().into());
    let given = without_answered(given, DEEPEST);
    for (key, value) in &given {
        if key == "type" {
            if value != kind.name() {
                return Err(Problem::invalid_input(format!(
                    "The configuration is for another type of view than {}.",
                    kind.name()
                ))
                .hint("Leave its `type` out; the type of a view is chosen when it is created."));
            }
            continue;
        }
        let (key, value) = member(schema, key, value)?;
        members.insert(key, value);
    }
    complete(schema, kind, &mut members)?;
    Ok(Value::Object(members))
}

fn member(schema: &Schema, key: &str, value: &Value) -> Result<(String, Value), Problem> {
    Ok(match key {
        "properties" | "table_properties" => (key.to_owned(), columns(schema, key, value)?),
        "group_by" | "sub_group_by" | "x_axis" | "stack_by" => {
            (key.to_owned(), grouping::normalise(schema, value)?)
        }
        "date" | "end_date" => (format!("{key}_property_id"), property_id(schema, key, value)?),
        "cover" => match value.as_str() {
            Some(name @ ("page_cover" | "page_content")) => (key.to_owned(), json!({ "type": name })),
            Some(name) => {
                let id = schema.find(name)?.id.as_str();
                (key.to_owned(), json!({ "type": "property", "property_id": id }))
            }
            None => resolved(schema, key, value, DEEPEST)?,
        },
        _ => resolved(schema, key, value, DEEPEST)?,
    })
}

/// The member with the ids of properties in place of their names, however deep.
fn resolved(schema: &Schema, key: &str, value: &Value, left: usize) -> Result<(String, Value), Problem> {
    let Some(left) = left.checked_sub(1) else {
        return Err(Problem::invalid_input("The configuration is nested too deep.")
            .hint("Give Notion's configuration of the view's type; none is deeper than a few levels."));
    };
    if key == "property" || key.ends_with("_property") {
        return Ok((format!("{key}_id"), property_id(schema, key, value)?));
    }
    if key == "property_id" || key.ends_with("_property_id") || key == "map_by" {
        return Ok((key.to_owned(), property_id(schema, key, value)?));
    }
    let value = match value {
        Value::Object(members) => {
            // A name beside its id is Notion's answer, which takes the id alone.
            let members = members.iter().filter(|(key, _)| !is_beside_id(key, members));
            let members = members.map(|(key, value)| resolved(schema, key, value, left));
            Value::Object(members.collect::<Result<Map<_, _>, _>>()?)
        }
        Value::Array(elements) => {
            let elements = elements.iter().map(|element| Ok(resolved(schema, "", element, left)?.1));
            Value::Array(elements.collect::<Result<_, Problem>>()?)
        }
        plain => plain.clone(),
    };
    Ok((key.to_owned(), value))
}

fn is_beside_id(key: &str, members: &Map<String, Value>) -> bool {
    let stem = key.strip_suffix("property_name");
    stem.is_some_and(|stem| members.contains_key(&format!("{stem}property_id")))
        || (key == "map_by_property_name" && members.contains_key("map_by"))
}

fn property_id(schema: &Schema, key: &str, value: &Value) -> Result<Value, Problem> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(name) => Ok(schema.find(name)?.id.as_str().into()),
        _ => Err(Problem::invalid_input(format!("`{key}` of the configuration is no property's name."))
            .hint("Give the name of a property.")),
    }
}

/// Columns by name: those are seen, in this order, and all others hidden. Or Notion's objects, which are sent as they are.
fn columns(schema: &Schema, key: &str, value: &Value) -> Result<Value, Problem> {
    let given = match value {
        Value::Null => return Ok(Value::Null),
        Value::Array(given) => given,
        _ => {
            return Err(Problem::invalid_input(format!("`{key}` of the configuration is no list."))
                .hint("Give the names of the properties to show, in order."));
        }
    };
    let mut columns = Vec::new();
    let mut shown: Vec<&str> = Vec::new();
    for column in given {
        match column {
            Value::String(name) => {
                let property = schema.find(name)?;
                if !shown.contains(&property.id.as_str()) {
                    shown.push(&property.id);
                    columns.push(json!({ "property_id": property.id, "visible": true }));
                }
            }
            other => columns.push(resolved(schema, "", other, DEEPEST)?.1),
        }
    }
    if given.iter().all(Value::is_string) {
        // The title can't be hidden.
        let hidden = schema.properties().iter().filter(|property| {
            property.kind != PropertyKind::Title && !shown.contains(&property.id.as_str())
        });
        columns.extend(hidden.map(|property| json!({ "property_id": property.id, "visible": false })));
    }
    Ok(Value::Array(columns))
}

/// Adds what Notion requires and nobody said.
fn complete(schema: &Schema, kind: Kind, members: &mut Map<String, Value>) -> Result<(), Problem> {
    let is_missing = |key: &str| members.get(key).is_none_or(Value::is_null);
    match kind {
        Kind::Board if is_missing("group_by") => {
            let usual = grouping::usual(schema).ok_or_else(|| {
                Problem::invalid_input("Nothing says what the board groups by.")
                    .hint("Name a property in `configuration`: {\"group_by\": \"...\"}; a status or select fits best.")
            })?;
            members.insert("group_by".to_owned(), usual);
        }
        Kind::Calendar | Kind::Timeline if is_missing("date_property_id") => {
            let dates = [PropertyKind::Date, PropertyKind::CreatedTime, PropertyKind::LastEditedTime];
            let mut dates = dates
                .iter()
                .filter_map(|kind| schema.properties().iter().find(|property| property.kind == *kind));
            let date = dates.next().ok_or_else(|| {
                Problem::invalid_input("The database has no date to place its rows by.")
                    .hint("Add a date property with `update_database`, or choose another type of view.")
            })?;
            members.insert("date_property_id".to_owned(), date.id.as_str().into());
        }
        Kind::Chart if is_missing("chart_type") => {
            return Err(Problem::invalid_input("Nothing says what kind of chart it is.")
                .hint("Give `chart_type` in `configuration`: column, bar, line, donut or number."));
        }
        _ => {}
    }
    Ok(())
}

/// The configuration that Notion answered as it takes it: without the names that it adds, and what is not set.
fn sendable(answered: &Value, left: usize) -> Value {
    let Some(left) = left.checked_sub(1) else { return answered.clone() };
    match answered {
        Value::Object(members) => members
            .iter()
            .filter(|(key, value)| !value.is_null() && !is_only_answered(key, value))
            .map(|(key, value)| (key.clone(), sendable(value, left)))
            .collect(),
        Value::Array(elements) => elements.iter().map(|element| sendable(element, left)).collect(),
        plain => plain.clone(),
    }
}

/// What a caller gives, as a view may have been answered: without the names that Notion puts beside ids. Nulls stay, since
/// they reset.
fn without_answered(given: &Map<String, Value>, left: usize) -> Map<String, Value> {
    let is_beside_id = |key: &str| {
        let stem = key.strip_suffix("property_name");
        stem.is_some_and(|stem| given.contains_key(&format!("{stem}property_id")))
            || (key == "map_by_property_name" && given.contains_key("map_by"))
    };
    let is_answered = |key: &str, value: &Value| match key {
        "cover" => is_only_answered(key, value),
        _ => is_beside_id(key),
    };
    let plain = |value: &Value| match (value, left.checked_sub(1)) {
        (Value::Object(members), Some(left)) => Value::Object(without_answered(members, left)),
        (other, _) => other.clone(),
    };
    let kept = given.iter().filter(|(key, value)| !is_answered(key, value));
    kept.map(|(key, value)| (key.clone(), plain(value))).collect()
}

/// Names beside ids, and a type of cover that Notion answers and doesn't take.
fn is_only_answered(key: &str, value: &Value) -> bool {
    match key {
        "cover" => value.get("type").is_some_and(|kind| kind == "page_content_first"),
        _ => key == "property_name" || key.ends_with("_property_name"),
    }
}
