//! What typed clients make of the tools: the published schemas of the whole catalog.

use serde_json::Value;

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

/// Where a schema has a place without a type.
fn untyped(at: &str, schema: &Value, found: &mut Vec<String>) {
    if schema["type"].as_str().is_none() {
        found.push(at.to_owned());
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        untyped(&format!("{at}.{name}"), property, found);
    }
    if schema["type"] == "array" {
        untyped(&format!("{at}[]"), &schema["items"], found);
    }
}

/// Where a schema has an object that names nothing.
fn nameless(at: &str, schema: &Value, found: &mut Vec<String>) {
    if schema["type"] == "object" && schema["properties"].as_object().is_none_or(|named| named.is_empty()) {
        found.push(at.to_owned());
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        nameless(&format!("{at}.{name}"), property, found);
    }
    if schema["type"] == "array" {
        nameless(&format!("{at}[]"), &schema["items"], found);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_clients_find_a_type_for_every_argument_and_a_name_for_every_field() {
    let host = TestHost::start(&BUILT_IN).await;
    let document = host.get("/openapi/full.json").await;
    let (mut found, mut tags) = (Vec::new(), std::collections::BTreeSet::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let at = format!("{method} {path}");
            tags.insert(
                operation["tags"][0].as_str().unwrap_or_else(|| panic!("{at} has no tag")).to_owned(),
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                untyped(&format!("{at}?{}", parameter["name"]), &parameter["schema"], &mut found);
            }
            let body = operation.pointer("/requestBody/content/application~1json/schema");
            body.into_iter().for_each(|body| untyped(&at, body, &mut found));
        }
    }
    assert!(found.is_empty(), "without a type: {found:#?}");
    assert_eq!(tags.len(), BUILT_IN.len() + 1, "a tag for each plugin and one for the host: {tags:?}");

    let listed = host.get("/v1/tools").await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let declared: Vec<&Value> = tools.iter().filter(|tool| tool["output_schema"].is_object()).collect();
    assert!(!declared.is_empty());
    let mut found = Vec::new();
    for tool in declared {
        nameless(tool["name"].as_str().unwrap(), &tool["output_schema"], &mut found);
    }
    assert!(found.is_empty(), "objects that name nothing: {found:#?}");
    host.stop().await;
}
