//! From Notion's property values to plain ones.

use serde_json::{Map, Value, json};

use super::Kind;
use crate::notion::rich_text::plain_text;

/// The plain value of one of Notion's property values (`{"type": "status", "status": {...}}`); none when it is empty.
///
/// Text is a text, an option its name, several options an array of names, a range `start/end`, a relation an array of
/// ids, a person `{"id", "name"}`, a file `{"name", "url"}`; formulas and rollups are what they compute. Text, numbers,
/// options, dates, checkboxes, addresses, people and relations can be given back to [`normalise`](super::normalise).
#[must_use]
pub fn plain(property: &Value) -> Option<Value> {
    let kind = property.get("type").and_then(Value::as_str)?;
    let inner = property.get(kind)?;
    let value = match Kind::from_name(kind) {
        Kind::Title | Kind::RichText => Value::String(plain_text(inner)),
        Kind::Select | Kind::Status => inner.get("name")?.clone(),
        Kind::MultiSelect => each(inner, |option| option.get("name").cloned()),
        Kind::Date => date(inner)?,
        Kind::People => each(inner, user),
        Kind::CreatedBy | Kind::LastEditedBy => user(inner)?,
        Kind::Relation => each(inner, |page| page.get("id").cloned()),
        Kind::Files => each(inner, file),
        Kind::Formula => computed(inner)?,
        Kind::Rollup => match inner.get("array") {
            Some(values) => each(values, plain),
            None => computed(inner)?,
        },
        Kind::UniqueId => unique_id(inner)?,
        Kind::Button => return None,
        Kind::Number
        | Kind::Checkbox
        | Kind::Url
        | Kind::Email
        | Kind::PhoneNumber
        | Kind::CreatedTime
        | Kind::LastEditedTime => inner.clone(),
        Kind::Other(_) => match inner {
            Value::Object(object) => Value::Object(without_empty(object)),
            other => other.clone(),
        },
    };
    (!is_empty(&value)).then_some(value)
}

/// True for null, the empty text, the empty array and the empty object; false and zero are values.
#[must_use]
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn without_empty(object: &Map<String, Value>) -> Map<String, Value> {
    object
        .iter()
        .filter(|(_, value)| !is_empty(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn each(elements: &Value, plain: impl Fn(&Value) -> Option<Value>) -> Value {
    elements.as_array().into_iter().flatten().filter_map(plain).collect()
}

fn date(date: &Value) -> Option<Value> {
    let start = date.get("start").and_then(Value::as_str)?;
    let end = date.get("end").and_then(Value::as_str);
    if date.get("time_zone").is_some_and(|zone| !zone.is_null()) {
        return Some(Value::Object(without_empty(date.as_object()?)));
    }
    Some(Value::String(end.map_or_else(|| start.to_owned(), |end| format!("{start}/{end}"))))
}

/// A user whom the integration may not see has no name.
fn user(user: &Value) -> Option<Value> {
    let id = user.get("id")?;
    Some(match user.get("name").filter(|name| !is_empty(name)) {
        Some(name) => json!({ "id": id, "name": name }),
        None => json!({ "id": id }),
    })
}

fn file(file: &Value) -> Option<Value> {
    let name = file.get("name");
    let url = file.pointer("/external/url").or_else(|| file.pointer("/file/url"))?;
    Some(match name.filter(|name| !is_empty(name)) {
        Some(name) => json!({ "name": name, "url": url }),
        None => json!({ "url": url }),
    })
}

/// What a formula or a rollup came to: `{"type": "number", "number": 3}`.
fn computed(value: &Value) -> Option<Value> {
    match value.get("type").and_then(Value::as_str)? {
        "date" => date(value.get("date")?),
        // The others are states of a computation that Notion has not finished or cannot do.
        kind @ ("string" | "number" | "boolean") => value.get(kind).cloned(),
        _ => None,
    }
}

fn unique_id(value: &Value) -> Option<Value> {
    let number = value.get("number").filter(|number| !number.is_null())?;
    Some(match value.get("prefix").and_then(Value::as_str).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => Value::String(format!("{prefix}-{number}")),
        None => number.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_plain_value() {
        for (kind, inner, expected) in [
            ("title", json!([{ "plain_text": "A" }, { "plain_text": "b" }]), json!("Ab")),
            ("number", json!(0), json!(0)),
            ("select", json!({ "id": "x", "name": "High", "color": "red" }), json!("High")),
            ("multi_select", json!([{ "name": "a" }, { "name": "b" }]), json!(["a", "b"])),
            (
                "date",
                json!({ "start": "2026-01-10", "end": "2026-01-12", "time_zone": null }),
                json!("2026-01-10/2026-01-12"),
            ),
            ("checkbox", json!(false), json!(false)),
            (
                "people",
                json!([{ "object": "user", "id": "u", "name": "Ada" }, { "id": "v" }]),
                json!([{ "id": "u", "name": "Ada" }, { "id": "v" }]),
            ),
            ("relation", json!([{ "id": "p" }]), json!(["p"])),
            (
                "files",
                json!([{ "name": "Plan", "type": "file", "file": { "url": "https://f" } }]),
                json!([{ "name": "Plan", "url": "https://f" }]),
            ),
            ("formula", json!({ "type": "number", "number": 3 }), json!(3)),
            (
                "rollup",
                json!({ "type": "array", "array": [{ "type": "number", "number": 1 }], "function": "show_original" }),
                json!([1]),
            ),
            ("unique_id", json!({ "prefix": "TASK", "number": 12 }), json!("TASK-12")),
            ("unique_id", json!({ "prefix": null, "number": 12 }), json!(12)),
            (
                "verification",
                json!({ "state": "unverified", "date": null }),
                json!({ "state": "unverified" }),
            ),
        ] {
            assert_eq!(plain(&json!({ "id": "p", "type": kind, kind: inner })), Some(expected), "{kind}");
        }
    }

    #[test]
    fn nothing_empty_is_kept() {
        for (kind, inner) in [
            ("rich_text", json!([])),
            ("number", json!(null)),
            ("select", json!(null)),
            ("multi_select", json!([])),
            ("date", json!(null)),
            ("url", json!(null)),
            ("button", json!({})),
            ("formula", json!({ "type": "string", "string": null })),
            ("rollup", json!({ "type": "incomplete", "incomplete": {} })),
            ("unique_id", json!({ "prefix": "TASK", "number": null })),
        ] {
            assert_eq!(plain(&json!({ "type": kind, kind: inner })), None, "{kind}");
        }
    }
}
