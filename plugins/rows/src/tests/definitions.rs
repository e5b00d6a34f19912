use toolbay_sdk::prelude::*;

use crate::PLUGIN;

#[test]
fn definitions_are_small_and_flat() {
    for definition in PLUGIN.definitions() {
        let published = json!({
            "name": definition.name,
            "description": definition.description,
            "inputSchema": definition.input_schema,
        })
        .to_string();
        assert!(published.len() <= 1_300, "{} has {}: {published}", definition.name, published.len());
        assert!(definition.description.len() <= 250, "{}", definition.name);
        assert!(
            ["$ref\"", "oneOf", "anyOf", "allOf", "$defs"].iter().all(|word| !published.contains(word)),
            "{published}"
        );
        assert!(definition.output_schema.is_none(), "{}", definition.name);
    }
}
