use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::not_found;
use crate::PLUGIN;

const PAGE: &str = "11111111-1111-1111-1111-111111111111";
const SOURCE: &str = "22222222-2222-2222-2222-222222222222";
const OTHER: &str = "33333333-3333-3333-3333-333333333333";

fn page() -> Value {
    json!({
        "object": "page", "id": PAGE, "url": "https://app.notion.com/p/plan", "last_edited_time": "2026-01-10T09:30:00.000Z",
        "in_trash": false, "parent": { "type": "data_source_id", "data_source_id": SOURCE },
        "properties": {
            "Name": { "id": "title", "type": "title", "title": [{ "plain_text": "Plan" }] },
            "Notes": { "id": "n", "type": "rich_text", "rich_text": [{ "plain_text": "x".repeat(2_001) }] },
            "Done": { "id": "d", "type": "checkbox", "checkbox": false },
        },
    })
}

fn markdown(text: &str) -> Value {
    json!({ "object": "page_markdown", "id": PAGE, "markdown": text, "truncated": false, "unknown_block_ids": [] })
}

fn fetch(host: &MockHost, arguments: Value) -> Result<Value, Problem> {
    host.run(&PLUGIN, "fetch", arguments).map(|answer| answer.value().expect("data"))
}

/// No page, no block: what is left are databases.
fn no_page() -> MockHost {
    MockHost::new().on("GET /v1/pages/{id}", not_found()).on("GET /v1/pages/{id}/markdown", not_found())
}

#[test]
fn a_page_is_its_title_its_text_and_its_values() {
    let host = MockHost::new()
        .on("GET /v1/pages/{id}", page())
        .on("GET /v1/pages/{id}/markdown", markdown("# Plan\nDo it."));
    let answer =
        fetch(&host, json!({ "id": format!("https://app.notion.com/p/Plan-{}", PAGE.replace('-', "")) }));
    let answer = answer.expect("a page");
    assert_eq!(answer["id"], PAGE);
    assert_eq!(answer["title"], "Plan");
    assert_eq!(answer["text"], "# Plan\nDo it.");
    assert_eq!(answer["url"], "https://app.notion.com/p/plan");
    let metadata = &answer["metadata"];
    assert_eq!(metadata["properties"]["Done"], false);
    assert_eq!(metadata["properties"]["Notes"].as_str().expect("text").len(), 2_003);
    assert!(metadata.get("notes").is_none() && metadata.get("in_trash").is_none());
    assert_eq!(host.sent().len(), 2);
}

#[test]
fn a_long_text_is_read_in_parts() {
    let text = "a line of forty characters, or nearly so\n".repeat(2_000);
    let host =
        MockHost::new().on("GET /v1/pages/{id}", page()).on("GET /v1/pages/{id}/markdown", markdown(&text));
    let first = fetch(&host, json!({ "id": PAGE })).expect("the first part");
    let next = first["metadata"]["next_offset"].clone();
    assert!(first["metadata"]["notes"][0].as_str().expect("a note").contains(&next.to_string()));
    let second = fetch(&host, json!({ "id": PAGE, "offset": next })).expect("the second part");
    assert!(second["metadata"].get("next_offset").is_none());
    assert_eq!(format!("{}{}", first["text"].as_str().unwrap(), second["text"].as_str().unwrap()), text);
}

#[test]
fn what_is_not_in_the_text_is_said() {
    let cut = json!({ "markdown": "x", "truncated": true, "unknown_block_ids": [OTHER] });
    let host = MockHost::new().on("GET /v1/pages/{id}", page()).on("GET /v1/pages/{id}/markdown", cut);
    let notes = fetch(&host, json!({ "id": PAGE })).expect("a page")["metadata"]["notes"].to_string();
    assert!(notes.contains("Notion cut the text") && notes.contains(OTHER), "{notes}");
}

#[test]
fn a_block_that_the_page_left_out_is_fetched_alone() {
    let host = MockHost::new()
        .on("GET /v1/pages/{id}", not_found())
        .on("GET /v1/pages/{id}/markdown", markdown("Inside"));
    let answer = fetch(&host, json!({ "id": OTHER })).expect("a block");
    assert_eq!(answer["text"], "Inside");
    assert_eq!(answer["metadata"]["object"], "block");
}

#[test]
fn a_database_is_its_columns_and_first_rows() {
    let source = json!({
        "object": "data_source", "id": SOURCE, "url": "https://app.notion.com/p/tasks",
        "title": [{ "plain_text": "Tasks" }], "parent": { "type": "database_id", "database_id": OTHER },
        "properties": {
            "Done": { "id": "d", "name": "Done", "type": "checkbox", "checkbox": {} },
            "Due": { "id": "u", "name": "Due", "type": "date", "date": {} },
            "Name": { "id": "title", "name": "Name", "type": "title", "title": {} },
        },
    });
    let mut row = page();
    row["properties"]["Name"]["title"][0]["plain_text"] = json!("Plan | next\nline");
    let rows = json!({ "results": [row], "has_more": true, "next_cursor": "c" });
    let host = no_page().on("GET /v1/data_sources/{id}", source).on("POST /v1/data_sources/{id}/query", rows);
    let answer = fetch(&host, json!({ "id": SOURCE })).expect("a data source");
    assert_eq!(answer["title"], "Tasks");
    assert_eq!(answer["url"], "https://app.notion.com/p/tasks");
    let text = answer["text"].as_str().expect("text");
    assert!(text.contains("- Done: checkbox\n- Due: date\n"), "{text}");
    let id = PAGE.replace('-', "");
    let table = format!("| id | Name | Done |\n| --- | --- | --- |\n| {id} | Plan \\| next line | false |");
    assert!(text.ends_with(&table), "{text}");
    assert_eq!(answer["metadata"]["database_id"], OTHER);
}

#[test]
fn a_table_names_the_columns_that_it_leaves_out_and_those_that_are_not_whole() {
    let mut columns = json!({ "Name": { "id": "title", "name": "Name", "type": "title", "title": {} } });
    let mut row = json!({ "object": "page", "id": PAGE, "properties": {
        "Name": { "id": "title", "type": "title", "title": [{ "plain_text": "x".repeat(100) }] },
    } });
    for number in 0..10 {
        let name = format!("C{number}");
        columns[&name] = json!({ "id": name, "name": name, "type": "number", "number": {} });
        row["properties"][&name] = json!({ "id": name, "type": "number", "number": number });
    }
    columns["id"] = json!({ "id": "i", "name": "id", "type": "formula", "formula": {} });
    row["properties"]["id"] = json!({ "id": "i", "type": "formula", "formula": { "type": "unsupported" } });
    let source = json!({ "object": "data_source", "id": SOURCE, "title": [{ "plain_text": "T" }], "properties": columns });
    let rows = json!({ "results": [row], "has_more": false, "next_cursor": null });
    let host = no_page().on("GET /v1/data_sources/{id}", source).on("POST /v1/data_sources/{id}/query", rows);
    let answer = fetch(&host, json!({ "id": SOURCE })).expect("a data source");
    assert!(answer["text"].as_str().expect("text").contains("| page_id | Name | C0 |"), "{answer}");
    assert_eq!(answer["metadata"]["left_out"], json!(["C8", "C9"]));
    assert_eq!(answer["metadata"]["cut"], json!(["Name"]));
    assert_eq!(answer["metadata"]["not_computed"], json!(["id"]));
}

#[test]
fn a_database_of_several_data_sources_lists_them() {
    let database = json!({
        "object": "database", "id": OTHER, "url": "https://app.notion.com/p/all", "title": [{ "plain_text": "All" }],
        "data_sources": [{ "id": SOURCE, "name": "Tasks" }, { "id": PAGE, "name": "Bugs" }],
    });
    let host = no_page().on("GET /v1/data_sources/{id}", not_found()).on("GET /v1/databases/{id}", database);
    let answer = fetch(&host, json!({ "id": OTHER })).expect("a database");
    assert_eq!(answer["title"], "All");
    let text = answer["text"].as_str().expect("text");
    assert!(text.contains(&format!("- {SOURCE} (Tasks)\n- {PAGE} (Bugs)")), "{text}");
}

#[test]
fn a_linked_view_is_told_as_what_it_is() {
    let database = json!({
        "object": "database", "id": OTHER, "url": "https://app.notion.com/p/all", "title": [{ "plain_text": "All" }],
        "data_sources": [],
    });
    let host = no_page().on("GET /v1/data_sources/{id}", not_found()).on("GET /v1/databases/{id}", database);
    let answer = fetch(&host, json!({ "id": OTHER })).expect("a linked view");
    assert_eq!(answer["title"], "All");
    assert!(answer["text"].as_str().is_some_and(|text| text.contains("linked view")), "{answer}");
}

#[test]
fn a_data_source_without_a_title_is_called_like_its_database() {
    let source = json!({
        "object": "data_source", "id": SOURCE, "title": [], "parent": { "type": "database_id", "database_id": OTHER },
        "properties": { "Name": { "id": "title", "name": "Name", "type": "title", "title": {} } },
    });
    let database = json!({
        "object": "database", "id": OTHER, "title": [{ "plain_text": "New database" }], "data_sources": [{ "id": SOURCE }],
    });
    let host = no_page()
        .on("GET /v1/data_sources/{id}", source)
        .on("POST /v1/data_sources/{id}/query", json!({ "results": [], "has_more": false }))
        .on("GET /v1/databases/{id}", database);
    assert_eq!(fetch(&host, json!({ "id": SOURCE })).expect("a data source")["title"], "New database");
}

#[test]
fn what_nobody_sees_and_what_is_no_id_is_refused_with_what_helps() {
    let host =
        no_page().on("GET /v1/data_sources/{id}", not_found()).on("GET /v1/databases/{id}", not_found());
    let problem = fetch(&host, json!({ "id": OTHER })).expect_err("nothing");
    assert_eq!(problem.code.as_str(), "not_found");
    assert!(problem.hint.expect("a hint").contains("`search`"));
    let host = MockHost::new();
    let problem = fetch(&host, json!({ "id": "Road map" })).expect_err("no id");
    assert!(problem.hint.expect("a hint").contains("search for it"));
    assert!(host.sent().is_empty());
}

#[test]
fn a_failure_of_notion_is_no_other_kind_of_object() {
    let failed = Problem::upstream_failed("Notion failed.").details(json!({ "notion": { "status": 502 } }));
    let host = MockHost::new()
        .on("GET /v1/pages/{id}", failed.clone())
        .on("GET /v1/pages/{id}/markdown", failed.clone());
    assert_eq!(fetch(&host, json!({ "id": PAGE })), Err(failed));
}
