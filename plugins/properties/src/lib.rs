//! The normaliser of property values as a tool.

use serde_json::Map;
use toolbay_sdk::notion::properties::plain::plain;
use toolbay_sdk::notion::properties::{Kind, for_new_row};
use toolbay_sdk::notion::{DataSource, NewOptions};
use toolbay_sdk::prelude::*;

// What is left out when it is empty has no default in the schema, where it would only cost tokens.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Id or URL of the database whose properties they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database_id: Option<String>,
    /// Values by property name: plain ones, or Notion's with `plain`.
    properties: Map<String, Value>,
    /// Turn Notion's objects into plain values instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    plain: bool,
    /// Let unknown select options pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    new_options: bool,
}

/// Turns plain values into Notion's property objects, checked against a database, for `notion_request`; or back.
#[tool(reads, idempotent, route = "POST /v1/properties")]
fn properties(call: &Call, input: Input) -> Result<Value, Problem> {
    if input.plain {
        if input.database_id.is_some() || input.new_options {
            return Err(Problem::invalid_input(
                "`plain` reads Notion's objects as they are, without a database and its options.",
            )
            .hint(
                "Leave `database_id` and `new_options` out; or leave `plain` out to make Notion's objects.",
            ));
        }
        return Ok(json!({ "properties": plain_values(&input.properties)? }));
    }
    let database_id = input.database_id.ok_or_else(|| {
        Problem::invalid_input("`database_id` is missing.")
            .hint("What Notion takes depends on the database: give its id or URL.")
    })?;
    let new_options = if input.new_options { NewOptions::Add } else { NewOptions::Refuse };
    let mut source = DataSource::find(call, &database_id)?;
    let left = for_new_row(&source.schema, &input.properties);
    let values = source.values(call, &left.values, new_options)?;
    Ok(match left.notes.as_slice() {
        [] => json!({ "properties": values, "data_source_id": source.id }),
        notes => json!({ "properties": values, "data_source_id": source.id, "notes": notes }),
    })
}

/// Null stands for what is empty, so that each property that was given is answered.
fn plain_values(given: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    given
        .iter()
        .map(|(name, value)| {
            let value = match typed(value) {
                Some(property) => plain(&property).unwrap_or(Value::Null),
                None => {
                    return Err(Problem::invalid_input(format!("`{name}` is no property object of Notion."))
                        .hint("Give {\"number\": 3} or {\"type\": \"number\", \"number\": 3}; or leave out `plain`."));
                }
            };
            Ok((name.clone(), value))
        })
        .collect()
}

/// Notion's requests may leave the type out, its answers have it.
fn typed(value: &Value) -> Option<Value> {
    let members = value.as_object()?;
    if let Some(kind) = members.get("type").and_then(Value::as_str) {
        return members.contains_key(kind).then(|| value.clone());
    }
    let kind = members.keys().find(|key| !matches!(Kind::from_name(key), Kind::Other(_)))?.clone();
    let mut members = members.clone();
    members.insert("type".to_owned(), Value::String(kind));
    Some(Value::Object(members))
}

plugin!(properties);

#[cfg(test)]
mod tests;
