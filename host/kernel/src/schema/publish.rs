//! The flat form of a schema that clients accept.
//!
//! An object with `properties` at the top; no `$ref`, no composition, no unions of types; only keywords that every
//! client of the design's list understands. Flattening loses precision, never correctness: whatever the original
//! accepts as output the flat form accepts too, and input is validated against the original.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::graph::target;
use super::invalid::InvalidSchema;
use super::{MAX_FIELD_DESCRIPTION, shorten};

/// Largest published schema, in bytes of JSON. Without references it may be larger than the original, and every client
/// reads it whole.
const MAX_PUBLISHED: usize = 128 * 1024;

/// Values of schemas that flattening may copy. What is published of a rich tool took some thousand.
const MAX_COPIED: usize = 50_000;

/// Keywords that pass as they are.
const KEPT: [&str; 13] = [
    "type",
    "enum",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Formats that clients know; `schemars` writes others, such as `uint32`.
const FORMATS: [&str; 8] = ["date", "date-time", "time", "email", "uri", "uuid", "ipv4", "ipv6"];

/// How deep references are followed: a recursive type ends in an open object there.
const DEEPEST: usize = 12;

/// The published form of a tool's input schema: always an object with `properties`.
///
/// # Errors
///
/// When what its references and choices come to is too large to publish.
pub fn flatten_input(schema: &Value) -> Result<Map<String, Value>, InvalidSchema> {
    Flattening::new(schema, false).run()
}

/// The published form of a tool's output schema: always an object, a plain value wrapped as `result`.
///
/// # Errors
///
/// When what its references and choices come to is too large to publish.
pub fn flatten_output(schema: &Value) -> Result<Map<String, Value>, InvalidSchema> {
    let flat = Flattening::new(schema, true).run()?;
    if flat.get("type").and_then(Value::as_str) == Some("object") {
        return Ok(flat);
    }
    let wrapped = json!({"type": "object", "properties": {"result": flat}, "required": ["result"]});
    Ok(into_object(wrapped))
}

/// Whether an answer of this schema is an object, which needs no wrapping.
pub(super) fn is_of_object(schema: &Value) -> Result<bool, InvalidSchema> {
    let flat = Flattening::new(schema, false).run()?;
    Ok(flat.get("type").and_then(Value::as_str) == Some("object"))
}

struct Flattening<'a> {
    root: &'a Value,
    /// Whether members that may be `null` are not required: an answer leaves them out instead.
    nulls_are_left_out: bool,
    /// Values that may still be copied. References and choices multiply what a small schema comes to.
    left: Cell<Option<usize>>,
}

impl<'a> Flattening<'a> {
    fn new(root: &'a Value, nulls_are_left_out: bool) -> Self {
        Self { root, nulls_are_left_out, left: Cell::new(Some(MAX_COPIED)) }
    }

    fn run(&self) -> Result<Map<String, Value>, InvalidSchema> {
        let too_large = InvalidSchema::PublishedTooLarge { most_kib: MAX_PUBLISHED / 1024 };
        let flat = self.flatten(self.root, DEEPEST);
        if self.left.get().is_none() {
            return Err(too_large);
        }
        let flat = Value::Object(flat);
        if flat.to_string().len() > MAX_PUBLISHED {
            return Err(too_large);
        }
        Ok(into_object(flat))
    }

    /// Takes what copying this much costs, or tells that there is none left: then nothing more is done.
    fn may_copy<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> bool {
        let mut left = self.left.get().and_then(|left| left.checked_sub(1));
        for value in values {
            left = left.and_then(|left| left.checked_sub(count(value, left)));
        }
        self.left.set(left);
        left.is_some()
    }
}

/// How many values there are in one; counting ends when there are more than `max`.
fn count(value: &Value, max: usize) -> usize {
    let mut counted = 1_usize;
    let mut add = |inner: &Value| {
        counted = counted.saturating_add(count(inner, max.saturating_sub(counted)));
        counted <= max
    };
    match value {
        Value::Array(items) => drop(items.iter().all(&mut add)),
        Value::Object(members) => drop(members.values().all(&mut add)),
        _ => {}
    }
    counted
}

impl Flattening<'_> {
    fn flatten(&self, schema: &Value, left: usize) -> Map<String, Value> {
        let Some(left) = left.checked_sub(1) else { return Map::new() };
        let Value::Object(members) = schema else { return Map::new() };
        if !self.may_copy(members.values()) {
            return Map::new();
        }
        let mut members = self.resolve(members, left);
        self.merge_all(&mut members, left);
        self.collapse_choice(&mut members, left);

        let mut flat = Map::new();
        if let Some(description) = members.get("description").and_then(Value::as_str) {
            flat.insert("description".into(), shorten(description, MAX_FIELD_DESCRIPTION).into());
        }
        if let Some(constant) = members.remove("const") {
            members.entry("enum").or_insert(json!([constant]));
        }
        if let Some(single) = single_type(members.get("type")) {
            members.insert("type".into(), single);
        } else {
            members.remove("type");
            infer_type(&mut members);
        }
        for keyword in KEPT {
            if let Some(value) = members.get(keyword) {
                flat.insert(keyword.into(), value.clone());
            }
        }
        drop_null_choices(&mut flat);
        if let Some(format) =
            members.get("format").filter(|format| FORMATS.iter().any(|known| format == known))
        {
            flat.insert("format".into(), format.clone());
        }
        match flat.get("type").and_then(Value::as_str) {
            Some("object") => self.flatten_members(&members, &mut flat, left),
            Some("array") => {
                let items = members.get("items").map_or_else(Map::new, |items| self.flatten(items, left));
                flat.insert("items".into(), Value::Object(items));
            }
            _ => {}
        }
        flat
    }

    fn flatten_members(&self, members: &Map<String, Value>, flat: &mut Map<String, Value>, left: usize) {
        let mut properties = Map::new();
        if let Some(Value::Object(given)) = members.get("properties") {
            for (name, property) in given {
                properties.insert(name.clone(), Value::Object(self.flatten(property, left)));
            }
        }
        if let Some(Value::Array(required)) = members.get("required") {
            let known: Vec<Value> = required
                .iter()
                .filter(|name| name.as_str().is_some_and(|name| properties.contains_key(name)))
                .filter(|name| !(self.nulls_are_left_out && self.takes_null(members, name, left)))
                .cloned()
                .collect();
            if !known.is_empty() {
                flat.insert("required".into(), known.into());
            }
        }
        // An object that takes any member says so; clients otherwise read an empty `properties` as "nothing".
        let additional = match members.get("additionalProperties") {
            Some(Value::Bool(additional)) => Some(*additional),
            Some(_) => Some(true),
            None => properties.is_empty().then_some(true),
        };
        flat.insert("properties".into(), Value::Object(properties));
        if let Some(additional) = additional {
            flat.insert("additionalProperties".into(), additional.into());
        }
    }

    /// Follows `$ref`; keywords beside it win, as a field's own description does over its type's.
    fn resolve(&self, members: &Map<String, Value>, left: usize) -> Map<String, Value> {
        let mut own = members.clone();
        for _ in 0..left {
            let Some(Value::String(reference)) = own.remove("$ref") else { break };
            if let Some(Value::Object(target)) = target(self.root, &reference)
                && self.may_copy(target.values())
            {
                for (keyword, value) in target {
                    own.entry(keyword.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        own
    }

    /// Whether a property may be `null`.
    fn takes_null(&self, members: &Map<String, Value>, name: &Value, left: usize) -> bool {
        let property =
            members.get("properties").zip(name.as_str()).and_then(|(properties, name)| properties.get(name));
        let Some(Value::Object(property)) = property else { return false };
        if !self.may_copy(property.values()) {
            return false;
        }
        let property = self.resolve(property, left);
        let is_null = |value: &Value| value.is_null() || value.as_str() == Some("null");
        let lists = |keyword: &str, test: &dyn Fn(&Value) -> bool| {
            property.get(keyword).and_then(Value::as_array).is_some_and(|items| items.iter().any(test))
        };
        property.get("type").is_some_and(is_null)
            || lists("type", &is_null)
            || lists("enum", &Value::is_null)
            || lists("anyOf", &|branch| branch.get("type").is_some_and(is_null))
            || lists("oneOf", &|branch| branch.get("type").is_some_and(is_null))
    }

    fn merge_all(&self, members: &mut Map<String, Value>, left: usize) {
        let Some(Value::Array(parts)) = members.remove("allOf") else { return };
        for part in parts {
            let Value::Object(part) = part else { continue };
            if !self.may_copy(part.values()) {
                return;
            }
            let part = self.resolve(&part, left);
            for (keyword, value) in part {
                match (members.get_mut(&keyword), value) {
                    (Some(Value::Object(mine)), Value::Object(theirs)) => mine.extend(theirs),
                    (Some(Value::Array(mine)), Value::Array(theirs)) if keyword == "required" => {
                        mine.extend(theirs);
                    }
                    (Some(_), _) => {}
                    (None, value) => {
                        members.insert(keyword, value);
                    }
                }
            }
        }
    }

    /// A choice becomes its only branch, one list of values, one object of all properties, or nothing.
    fn collapse_choice(&self, members: &mut Map<String, Value>, left: usize) {
        let Some(Value::Array(branches)) = members.remove("anyOf").or_else(|| members.remove("oneOf")) else {
            return;
        };
        let mut flat: Vec<Map<String, Value>> = branches
            .iter()
            .filter(|branch| branch.get("type").and_then(Value::as_str) != Some("null"))
            .map(|branch| self.flatten(branch, left))
            .collect();
        if flat.len() == 1 {
            for (keyword, value) in flat.remove(0) {
                members.entry(keyword).or_insert(value);
            }
            return;
        }
        if flat.iter().all(|branch| branch.get("enum").is_some_and(Value::is_array)) {
            collapse_values(members, &flat);
        } else if flat.iter().all(|branch| branch.get("type").and_then(Value::as_str) == Some("object")) {
            collapse_objects(members, &flat);
        }
    }
}

fn collapse_values(members: &mut Map<String, Value>, branches: &[Map<String, Value>]) {
    let mut values = Vec::new();
    let mut notes = Vec::new();
    for branch in branches {
        let choices = branch.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
        if let (Some(choice), Some(note)) =
            (choices.first(), branch.get("description").and_then(Value::as_str))
        {
            notes.push(format!(
                "{}: {note}",
                choice.as_str().map_or_else(|| choice.to_string(), str::to_owned)
            ));
        }
        values.extend(choices);
    }
    if !notes.is_empty() {
        let own = members.get("description").and_then(Value::as_str).unwrap_or_default();
        members.insert("description".into(), format!("{own}\n{}", notes.join("\n")).trim().into());
    }
    members.insert("enum".into(), values.into());
}

fn collapse_objects(members: &mut Map<String, Value>, branches: &[Map<String, Value>]) {
    let mut properties = Map::new();
    let mut required: Option<Vec<Value>> = None;
    for branch in branches {
        if let Some(Value::Object(given)) = branch.get("properties") {
            for (name, property) in given {
                properties
                    .entry(name.clone())
                    .and_modify(|known| {
                        if known != property {
                            *known = json!({});
                        }
                    })
                    .or_insert_with(|| property.clone());
            }
        }
        let needed = branch.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        required = Some(match required {
            None => needed,
            Some(common) => common.into_iter().filter(|name| needed.contains(name)).collect(),
        });
    }
    members.insert("type".into(), "object".into());
    members.insert("properties".into(), properties.into());
    members.insert("required".into(), required.unwrap_or_default().into());
    members.insert("additionalProperties".into(), true.into());
}

/// The type when there is one, not counting `null`.
fn single_type(types: Option<&Value>) -> Option<Value> {
    match types {
        Some(Value::String(name)) if name != "null" => Some(name.clone().into()),
        Some(Value::Array(names)) => {
            let mut names = names.iter().filter(|name| name.as_str() != Some("null"));
            let first = names.next().cloned();
            if names.next().is_none() { first } else { None }
        }
        _ => None,
    }
}

fn infer_type(members: &mut Map<String, Value>) {
    let inferred = if members.contains_key("properties") {
        "object"
    } else if members.contains_key("items") {
        "array"
    } else if members.get("enum").and_then(Value::as_array).is_some_and(|choices| {
        choices.iter().filter(|choice| !choice.is_null()).all(Value::is_string) && !choices.is_empty()
    }) {
        "string"
    } else {
        return;
    };
    members.insert("type".into(), inferred.into());
}

/// A nullable field is published as an optional one: clients refuse `null` among strings.
fn drop_null_choices(flat: &mut Map<String, Value>) {
    if let Some(Value::Array(choices)) = flat.get_mut("enum") {
        choices.retain(|choice| !choice.is_null());
    }
    if flat.get("default").is_some_and(Value::is_null) {
        flat.remove("default");
    }
}

fn into_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_unions_and_choices_vanish() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Input",
            "type": "object",
            "properties": {
                "unique": {"$ref": "#/$defs/Unique", "description": "Which row."},
                "limit": {"type": ["integer", "null"], "format": "uint32", "minimum": 0, "default": null},
                "mode": {"oneOf": [
                    {"const": "fast", "description": "Less care."},
                    {"const": "safe", "type": "string"}]},
                "maybe": {"anyOf": [{"$ref": "#/$defs/Unique"}, {"type": "null"}]},
                "any": {"description": "Anything."},
                "several": {"type": ["string", "number"]},
                "free": {"type": "object", "additionalProperties": {"type": "string"}},
                "when": {"type": "string", "format": "date"}
            },
            "required": ["unique"],
            "additionalProperties": false,
            "$defs": {"Unique": {
                "type": "object", "description": "A key.",
                "properties": {"property": {"type": "string"}}, "required": ["property"]}}
        });
        assert_eq!(
            Value::Object(flatten_input(&schema).unwrap()),
            json!({
                "type": "object",
                "required": ["unique"],
                "properties": {
                    "unique": {"description": "Which row.", "type": "object", "required": ["property"],
                        "properties": {"property": {"type": "string"}}},
                    "limit": {"type": "integer", "minimum": 0},
                    "mode": {"description": "fast: Less care.", "type": "string", "enum": ["fast", "safe"]},
                    "maybe": {"description": "A key.", "type": "object", "required": ["property"],
                        "properties": {"property": {"type": "string"}}},
                    "any": {"description": "Anything."},
                    "several": {},
                    "free": {"type": "object", "properties": {}, "additionalProperties": true},
                    "when": {"type": "string", "format": "date"}
                },
                "additionalProperties": false
            })
        );
    }

    #[test]
    fn what_multiplies_when_it_is_flattened_is_refused() {
        let branch = |number: usize| json!({"type": "object", "properties": {format!("p{number}"): {"type": "array", "items": {"$ref": "#/$defs/t"}}}});
        for branches in [2, 30, 300] {
            let branches: Vec<Value> = (0..branches).map(branch).collect();
            let schema = json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/t"}},
                "$defs": {"t": {"oneOf": branches}}});
            let flat = flatten_input(&schema);
            assert!(flat.is_err() || Value::Object(flat.unwrap()).to_string().len() <= MAX_PUBLISHED);
        }
        let long = json!({"description": "x".repeat(600), "type": "string"});
        let used: Map<String, Value> =
            (0..300).map(|number| (format!("p{number}"), json!({"$ref": "#/$defs/long"}))).collect();
        let schema = json!({"type": "object", "properties": used, "$defs": {"long": long}});
        assert!(matches!(flatten_input(&schema), Err(InvalidSchema::PublishedTooLarge { .. })));
    }

    #[test]
    fn a_recursive_type_ends() {
        let schema = json!({
            "type": "object", "properties": {"child": {"$ref": "#"}}
        });
        assert!(Value::Object(flatten_input(&schema).unwrap()).to_string().len() < 4_000);
        let knot = json!({"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}});
        assert_eq!(flatten_input(&knot).unwrap()["properties"], json!({"a": {}}));
    }

    #[test]
    fn an_output_leaves_out_what_may_be_null() {
        let schema = json!({"type": "object", "required": ["a", "b", "c"], "properties": {
            "a": {"type": ["string", "null"]}, "b": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "c": {"type": "string"}}});
        assert_eq!(flatten_output(&schema).unwrap()["required"], json!(["c"]));
        assert_eq!(flatten_input(&schema).unwrap()["required"], json!(["a", "b", "c"]));
    }

    #[test]
    fn an_output_is_always_an_object() {
        assert_eq!(
            Value::Object(flatten_output(&json!({"type": "array", "items": {"type": "string"}})).unwrap()),
            json!({"type": "object", "required": ["result"],
                "properties": {"result": {"type": "array", "items": {"type": "string"}}}})
        );
    }
}
