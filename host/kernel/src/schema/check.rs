//! What a provider's schema may be.

use serde_json::Value;

/// Largest schema, in bytes of JSON: a hundred times what a rich tool needs.
const LARGEST: usize = 64 * 1024;

/// Deepest nesting of a schema.
const DEEPEST: usize = 32;

/// A schema that the catalog doesn't take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchema {
    /// Over 64 KiB.
    #[error("the schema is larger than {} KiB", LARGEST / 1024)]
    TooLarge,
    /// Over 32 levels.
    #[error("the schema nests deeper than {DEEPEST} levels")]
    TooDeep,
    /// Not a schema of an object.
    #[error("the schema must be of an object: {{\"type\": \"object\", \"properties\": …}}")]
    NotAnObject,
    /// A reference that leaves the document; it is never fetched.
    #[error("`$ref` to `{0}` leaves the schema; only `#/…` is allowed")]
    ForeignReference(String),
    /// A property that the host adds itself.
    #[error("`{0}` is the host's own argument; the tool's must be named otherwise")]
    Reserved(&'static str),
    /// Not a valid JSON Schema 2020-12.
    #[error("not a valid JSON Schema: {0}")]
    Invalid(String),
}

/// Checks a tool's input schema before anything else looks at it.
///
/// # Errors
///
/// When it is too large, too deep, not of an object, refers outside itself, or takes a reserved argument's name.
pub fn check_input(schema: &Value) -> Result<(), InvalidSchema> {
    check_size(schema)?;
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err(InvalidSchema::NotAnObject);
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for reserved in crate::arguments::RESERVED {
        if properties.is_some_and(|properties| properties.contains_key(reserved)) {
            return Err(InvalidSchema::Reserved(reserved));
        }
    }
    Ok(())
}

/// Checks a tool's output schema before anything else looks at it.
///
/// # Errors
///
/// When it is too large, too deep, or refers outside itself.
pub fn check_output(schema: &Value) -> Result<(), InvalidSchema> {
    check_size(schema)
}

fn check_size(schema: &Value) -> Result<(), InvalidSchema> {
    check_depth(schema, DEEPEST)?;
    if schema.to_string().len() > LARGEST {
        return Err(InvalidSchema::TooLarge);
    }
    Ok(())
}

fn check_depth(schema: &Value, left: usize) -> Result<(), InvalidSchema> {
    let Some(left) = left.checked_sub(1) else { return Err(InvalidSchema::TooDeep) };
    match schema {
        Value::Object(members) => {
            for keyword in ["$ref", "$dynamicRef"] {
                if let Some(target) = members.get(keyword).and_then(Value::as_str)
                    && !target.starts_with('#')
                {
                    return Err(InvalidSchema::ForeignReference(target.chars().take(100).collect()));
                }
            }
            members.values().try_for_each(|member| check_depth(member, left))
        }
        Value::Array(items) => items.iter().try_for_each(|item| check_depth(item, left)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hostile_schemas_are_refused() {
        let mut deep = json!({"type": "string"});
        for _ in 0..40 {
            deep = json!({"type": "object", "properties": {"a": deep}});
        }
        assert_eq!(check_input(&deep), Err(InvalidSchema::TooDeep));
        let large = json!({"type": "object", "description": "x".repeat(70_000)});
        assert_eq!(check_input(&large), Err(InvalidSchema::TooLarge));
        let foreign = json!({"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/"}}});
        assert!(matches!(check_input(&foreign), Err(InvalidSchema::ForeignReference(_))));
        assert_eq!(check_input(&json!({"type": "string"})), Err(InvalidSchema::NotAnObject));
        assert_eq!(check_input(&json!(true)), Err(InvalidSchema::NotAnObject));
        let reserved = json!({"type": "object", "properties": {"connection_id": {}}});
        assert_eq!(check_input(&reserved), Err(InvalidSchema::Reserved("connection_id")));
    }
}
