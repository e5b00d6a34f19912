mod create_database;
mod get_database;
mod query;
mod summaries;
mod update_database;

use toolbay_sdk::mock::{MockHost, assert_small_definitions, refused};
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const DATABASE: &str = "11111111-1111-1111-1111-111111111111";
const SOURCE: &str = "22222222-2222-2222-2222-222222222222";
const OTHER: &str = "33333333-3333-3333-3333-333333333333";

fn not_found() -> Problem {
    refused(404, "Could not find it.")
}

fn source() -> Value {
    json!({
        "object": "data_source", "id": SOURCE, "url": "https://app.notion.com/p/source",
        "title": [{ "plain_text": "Tasks" }], "description": [],
        "parent": { "type": "database_id", "database_id": DATABASE },
        "properties": {
            "Status": { "id": "s", "name": "Status", "type": "select", "select": { "options": [
                { "id": "o1", "name": "To do", "color": "gray" }, { "id": "o2", "name": "Done", "color": "green" },
            ] } },
            "Tasks": { "id": "r", "name": "Tasks", "type": "relation", "relation": {
                "data_source_id": OTHER, "type": "single_property", "single_property": {},
            } },
            "Name": { "id": "title", "name": "Name", "type": "title", "title": {} },
            "Points": { "id": "n", "name": "Points", "type": "number", "number": { "format": "number" } },
        },
    })
}

fn database(sources: &[&str]) -> Value {
    let sources: Vec<Value> = sources.iter().map(|id| json!({ "id": id, "name": "Tasks" })).collect();
    json!({
        "object": "database", "id": DATABASE, "url": "https://app.notion.com/p/database",
        "title": [{ "plain_text": "Work" }], "description": [{ "plain_text": "All of it" }], "data_sources": sources,
    })
}

/// Knows one data source, and the database that it is in.
fn host(sources: &[&str]) -> MockHost {
    MockHost::new()
        .on("GET /v1/data_sources/{id}", not_found())
        .on_with(&format!("GET /v1/data_sources/{SOURCE}"), |_| Ok(Response { status: 200, body: source() }))
        .on(&format!("GET /v1/databases/{DATABASE}"), database(sources))
        .on("GET /v1/databases/{id}", not_found())
}

fn run(host: &MockHost, tool: &str, arguments: Value) -> Result<Value, Problem> {
    host.run(&PLUGIN, tool, arguments).map(|answer| answer.value().expect("data"))
}

/// The body of the last request that had one.
fn sent(host: &MockHost) -> Value {
    host.requests().into_iter().rev().find_map(|request| request.body).expect("a body")
}

#[test]
fn the_definitions_are_small_and_fit_what_clients_take() {
    assert_small_definitions(&PLUGIN, 1_500);
}
