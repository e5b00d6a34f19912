//! JSON Schema 2020-12 of a tool's input and output, as clients can take it.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

/// Formats that JSON Schema or OpenAPI names. Others, such as `uint32`, make strict clients warn or refuse.
const FORMATS: [&str; 23] = [
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uuid",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "int32",
    "int64",
    "float",
    "double",
];

/// Keywords beside which `additionalProperties: false` would refuse what they allow.
const COMPOSITES: [&str; 9] = [
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "oneOf",
    "anyOf",
    "allOf",
    "not",
    "if",
    "$ref",
];

/// The schema of a tool's arguments: an object, closed unless the type says otherwise.
pub(crate) fn input<T: JsonSchema>() -> Value {
    let mut schema = generate::<T>(settings().for_deserialize());
    if let Value::Object(object) = &mut schema {
        // Model APIs refuse an object schema without `properties`.
        if object.get("type").is_some_and(|kind| kind == "object") {
            object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        }
        if !COMPOSITES.iter().any(|keyword| object.contains_key(*keyword)) {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
    schema
}

/// The schema of a tool's answer; `None` where the type allows anything, as `serde_json::Value` does.
pub(crate) fn output<T: JsonSchema>() -> Option<Value> {
    let schema = generate::<T>(settings().for_serialize());
    let says_nothing = match &schema {
        Value::Object(object) => object.is_empty(),
        other => other == &Value::Bool(true),
    };
    (!says_nothing).then_some(schema)
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            // Clients are known to mishandle `$ref`; only recursive types still need it.
            settings.inline_subschemas = true;
            // 2020-12 is what MCP and OpenAPI 3.1 assume.
            settings.meta_schema = None;
        })
        .with_transform(RecursiveTransform(tidy))
}

fn generate<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<T>();
    // The name and the comment of a Rust type are for who reads the source; the tool has its own.
    schema.remove("title");
    schema.remove("description");
    schema.to_value()
}

fn tidy(schema: &mut Schema) {
    if schema.get("format").and_then(Value::as_str).is_some_and(|format| !FORMATS.contains(&format)) {
        schema.remove("format");
    }
    // A default that is nothing says nothing, in every conversation anew.
    if schema.get("default").is_some_and(is_nothing) {
        schema.remove("default");
    }
    if let Some(description) = schema.get("description").and_then(Value::as_str) {
        let joined = join_lines(description);
        schema.insert("description".to_owned(), Value::String(joined));
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Puts the lines of a wrapped doc comment into one; paragraphs and list items stay apart.
fn join_lines(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut paragraph_ended = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            paragraph_ended = !joined.is_empty();
            continue;
        }
        if !joined.is_empty() {
            let item = line.starts_with("- ") || line.starts_with("* ");
            joined.push_str(if paragraph_ended {
                "\n\n"
            } else if item {
                "\n"
            } else {
                " "
            });
        }
        paragraph_ended = false;
        joined.push_str(line);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::join_lines;

    #[test]
    fn a_wrapped_comment_becomes_one_line() {
        assert_eq!(join_lines("One\ntwo.\n\nThree:\n- four\n- five"), "One two.\n\nThree:\n- four\n- five");
    }
}
