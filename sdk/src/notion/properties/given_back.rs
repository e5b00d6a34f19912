//! What a tool answered, given back: values that a page shows already.

use serde_json::{Map, Value, json};

use super::plain::{is_empty, plain};
use super::{Date, Kind, Schema, known};
use crate::notion::{NotionId, json_text};

/// The values that a caller gives without those that the page shows already, as any answer says them.
///
/// So read-only values pass where they are as they are; of those that differ nothing is decided here. A value that Notion
/// showed only a part of is never taken for the whole.
#[must_use]
pub fn without_unchanged(schema: &Schema, given: &Map<String, Value>, page: &Value) -> Map<String, Value> {
    let current = |name: &str| page.get("properties").and_then(|properties| properties.get(name));
    let is_unchanged = |name: &str, value: &Value| {
        let Ok(property) = schema.find(name) else { return false };
        let Some(current) = current(&property.name) else { return false };
        let is_read_only = property.kind.read_only_reason().is_some();
        match &property.kind {
            _ if is_read_only => shows(value, current),
            Kind::Other(_) => shows(value, current),
            _ => !known::is_cut(current) && !value.is_null() && plain(current).as_ref() == Some(value),
        }
    };
    given
        .iter()
        .filter(|(name, value)| !is_unchanged(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// True when a value, plain or Notion's own, says what a property of a page shows.
fn shows(given: &Value, current: &Value) -> bool {
    let shown = plain(current).unwrap_or_default();
    let said = |given: &Value| alike(&plainly(given, current), &shown);
    said(given) || given.as_str().and_then(json_text::read).is_some_and(|given| said(&given))
}

/// The plain form of what may be Notion's own object of the property's type.
fn plainly(given: &Value, current: &Value) -> Value {
    let kind = current.get("type").and_then(Value::as_str).unwrap_or_default();
    match given {
        Value::Object(object)
            if object.len() == 2 && object.contains_key("value") && object.contains_key("type") =>
        {
            object.get("value").cloned().unwrap_or_default()
        }
        Value::Object(object) => match object.get(kind) {
            Some(inner) => plain(&json!({ "type": kind, kind: inner })).unwrap_or_default(),
            None => plain(&json!({ "type": kind, kind: given }))
                .filter(|_| has_type(given))
                .unwrap_or_else(|| given.clone()),
        },
        other => other.clone(),
    }
}

/// What stands under the type's key of a computed value says its own type, and a user is one.
fn has_type(inner: &Value) -> bool {
    inner.get("type").is_some() || inner.get("object").is_some() || inner.get("state").is_some()
}

fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (one, other) if is_empty(one) && is_empty(other) => true,
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::String(one), Value::String(other)) => {
            one == other || is_same_id(one, other) || is_same_date(one, other)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| alike(value, other)))
        }
        // Tables say a file by its name alone.
        (Value::String(name), Value::Object(file)) | (Value::Object(file), Value::String(name)) => {
            file.get("name").and_then(Value::as_str) == Some(name)
        }
        (one, other) => one == other,
    }
}

fn is_same_id(one: &str, other: &str) -> bool {
    matches!((one.parse::<NotionId>(), other.parse::<NotionId>()), (Ok(one), Ok(other)) if one == other)
}

fn is_same_date(one: &str, other: &str) -> bool {
    matches!((one.parse::<Date>(), other.parse::<Date>()), (Ok(one), Ok(other)) if one.is_same(&other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Value {
        json!({ "properties": {
            "Name": { "id": "title", "type": "title", "title": [{ "plain_text": "Plan", "text": { "content": "Plan" } }] },
            "Score": { "id": "s", "type": "formula", "formula": { "type": "number", "number": 3 } },
            "Over": { "id": "o", "type": "rollup", "rollup": { "type": "array", "array": [
                { "type": "relation", "relation": [{ "id": "59833787-e2cf-4fdf-8782-e53db20768a5" }] } ] } },
            "No": { "id": "n", "type": "unique_id", "unique_id": { "prefix": "T", "number": 12 } },
            "Made": { "id": "m", "type": "created_time", "created_time": "2026-01-10T09:30:00.000Z" },
            "By": { "id": "b", "type": "created_by", "created_by": { "object": "user", "id": "u", "name": "Ada" } },
            "Press": { "id": "p", "type": "button", "button": {} },
            "Broken": { "id": "x", "type": "formula", "formula": { "type": "unsupported" } },
            "Checked": { "id": "v", "type": "verification", "verification": {
                "state": "verified", "verified_by": { "object": "user", "id": "u", "name": "Ada" }, "date": null } },
        } })
    }

    fn schema() -> Schema {
        Schema::of_data_source(&page()).expect("a schema")
    }

    fn left(given: &Value) -> Vec<String> {
        let given = given.as_object().expect("an object");
        without_unchanged(&schema(), given, &page()).keys().cloned().collect()
    }

    #[test]
    fn what_a_page_answered_passes_in_every_form() {
        let page = page();
        let full = page["properties"].clone();
        let shown: Map<String, Value> = full
            .as_object()
            .expect("properties")
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), plain(value)?)))
            .collect();
        assert_eq!(left(&json!(shown)), Vec::<String>::new());
        // The title is compared by its writer, everything else passes as Notion's own object too.
        assert_eq!(left(&full), ["Name"]);
        let text: Map<String, Value> = full
            .as_object()
            .expect("properties")
            .iter()
            .filter(|(name, _)| *name != "Name")
            .map(|(name, value)| (name.clone(), json!(value.to_string())))
            .collect();
        assert_eq!(left(&json!(text)), Vec::<String>::new());
        let undashed = json!({ "Over": ["59833787e2cf4fdf8782e53db20768a5"], "Press": null, "Broken": null, "Score": "3" });
        assert_eq!(left(&undashed), Vec::<String>::new());
    }

    #[test]
    fn what_differs_stays() {
        let given =
            json!({ "Score": 4, "No": "T-13", "Made": "2026-01-10T09:31:00Z", "By": "Grace", "Broken": 1 });
        assert_eq!(left(&given), ["Score", "No", "Made", "By", "Broken"]);
    }
}
