//! The OpenAPI documents.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{StatusCode, header};
use serde_json::{Map, Value, json};
use toolbay_kernel::{Access, Route, ToolDefinition};

use crate::harness::{Host, definitions, request};

const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(|(method, operation)| (path.clone(), method.clone(), operation))
        })
        .collect()
}

#[tokio::test]
async fn the_small_document() {
    let host = Host::new();
    insta::assert_json_snapshot!(host.get("/openapi.json").await.value());
}

#[tokio::test]
async fn the_small_document_keeps_the_limits_of_actions() {
    let host = Host::new();
    let document = host.get("/openapi.json").await.value();
    let all = operations(&document);
    assert_eq!(all.len(), definitions().len());
    for (path, method, operation) in all {
        assert!(METHODS.contains(&method.as_str()), "{method}");
        for text in ["summary", "description"] {
            assert!(operation[text].as_str().unwrap().chars().count() <= 300, "{path} {text}");
        }
        assert!(operation["x-openai-isConsequential"].is_boolean(), "{path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert_ne!(parameter["in"], "header", "{path}");
        }
    }
    every_object_has_properties("", &document["paths"]);
    every_object_has_properties("", &document["components"]);
}

#[tokio::test]
async fn operations_are_grouped_by_who_provides_them() {
    let host = Host::new();
    let document = host.get("/openapi/full.json").await.value();
    let declared: Vec<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(declared, ["samples", "toolbay"]);
    for (path, method, operation) in operations(&document) {
        let tags = operation["tags"].as_array().unwrap();
        assert_eq!(tags.len(), 1, "{method} {path}");
        assert!(declared.contains(&tags[0].as_str().unwrap()), "{method} {path}");
    }
}

fn every_object_has_properties(at: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            if members.get("type").is_some_and(|kind| kind == "object") {
                assert!(members.get("properties").is_some_and(Value::is_object), "{at}");
            }
            members
                .iter()
                .for_each(|(name, member)| every_object_has_properties(&format!("{at}/{name}"), member));
        }
        Value::Array(items) => items.iter().for_each(|item| every_object_has_properties(at, item)),
        _ => {}
    }
}

#[tokio::test]
async fn operators_choose_the_operations_of_the_small_document() {
    let host = Host::with(vec!["refuse".parse().unwrap(), "gone".parse().unwrap(), "add".parse().unwrap()]);
    let document = host.get("/openapi.json").await.value();
    let ids: Vec<&str> = operations(&document)
        .iter()
        .map(|(.., operation)| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["refuse", "add"]);
}

#[tokio::test]
async fn each_profile_has_its_document() {
    let host = Host::with(vec!["refuse".parse().unwrap(), "add".parse().unwrap()]);
    assert_eq!(host.get("/openapi/core.json").await.value(), host.get("/openapi.json").await.value());

    // One that can also only read may do more by this document, which narrows nobody.
    let mut tools = definitions();
    let strong = ToolDefinition {
        access: Access::Destroys,
        least: Access::Reads,
        ..at("strong", "POST", "/v1/strong")
    };
    tools.push(strong);
    host.publish(&tools);
    let document = host.get("/openapi/read.json").await.value();
    let reading = operations(&document);
    assert!(reading.len() > 2);
    assert!(reading.iter().all(|(.., operation)| operation["x-openai-isConsequential"] == false));

    for unknown in ["/openapi/corr.json", "/openapi/core", "/openapi/core.yaml"] {
        let reply = host.get(unknown).await;
        assert_eq!(reply.status, http::StatusCode::NOT_FOUND);
        assert!(reply.value()["error"]["hint"].as_str().unwrap().contains("core.json, full.json, read.json"));
    }
}

#[tokio::test]
async fn the_full_document_names_every_address_that_answers() {
    let host = Host::new();
    let document = host.get("/openapi/full.json").await.value();
    let mut ids = Vec::new();
    for (path, method, operation) in operations(&document) {
        ids.push(operation["operationId"].as_str().unwrap().to_owned());
        let path = path.replace("{name}", "add").replace("{note_id}", "n1");
        if path.ends_with("/wait") {
            continue;
        }
        let reply = host.json(&method.to_uppercase(), &path, &json!({})).await;
        // What isn't there may be the thing that the address names.
        let is_nothing = reply.value()["error"]["message"] == "there is nothing at this address";
        let is_there = reply.status != StatusCode::METHOD_NOT_ALLOWED && !is_nothing;
        assert!(is_there, "{method} {path}");
        let documented = operation["responses"].as_object().unwrap();
        assert!(documented.contains_key(reply.status.as_str()), "{method} {path} answered {}", reply.status);
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique");
    assert!(ids.contains(&"note_getRoute2".to_owned()), "each route of a tool is documented");
    for tool in definitions() {
        assert!(ids.contains(&tool.name.to_string()), "{}", tool.name);
    }
}

/// A tool at this route, its input of the route's parameters.
fn at(name: &str, method: &str, path: &str) -> ToolDefinition {
    let route = Route::new(method, path).unwrap();
    let properties: Map<String, Value> =
        route.parameters().map(|name| (name.to_owned(), json!({"type": "string"}))).collect();
    let access = if method == "GET" { Access::Reads } else { Access::Writes };
    ToolDefinition {
        name: name.parse().unwrap(),
        input_schema: json!({"type": "object", "properties": properties}),
        access,
        least: access,
        routes: vec![route],
        ..definitions().remove(0)
    }
}

/// Plugins of different people name the same thing differently, and OpenAPI knows no two paths of one shape.
#[tokio::test]
async fn paths_that_differ_in_the_names_of_their_parameters_are_one() {
    let host = Host::new();
    let mut tools = vec![
        at("line_get", "GET", "/v1/notes/{note_id}/lines/{line}"),
        at("line_put", "PATCH", "/v1/notes/{line}/lines/{note_id}"),
        at("line_cut", "DELETE", "/v1/notes/{id}/lines/{number}"),
        at("line_add", "POST", "/v1/notes/{id}/lines"),
    ];
    for tool in &mut tools {
        tool.output_schema = None;
    }
    host.publish(&tools);
    for document in ["/openapi.json", "/openapi/full.json"] {
        let document = host.get(document).await.value();
        let mut shapes = BTreeSet::new();
        for path in document["paths"].as_object().unwrap().keys() {
            let shape: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
            assert!(shapes.insert(shape), "{path} is there twice");
        }
        let all = operations(&document);
        assert_eq!(all.iter().filter(|(path, ..)| path.ends_with("}/lines")).count(), 1);
        assert_eq!(all.iter().filter(|(path, ..)| path.contains("}/lines/")).count(), 3);
        for (path, method, operation) in all {
            let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let documented = parameters.filter(|parameter| parameter["in"] == "path");
            let documented = documented.map(|parameter| parameter["name"].as_str().unwrap());
            assert!(named.eq(documented), "{method} {path}: {operation}");
        }
    }
    // The tool gets what it asked for under its own names, wherever a client looked them up.
    let reply = host.json("PATCH", "/v1/notes/first/lines/second", &json!({})).await;
    assert_eq!(reply.value()["result"]["arguments"], json!({"line": "first", "note_id": "second"}));
}

#[tokio::test]
async fn documents_are_asked_about_and_change_with_the_catalog() {
    let host = Host::new();
    let first = host.get("/openapi.json").await;
    let etag = first.header("etag").to_owned();
    let again = || request("GET", "/openapi.json").header(header::IF_NONE_MATCH, format!("\"x\", W/{etag}"));
    let reply = host.send(again().body(Body::empty()).unwrap()).await;
    assert_eq!((reply.status, reply.bytes.len()), (StatusCode::NOT_MODIFIED, 0));

    host.publish(&definitions()[..2]);
    let reply = host.send(again().body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(operations(&reply.value()).len(), 2);
    assert_ne!(reply.header("etag"), etag);
}
