mod fetch;
mod search;

use toolbay_sdk::prelude::*;

use crate::PLUGIN;

fn not_found() -> Problem {
    Problem::not_found("Could not find it.")
        .details(json!({ "notion": { "status": 404, "code": "object_not_found" } }))
}

#[test]
fn the_definitions_are_small_and_fit_what_clients_take() {
    for definition in PLUGIN.definitions() {
        assert!(definition.description.chars().count() <= 250, "{}", definition.name);
        let published = json!({
            "name": definition.name, "description": definition.description, "inputSchema": definition.input_schema,
        });
        let length = published.to_string().len();
        // The host publishes it flat, which is smaller still.
        assert!(length <= 1_000, "{}: {length}", definition.name);
        for (name, property) in definition.input_schema["properties"].as_object().expect("properties") {
            let description = property["description"].as_str().unwrap_or_default();
            assert!(description.chars().count() <= 100, "{name}");
            assert!(property.get("oneOf").is_none(), "{name}");
        }
    }
}
