//! Schemas that have changed since they were read.

use toolbay_sdk::mock::{MockHost, refused};
use toolbay_sdk::prelude::*;

use super::workspace::run;

const DATA_SOURCE: &str = "22222222-2222-2222-2222-222222222222";
const PAGE: &str = "33333333-3333-3333-3333-333333333333";

fn schema(title: &str, notes: &str) -> Value {
    json!({ "id": DATA_SOURCE, "properties": {
        title: { "id": "title", "type": "title", "title": {} },
        notes: { "id": "n", "type": "rich_text", "rich_text": {} },
    } })
}

/// Notion where a column has another name than the schema that was remembered says.
fn renamed(before: Value, now: Value) -> MockHost {
    let known = now.clone();
    let knows = move |name: &str| known["properties"].get(name).is_some();
    let also = knows.clone();
    MockHost::new()
        .on("GET /v1/data_sources/{data_source_id}", before)
        .on("GET /v1/data_sources/{data_source_id}", now)
        .on_with("POST /v1/data_sources/{data_source_id}/query", move |request| {
            let filter = request.body.as_ref().map(|body| body["filter"].to_string()).unwrap_or_default();
            let asked: Value = serde_json::from_str(&filter).expect("a filter");
            let name = asked.pointer("/property").or_else(|| asked.pointer("/or/0/property"));
            match name.and_then(Value::as_str).is_some_and(&knows) {
                true => Ok(Response { status: 200, body: json!({ "results": [], "has_more": false }) }),
                false => Err(refused(400, "Could not find property")),
            }
        })
        .on_with("POST /v1/pages", move |request| {
            let body = request.body.clone().unwrap_or_default();
            let given = body["properties"].as_object().cloned().unwrap_or_default();
            match given.keys().all(|name| also(name)) {
                true => Ok(Response { status: 200, body: json!({ "id": PAGE, "properties": {} }) }),
                false => Err(refused(400, "is not a property that exists")),
            }
        })
}

fn upsert(property: &str, value: &str, properties: Value) -> Value {
    json!({ "database_id": DATA_SOURCE, "unique": { "property": property, "value": value }, "properties": properties })
}

#[test]
fn what_notion_refuses_by_a_schema_that_has_changed_is_planned_again_by_a_fresh_one() {
    // An alias of the old name finds the new one.
    let host = renamed(schema("due_date", "Notes"), schema("Due Date", "Notes"));
    let done = run(&host, "upsert", upsert("due date", "A", json!({}))).expect("planned again");
    assert_eq!(done["action"], "created");
    let host = renamed(schema("Name", "my_notes"), schema("Name", "My notes"));
    let done = run(&host, "upsert", upsert("Name", "A", json!({ "my notes": "x" }))).expect("planned again");
    assert_eq!(done["action"], "created");
    // What isn't there any more is refused by what is.
    let host = renamed(schema("Name", "Notes"), schema("Title", "Notes"));
    let problem = run(&host, "upsert", upsert("Name", "A", json!({}))).expect_err("renamed");
    assert!(problem.message.contains("no property `Name`"), "{problem}");
    assert!(problem.hint.expect("a hint").contains("`Title`"));
}

#[test]
fn a_refusal_that_no_schema_explains_is_passed_on_once() {
    let host =
        renamed(schema("Name", "Notes"), schema("Name", "Notes")).on("POST /v1/pages", refused(400, "No."));
    let host = host.on("POST /v1/pages", refused(400, "No."));
    run(&host, "upsert", upsert("Name", "A", json!({}))).ok();
    let problem = run(&host, "upsert", upsert("Name", "B", json!({}))).expect_err("refused");
    assert_eq!(problem.code.as_str(), "invalid_input");
}
