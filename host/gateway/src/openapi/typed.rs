//! A type for every argument.
//!
//! An argument that takes several forms has no type in its schema, and generators make of it whatever they like, or
//! nothing. In a document it is a text, which every client can write: what isn't plain is sent as its JSON text, and read
//! as what it is. MCP keeps the schema as it is, since models are told the forms by its words.

use serde_json::{Map, Value, json};

/// The schema with a type wherever a value can be given.
pub(super) fn typed(mut schema: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for (_, property) in properties.iter_mut() {
            give_type(property, "string");
        }
    }
    schema
}

fn give_type(schema: &mut Value, otherwise: &str) {
    let Value::Object(members) = schema else {
        *schema = json!({});
        return give_type(schema, otherwise);
    };
    if !members.contains_key("type") {
        members.insert("type".to_owned(), otherwise.into());
    }
    match members.get("type").and_then(Value::as_str) {
        Some("array") => {
            // Elements without a type are objects of Notion's.
            give_type(members.entry("items").or_insert_with(|| json!({})), "object");
        }
        Some("object") => {
            if !members.contains_key("properties") {
                members.insert("properties".to_owned(), json!({}));
                members.entry("additionalProperties").or_insert(Value::Bool(true));
            }
            *members = typed(std::mem::take(members));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_type_gets_one_at_every_depth() {
        let schema = json!({"type": "object", "properties": {
            "any": {"description": "A or B."},
            "list": {"type": "array", "items": {}},
            "row": {"type": "object", "properties": {"value": {}}},
            "free": {"type": "object", "properties": {}, "additionalProperties": true},
            "when": {"type": "string", "format": "date"},
        }});
        let Value::Object(schema) = schema else { unreachable!() };
        assert_eq!(
            Value::Object(typed(schema)),
            json!({"type": "object", "properties": {
                "any": {"description": "A or B.", "type": "string"},
                "list": {"type": "array", "items":
                    {"type": "object", "properties": {}, "additionalProperties": true}},
                "row": {"type": "object", "properties": {"value": {"type": "string"}}},
                "free": {"type": "object", "properties": {}, "additionalProperties": true},
                "when": {"type": "string", "format": "date"},
            }})
        );
    }
}
