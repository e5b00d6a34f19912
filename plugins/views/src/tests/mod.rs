mod configuration;
mod query;
mod settings;

use toolbay_sdk::mock::{MockHost, refused};
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const DATABASE: &str = "11111111-1111-1111-1111-111111111111";
const DATA_SOURCE: &str = "22222222-2222-2222-2222-222222222222";
const VIEW: &str = "33333333-3333-3333-3333-333333333333";

fn not_found() -> Problem {
    refused(404, "Could not find it.")
}

fn data_source() -> Value {
    json!({
        "object": "data_source", "id": DATA_SOURCE, "parent": { "type": "database_id", "database_id": DATABASE },
        "title": [], "properties": {
            "Name": { "id": "title", "name": "Name", "type": "title", "title": {} },
            "Status": { "id": "st", "name": "Status", "type": "status", "status": {
                "options": [{ "name": "To do" }, { "name": "Done" }], "groups": [],
            } },
            "Due Date": { "id": "du", "name": "Due Date", "type": "date", "date": {} },
            "Points": { "id": "po", "name": "Points", "type": "number", "number": {} },
            "Score": { "id": "sc", "name": "Score", "type": "formula", "formula": { "expression": "1" } },
            "Files": { "id": "fi", "name": "Files", "type": "files", "files": {} },
        },
    })
}

fn view(kind: &str, configuration: Value) -> Value {
    json!({
        "object": "view", "id": VIEW, "parent": { "type": "database_id", "database_id": DATABASE },
        "name": "Mine", "type": kind, "url": "https://app.notion.com/p/1?v=3", "data_source_id": DATA_SOURCE,
        "created_time": "2026-07-04T10:07:00.000Z", "last_edited_time": "2026-07-04T10:07:00.000Z",
        "filter": null, "sorts": null, "quick_filters": null, "configuration": configuration,
    })
}

/// A database with one data source and one view.
fn host(view: &Value) -> MockHost {
    MockHost::new()
        .on("GET /v1/data_sources/{data_source_id}", data_source())
        .on("GET /v1/views/{view_id}", view.clone())
        .on("POST /v1/views", view.clone())
        .on("PATCH /v1/views/{view_id}", view.clone())
}

fn run(host: &MockHost, tool: &str, arguments: Value) -> Result<Value, Problem> {
    host.run(&PLUGIN, tool, arguments).map(|answer| answer.value().expect("data"))
}

fn last_body(host: &MockHost) -> Value {
    host.requests().pop().and_then(|request| request.body).expect("a body")
}
