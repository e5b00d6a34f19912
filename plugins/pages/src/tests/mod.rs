mod archive;
mod create_page;
mod edit_page;
mod get_page;
mod move_page;
mod trash;
mod update_page;

use toolbay_sdk::mock::{MockHost, assert_small_definitions, refused};
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

const PAGE: &str = "11111111-1111-1111-1111-111111111111";
const SOURCE: &str = "22222222-2222-2222-2222-222222222222";
const DATABASE: &str = "33333333-3333-3333-3333-333333333333";
const OTHER: &str = "44444444-4444-4444-4444-444444444444";
const URL: &str = "https://app.notion.com/p/plan";

fn not_found() -> Problem {
    refused(404, "Could not find it.")
}

/// Notion's words for writing below something in the trash.
fn below_trash() -> Problem {
    refused(
        400,
        "Can't edit page on block with an archived ancestor. You must unarchive the ancestor before editing page.",
    )
}

fn source() -> Value {
    json!({
        "object": "data_source", "id": SOURCE, "title": [{ "plain_text": "Tasks" }],
        "parent": { "type": "database_id", "database_id": DATABASE },
        "properties": {
            "Name": { "id": "title", "name": "Name", "type": "title", "title": {} },
            "Status": { "id": "s", "name": "Status", "type": "select", "select": { "options": [
                { "id": "o1", "name": "To do" }, { "id": "o2", "name": "Done" },
            ] } },
            "Points": { "id": "n", "name": "Points", "type": "number", "number": {} },
        },
    })
}

fn database(sources: &[&str]) -> Value {
    let sources: Vec<Value> = sources.iter().map(|id| json!({ "id": id, "name": "Tasks" })).collect();
    json!({ "object": "database", "id": DATABASE, "title": [], "data_sources": sources })
}

/// A row of the data source.
fn row() -> Value {
    json!({
        "object": "page", "id": PAGE, "url": URL, "in_trash": false,
        "parent": { "type": "data_source_id", "data_source_id": SOURCE, "database_id": DATABASE },
        "properties": {
            "Name": { "id": "title", "type": "title", "title": [
                { "type": "text", "text": { "content": "Plan", "link": null }, "plain_text": "Plan" },
            ] },
            "Status": { "id": "s", "type": "select", "select": { "id": "o1", "name": "To do", "color": "gray" } },
            "Points": { "id": "n", "type": "number", "number": 3 },
        },
    })
}

/// A page that is no row.
fn page() -> Value {
    let mut page = row();
    page["parent"] = json!({ "type": "page_id", "page_id": OTHER });
    page["properties"] = json!({ "title": page["properties"]["Name"] });
    page
}

/// Knows the data source, and its database with these data sources.
fn host(sources: &[&str]) -> MockHost {
    MockHost::new()
        .on(&format!("GET /v1/data_sources/{SOURCE}"), source())
        .on("GET /v1/data_sources/{id}", not_found())
        .on(&format!("GET /v1/databases/{DATABASE}"), database(sources))
        .on("GET /v1/databases/{id}", not_found())
}

fn run(host: &MockHost, tool: &str, arguments: Value) -> Result<Value, Problem> {
    host.run(&PLUGIN, tool, arguments).map(|answer| answer.value().expect("data"))
}

/// The requests that write, as lines and bodies.
fn written(host: &MockHost) -> Vec<(String, Value)> {
    let requests = host.requests().into_iter().filter(|request| {
        matches!(request.method.as_str(), "POST" | "PATCH" | "DELETE")
            && !request.path.segments().iter().any(|segment| segment == "query")
    });
    requests
        .map(|request| {
            let path = request.path.render().expect("a path");
            (format!("{} {path}", request.method), request.body.unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_definitions_are_small_and_fit_what_clients_take() {
    assert_small_definitions(&PLUGIN, 1_100);
}
