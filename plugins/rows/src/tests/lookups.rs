//! Rows that are hard to tell apart.

use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, run, writes};

const DATA_SOURCE: &str = "22222222-2222-2222-2222-222222222222";

fn upsert(data_source: &str, name: &str) -> Value {
    json!({ "op": "upsert", "args": {
        "database_id": data_source, "unique": { "property": "Name", "value": name },
    } })
}

/// A host of a data source with a title, where each query finds these rows.
fn holding(rows: Value) -> MockHost {
    MockHost::new()
        .on(
            "GET /v1/data_sources/{data_source_id}",
            json!({ "id": DATA_SOURCE, "properties": { "Name": { "id": "title", "type": "title", "title": {} } } }),
        )
        .on(
            "POST /v1/data_sources/{data_source_id}/query",
            json!({ "results": rows, "has_more": false, "next_cursor": null }),
        )
}

#[test]
fn a_key_of_more_rows_than_a_page_is_ambiguous_and_the_others_are_told() {
    let workspace = Workspace::new();
    let source = &workspace.ids.tasks_data_source;
    let page = |title: &str| {
        json!({ "parent": { "data_source_id": source }, "properties": {
            "Name": { "title": [{ "text": { "content": title } }] },
        } })
    };
    let mut pages = vec![page("Same"); 150];
    pages.push(page("Last"));
    workspace.emulator.plant(&json!({ "pages": pages })).expect("planted");
    let host = workspace.host();
    let ops = [upsert(source, "Same"), upsert(source, "Last"), upsert(source, "New")];
    let answer = run(&host, "bulk", json!({ "mode": "continue_on_error", "ops": ops })).expect("an answer");
    assert_eq!(answer["results"][0]["error"]["code"], "conflict");
    assert!(answer["results"][0]["error"]["message"].as_str().expect("a sentence").contains("more than 10"));
    assert_eq!(answer["results"][1]["result"]["action"], "unchanged");
    assert_eq!(answer["results"][2]["result"]["action"], "created");
    assert_eq!(host.requests().len(), 1 + 2 + 1);
}

/// Notion's own idea of equality may be one that nobody has described: here it takes an accent for none.
#[test]
fn a_row_that_only_notion_takes_for_equal_is_another_row() {
    let row = json!({ "object": "page", "id": "33333333-3333-3333-3333-333333333333", "properties": {
        "Name": { "id": "title", "type": "title", "title": [{ "plain_text": "Caf\u{e9}", "text": { "content": "Caf\u{e9}" } }] },
    } });
    let host =
        holding(json!([row])).on("POST /v1/pages", json!({ "id": "44444444-4444-4444-4444-444444444444" }));
    // The accent in two code points is the same accent.
    let ops = [upsert(DATA_SOURCE, "Cafe"), upsert(DATA_SOURCE, "Cafe\u{301}")];
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["results"][0]["result"]["action"], "created");
    assert_eq!(answer["results"][1]["result"]["action"], "unchanged", "{answer}");
    assert_eq!(writes(&host).len(), 1);
}

#[test]
fn a_key_that_differs_in_case_is_another_row_and_the_answer_tells_of_the_first() {
    let workspace = Workspace::new();
    let source = &workspace.ids.tasks_data_source;
    let first = workspace.run("bulk", json!({ "ops": [upsert(source, "Plan aBc")] })).expect("created");
    let second = workspace.run("bulk", json!({ "ops": [upsert(source, "plan AbC")] })).expect("created");
    let (first, second) = (&first["results"][0]["result"], &second["results"][0]["result"]);
    assert_eq!((&first["action"], &second["action"]), (&json!("created"), &json!("created")));
    let note = second["note"].as_str().expect("a note");
    assert!(note.contains(first["id"].as_str().expect("an id")), "{note}");
}

#[test]
fn what_notion_says_of_a_new_rows_content_is_told() {
    let host = holding(json!([]))
        .on(
            "POST /v1/pages",
            json!({ "id": "44444444-4444-4444-4444-444444444444", "warnings": [{ "code": "odd", "message": "Odd." }] }),
        );
    let arguments = json!({
        "database_id": DATA_SOURCE, "unique": { "property": "Name", "value": "New" }, "content": "Some *text*.",
    });
    assert_eq!(run(&host, "upsert", arguments).expect("created")["note"], "Odd.");
}
