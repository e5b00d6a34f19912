//! What a plugin's definitions cost.

use serde_json::{Value, json};

use crate::{Definition, Plugin};

/// Longest description of a tool, in characters, that clients show whole.
const MAX_DESCRIPTION_LENGTH: usize = 250;

/// Longest description of an argument, in characters, that says enough.
const MAX_ARGUMENT_LENGTH: usize = 100;

/// Checks that each tool of a plugin is defined in few words, which a model reads before every single question, and
/// without alternatives in its input, which clients refuse. `max` is the length of its name, description and input
/// schema as JSON; the host publishes the schema flat, which is smaller still.
///
/// # Panics
///
/// Where a definition is larger, naming what.
pub fn assert_small_definitions(plugin: &Plugin, max: usize) {
    for definition in plugin.definitions() {
        let name = &definition.name;
        let description = definition.description.chars().count();
        assert!(
            description <= MAX_DESCRIPTION_LENGTH,
            "the description of `{name}` has {description} characters"
        );
        let length = published(&definition).to_string().len();
        assert!(length <= max, "the definition of `{name}` has {length} bytes");
        let arguments = definition.input_schema.get("properties").and_then(Value::as_object);
        for (argument, schema) in arguments.into_iter().flatten() {
            let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            let description = description.chars().count();
            assert!(
                description <= MAX_ARGUMENT_LENGTH,
                "the description of `{argument}` of `{name}` has {description} characters"
            );
            assert!(schema.get("oneOf").is_none(), "`{argument}` of `{name}` is one of several");
        }
    }
}

fn published(definition: &Definition) -> Value {
    json!({
        "name": definition.name,
        "description": definition.description,
        "inputSchema": definition.input_schema,
    })
}
