//! How a view shows its rows: checked against the schema, and filled into the form that answers carry.

use serde_json::{Map, Value, json};

use crate::errors::{Refusal, invalid};
use crate::identifiers::Minter;
use crate::json::{Peek, put};
use crate::model::collection::{DataSource, Property};

/// Members that name a property by its id, and the member that answers add with its name.
const NAMED: [(&str, Option<&str>); 7] = [
    ("property_id", Some("property_name")),
    ("date_property_id", Some("date_property_name")),
    ("end_date_property_id", Some("end_date_property_name")),
    ("map_by", Some("map_by_property_name")),
    ("x_axis_property_id", None),
    ("y_axis_property_id", None),
    ("toggle_column_id", None),
];

/// A configuration of a request, for a view of a type.
pub(crate) fn of_request(
    data_source: &DataSource,
    kind: &str,
    given: &Value,
    minter: &mut Minter,
) -> Result<Value, Refusal> {
    if let Some(named) = given.text("type")
        && named != kind
    {
        return Err(invalid(format!("The configuration is for a {named} view, the view is a {kind}.")));
    }
    let mut filled = fill(data_source, given)?;
    let lines = filled.get_mut("reference_lines").and_then(Value::as_array_mut);
    for line in lines.into_iter().flatten().filter(|line| !line.has("id")) {
        put(line, "id", json!(minter.uuid()));
    }
    Ok(filled)
}

/// What a view has that was made without a configuration.
pub(crate) fn default(data_source: &DataSource, kind: &str) -> Value {
    let first = |kinds: &[&str]| {
        data_source.properties.iter().find(|property| kinds.contains(&property.kind.as_str()))
    };
    let manual = json!({"type": "manual"});
    match kind {
        "dashboard" => json!({"type": "dashboard", "rows": []}),
        "chart" => json!({"type": "chart", "chart_type": "column"}),
        "board" => match first(&["status", "select"]) {
            Some(property) if property.kind == "status" => json!({"type": "board", "group_by": {
                "type": "status", "property_id": property.id, "group_by": "option", "sort": manual,
            }}),
            Some(property) => json!({"type": "board", "group_by": {
                "type": "select", "property_id": property.id, "sort": manual,
            }}),
            None => Value::Null,
        },
        "calendar" | "timeline" => first(&["date", "created_time", "last_edited_time"])
            .map_or(Value::Null, |property| json!({"type": kind, "date_property_id": property.id})),
        _ => json!({"type": kind}),
    }
}

fn property<'a>(data_source: &'a DataSource, id: &str) -> Result<&'a Property, Refusal> {
    data_source
        .properties
        .iter()
        .find(|property| property.id == id)
        .ok_or_else(|| invalid(format!("Could not find property with id: {id}")))
}

/// The same without what `null` takes back, and with the names of properties.
fn fill(data_source: &DataSource, given: &Value) -> Result<Value, Refusal> {
    let map = match given {
        Value::Object(map) => map,
        Value::Array(items) => return items.iter().map(|item| fill(data_source, item)).collect(),
        other => return Ok(other.clone()),
    };
    let mut filled = Map::new();
    for (key, member) in map.iter().filter(|(_, member)| !member.is_null()) {
        filled.insert(key.clone(), fill(data_source, member)?);
    }
    for (key, name) in NAMED {
        let Some(id) = map.text(key) else { continue };
        let property = property(data_source, id)?;
        if let Some(name) = name {
            filled.insert(name.to_owned(), json!(property.name));
        }
    }
    if let (Some(kind), Some(id), true) =
        (map.text("type"), map.text("property_id"), map.has("sort") || map.has("group_by"))
    {
        check_group(property(data_source, id)?, kind)?;
    }
    Ok(Value::Object(filled))
}

fn check_group(property: &Property, kind: &str) -> Result<(), Refusal> {
    let wanted = match kind {
        "person" => "people",
        "text" => "rich_text",
        other => other,
    };
    if property.kind == wanted {
        return Ok(());
    }
    Err(invalid(format!("{} is a {} property and can't be grouped as {kind}.", property.name, property.kind)))
}
