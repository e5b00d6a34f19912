//! From Notion's property values to plain ones.

use serde_json::{Map, Value, json};

use super::{Kind, files, text};

/// How deep an object is looked into for people and dates.
const DEEPEST: usize = 6;

/// The plain value of one of Notion's property values (`{"type": "status", "status": {...}}`); none when it is empty.
///
/// A title is its text, rich text is inline markdown, an option its name, several options an array of names, a range
/// `start/end`, a relation an array of ids, a person the name (the id where the connection sees no name), a file its link
/// or `{"name", "url"}`; formulas and rollups are what they compute. Whatever can be written can be given back to
/// [`normalise`](super::normalise).
#[must_use]
pub fn plain(property: &Value) -> Option<Value> {
    let kind = property.get("type").and_then(Value::as_str)?;
    let inner = property.get(kind)?;
    let value = match Kind::from_name(kind) {
        kind @ (Kind::Title | Kind::RichText) => Value::String(text::plain(&kind, inner)),
        Kind::Select | Kind::Status => inner.get("name")?.clone(),
        Kind::MultiSelect => each(inner, |option| option.get("name").cloned()),
        Kind::Date => date(inner)?,
        Kind::People => each(inner, user),
        Kind::CreatedBy | Kind::LastEditedBy => user(inner)?,
        Kind::Relation => each(inner, |page| page.get("id").cloned()),
        Kind::Files => each(inner, files::plain),
        Kind::Formula => computed(inner)?,
        Kind::Rollup => match inner.get("array") {
            Some(values) => collected(values),
            None => computed(inner)?,
        },
        Kind::UniqueId => unique_id(inner)?,
        Kind::Button => return None,
        Kind::CreatedTime | Kind::LastEditedTime => Value::String(moment(inner.as_str()?)),
        Kind::Number | Kind::Checkbox | Kind::Url | Kind::Email | Kind::PhoneNumber => inner.clone(),
        Kind::Other(_) => match inner {
            Value::Object(object) => Value::Object(within(object, DEEPEST)),
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

/// The members of an object that are not empty, with people by name and dates as everywhere else.
fn within(object: &Map<String, Value>, left: usize) -> Map<String, Value> {
    let members = object.iter().map(|(key, value)| (key.clone(), member(value, left)));
    members.filter(|(_, value)| !is_empty(value)).collect()
}

fn member(value: &Value, left: usize) -> Value {
    let Some(left) = left.checked_sub(1) else { return value.clone() };
    match value {
        Value::Array(elements) => elements.iter().map(|element| member(element, left)).collect(),
        Value::Object(object) if object.get("object").and_then(Value::as_str) == Some("user") => {
            user(value).unwrap_or_default()
        }
        Value::Object(object) if is_date(object) => date(value).unwrap_or_default(),
        Value::Object(object) => Value::Object(within(object, left)),
        other => other.clone(),
    }
}

fn is_date(object: &Map<String, Value>) -> bool {
    object.get("start").is_some_and(Value::is_string)
        && object.keys().all(|key| matches!(key.as_str(), "start" | "end" | "time_zone"))
}

fn each(elements: &Value, plain: impl Fn(&Value) -> Option<Value>) -> Value {
    elements.as_array().into_iter().flatten().filter_map(plain).collect()
}

/// What a rollup collected, in one array.
fn collected(values: &Value) -> Value {
    let mut all = Vec::new();
    for value in values.as_array().into_iter().flatten().filter_map(plain) {
        match value {
            Value::Array(inner) => all.extend(inner),
            single => all.push(single),
        }
    }
    Value::Array(all)
}

fn date(date: &Value) -> Option<Value> {
    let text = |key: &str| date.get(key).and_then(Value::as_str);
    let start = text("start")?;
    if let Some(time_zone) = text("time_zone") {
        // Beside a time zone Notion takes no offset, which that zone has anyway.
        let mut object = Map::from_iter([("start".to_owned(), json!(without_offset(start)))]);
        object.extend(text("end").map(|end| ("end".to_owned(), json!(without_offset(end)))));
        object.insert("time_zone".to_owned(), json!(time_zone));
        return Some(Value::Object(object));
    }
    let start = moment(start);
    Some(Value::String(text("end").map_or_else(|| start.clone(), |end| format!("{start}/{}", moment(end)))))
}

/// Without the milliseconds that are always zero, and UTC as `Z`.
fn moment(text: &str) -> String {
    let text = text.replacen(".000", "", 1);
    match text.strip_suffix("+00:00") {
        Some(utc) => format!("{utc}Z"),
        None => text,
    }
}

/// A time as its clock shows it, for beside a named time zone.
pub(super) fn without_offset(text: &str) -> String {
    let text = moment(text);
    let time = text.find('T').unwrap_or(text.len());
    let end =
        text.get(time..).and_then(|clock| clock.find(['Z', '+', '-'])).map_or(text.len(), |at| time + at);
    text.get(..end).unwrap_or(&text).to_owned()
}

/// A user whom the integration may not see has no name.
fn user(user: &Value) -> Option<Value> {
    let text = |key: &str| user.get(key).filter(|value| value.is_string() && !is_empty(value));
    text("name").or_else(|| text("id")).cloned()
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
                json!(["Ada", "v"]),
            ),
            ("relation", json!([{ "id": "p" }]), json!(["p"])),
            (
                "files",
                json!([{ "name": "Plan", "type": "file", "file": { "url": "https://f" } }]),
                json!([{ "name": "Plan", "url": "https://f" }]),
            ),
            (
                "files",
                json!([{ "name": "a.pdf", "type": "external", "external": { "url": "https://f/a.pdf?x" } }]),
                json!(["https://f/a.pdf?x"]),
            ),
            ("created_time", json!("2026-01-10T09:30:00.000Z"), json!("2026-01-10T09:30:00Z")),
            (
                "date",
                json!({ "start": "2026-01-10T09:30:00.000+01:00", "end": null, "time_zone": "Europe/Vienna" }),
                json!({ "start": "2026-01-10T09:30:00", "time_zone": "Europe/Vienna" }),
            ),
            (
                "rollup",
                json!({ "type": "array", "array": [
                    { "type": "title", "title": [{ "plain_text": "A" }] }, { "type": "date", "date": null },
                    { "type": "people", "people": [{ "id": "u", "name": "Ada" }, { "id": "v", "name": null }] },
                ] }),
                json!(["A", "Ada", "v"]),
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
                json!({ "state": "verified", "date": { "start": "2026-01-10T00:00:00.000+00:00", "end": null, "time_zone": null },
                    "verified_by": { "object": "user", "id": "u", "name": "Ada", "type": "bot", "bot": { "owner": null } } }),
                json!({ "state": "verified", "date": "2026-01-10T00:00:00Z", "verified_by": "Ada" }),
            ),
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
            ("files", json!([{ "name": "Plan", "type": "file", "file": null }])),
            ("rollup", json!({ "type": "date", "date": null })),
            ("rollup", json!({ "type": "array", "array": null })),
            ("people", json!([{ "object": "user", "id": null }, null])),
            ("created_by", json!(null)),
            ("place", json!(null)),
        ] {
            assert_eq!(plain(&json!({ "type": kind, kind: inner })), None, "{kind}");
        }
    }
}
