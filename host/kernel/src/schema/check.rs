//! What a provider's schema may be.
//!
//! A schema is hostile until its cost is known. What is checked here walks its text once; what it comes to when a value is
//! checked against it is counted in [`super::cost`], without doing it.

use super::invalid::{DEEPEST, InvalidSchema, MAX_PATTERN, MAX_SCHEMA};
use serde_json::Value;

/// Values of one schema's text: each takes some hundred bytes when it is compiled.
const MAX_VALUES: usize = 8_000;

/// Patterns of one schema. A compiled one keeps some memory in each thread that has used it.
const MAX_PATTERNS: usize = 50;

/// Properties of one object.
const MAX_PROPERTIES: usize = 1_000;

/// Required properties of one object; a value's members are compared with each.
const MAX_REQUIRED: usize = 256;

/// Keywords that make what a reference means depend on the way to it, so that nothing can be counted beforehand. An
/// `$anchor` may stand there: a reference by its name leads nowhere, and is refused as that.
const UNCOUNTABLE: [&str; 4] = ["$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"];

impl InvalidSchema {
    /// What the tool's author can do.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        match self {
            Self::TooCostly { .. } | Self::TooNested { .. } | Self::TooEntangled => {
                "have fewer alternatives (anyOf, oneOf, allOf), or references that don't multiply each other"
            }
            Self::PublishedTooLarge { .. } => {
                "have fewer alternatives, or take a part of the input as a plain object"
            }
            Self::TooLarge | Self::TooDeep | Self::TooMany { .. } | Self::LongPattern => {
                "make the schema smaller: fewer properties, values or patterns"
            }
            Self::Endless => "let the reference go through `properties` or `items`",
            _ => "correct the schema in the plugin's source",
        }
    }
}

/// Checks a tool's input schema before anything else looks at it.
///
/// # Errors
///
/// When it is too large, too deep, not of an object, refers outside itself, or takes a reserved argument's name.
pub fn check_input(schema: &Value) -> Result<(), InvalidSchema> {
    check_text(schema)?;
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

/// Checks any schema's text: its size, and the keywords that nothing can be said about.
///
/// # Errors
///
/// When it is too large, too deep, or refers outside itself.
pub fn check_text(schema: &Value) -> Result<(), InvalidSchema> {
    let mut walk = Walk { values: 0, patterns: 0 };
    walk.look(schema, 0)?;
    if schema.to_string().len() > MAX_SCHEMA {
        return Err(InvalidSchema::TooLarge);
    }
    Ok(())
}

struct Walk {
    values: usize,
    patterns: usize,
}

impl Walk {
    fn look(&mut self, schema: &Value, depth: usize) -> Result<(), InvalidSchema> {
        if depth >= DEEPEST {
            return Err(InvalidSchema::TooDeep);
        }
        self.values += 1;
        at_most("values", self.values, MAX_VALUES)?;
        match schema {
            Value::Object(members) => {
                for (keyword, member) in members {
                    self.keyword(keyword, member, depth)?;
                    self.look(member, depth + 1)?;
                }
                Ok(())
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.look(item, depth + 1)),
            _ => Ok(()),
        }
    }

    fn keyword(&mut self, keyword: &str, value: &Value, depth: usize) -> Result<(), InvalidSchema> {
        match (keyword, value) {
            ("$ref", Value::String(target)) if target != "#" && !target.starts_with("#/") => {
                Err(InvalidSchema::ForeignReference(super::shorten(target, 100)))
            }
            ("$id", Value::String(_)) if depth > 0 => Err(InvalidSchema::InnerAddress),
            ("properties", Value::Object(properties)) => {
                at_most("properties of one object", properties.len(), MAX_PROPERTIES)
            }
            ("required", Value::Array(names)) => {
                at_most("required properties of one object", names.len(), MAX_REQUIRED)
            }
            ("pattern", Value::String(pattern)) => self.pattern(pattern),
            ("patternProperties", Value::Object(patterns)) => {
                patterns.keys().try_for_each(|pattern| self.pattern(pattern))
            }
            (_, Value::String(_) | Value::Bool(_)) => {
                match UNCOUNTABLE.iter().find(|known| **known == keyword) {
                    Some(known) => Err(InvalidSchema::Unsupported(known)),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn pattern(&mut self, pattern: &str) -> Result<(), InvalidSchema> {
        self.patterns += 1;
        if pattern.len() > MAX_PATTERN {
            return Err(InvalidSchema::LongPattern);
        }
        at_most("patterns", self.patterns, MAX_PATTERNS)
    }
}

fn at_most(what: &'static str, count: usize, max: usize) -> Result<(), InvalidSchema> {
    if count > max { Err(InvalidSchema::TooMany { what, max }) } else { Ok(()) }
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
        let dynamic = json!({"type": "object", "properties": {"a": {"$dynamicRef": "#a"}}});
        assert_eq!(check_input(&dynamic), Err(InvalidSchema::Unsupported("$dynamicRef")));
        let inner = json!({"type": "object", "properties": {"a": {"$id": "urn:a"}}});
        assert_eq!(check_input(&inner), Err(InvalidSchema::InnerAddress));
        let many = json!({"type": "object", "properties": {"a": {"enum": vec![0; 9_000]}}});
        assert!(matches!(check_input(&many), Err(InvalidSchema::TooMany { .. })));
    }

    #[test]
    fn a_property_may_have_the_name_of_a_keyword() {
        let schema = json!({"type": "object", "properties": {"$id": {"type": "string"}, "$anchor": {}, "pattern": {}}});
        assert_eq!(check_input(&schema), Ok(()));
    }

    #[test]
    fn an_anchor_may_stand_there_and_no_reference_goes_by_it() {
        let with = |reference: &str| {
            json!({"type": "object", "$defs": {"a": {"$anchor": "name", "type": "string"}},
                "properties": {"x": {"$ref": reference}}})
        };
        assert_eq!(check_input(&with("#/$defs/a")), Ok(()));
        assert!(check_input(&with("#name")).is_err());
    }
}
