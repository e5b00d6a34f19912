use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{OTHER, PAGE, URL, not_found, row, run};

fn get(host: &MockHost, arguments: Value) -> Result<Value, Problem> {
    run(host, "get_page", arguments)
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("55555555-5555-5555-5555-{number:012}")).collect()
}

/// A row with a relation to so many pages, of which Notion shows 25 and answers 100 at once.
fn related(count: usize) -> MockHost {
    let mut page = row();
    let shown: Vec<Value> = ids(0..count.min(25)).into_iter().map(|id| json!({ "id": id })).collect();
    page["properties"]["Tasks"] =
        json!({ "id": "%3Ab", "type": "relation", "relation": shown, "has_more": count > 25 });
    MockHost::new().on("GET /v1/pages/{id}", page).on_with(
        "GET /v1/pages/{id}/properties/{property}",
        move |request| {
            let value = |name: &str| {
                request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            };
            let start: usize = value("start_cursor").map_or(0, |cursor| cursor.parse().expect("a cursor"));
            let end = (start + 100).min(count);
            let results: Vec<Value> = ids(start..end)
                .into_iter()
                .map(|id| json!({ "object": "property_item", "type": "relation", "relation": { "id": id } }))
                .collect();
            let next = (end < count).then(|| end.to_string());
            Ok(Response {
                status: 200,
                body: json!({ "object": "list", "results": results, "next_cursor": next }),
            })
        },
    )
}

/// How often the rest of a value was asked for.
fn of_values(host: &MockHost) -> usize {
    host.sent().iter().filter(|line| line.contains("/properties/")).count()
}

#[test]
fn a_page_is_a_flat_row() {
    let host = MockHost::new().on("GET /v1/pages/{id}", row());
    let expected =
        json!({ "id": PAGE, "url": URL, "title": "Plan", "properties": { "Status": "To do", "Points": 3 } });
    assert_eq!(get(&host, json!({ "page_id": PAGE })).expect("a page"), expected);
    let chosen = get(&host, json!({ "page_id": PAGE, "properties": ["points"] })).expect("a page");
    assert_eq!(chosen["properties"], json!({ "Points": 3 }));
    assert_eq!(chosen["title"], "Plan");
    let problem = get(&host, json!({ "page_id": PAGE, "properties": ["Pionts"] })).expect_err("unknown");
    assert!(problem.hint.expect("a hint").contains("`Points`"));
}

#[test]
fn long_relations_are_read_whole() {
    let host = related(230);
    let answer = get(&host, json!({ "page_id": PAGE })).expect("a page");
    assert_eq!(answer["properties"]["Tasks"], json!(ids(0..230)));
    assert!(answer.get("cut").is_none());
    assert_eq!(of_values(&host), 3);
    assert!(host.sent()[1].contains("/properties/%3Ab?"), "the id is escaped once: {:?}", host.sent());
}

#[test]
fn what_notion_did_not_compute_is_read_by_its_own_endpoint_or_named() {
    let mut page = row();
    let many: Vec<Value> = ids(0..25).into_iter().map(|id| json!({ "id": id })).collect();
    page["properties"]["Tasks"] =
        json!({ "id": "t", "type": "relation", "relation": many, "has_more": true });
    page["properties"]["Sum"] = json!({ "id": "s", "type": "rollup", "rollup": { "type": "number", "number": 25, "function": "sum" } });
    page["properties"]["Broken"] =
        json!({ "id": "b", "type": "formula", "formula": { "type": "unsupported" } });
    let list = json!({ "object": "list", "results": [], "next_cursor": null, "property_item": {
        "id": "s", "type": "rollup", "rollup": { "type": "number", "number": 30, "function": "sum" } } });
    let host = MockHost::new().on("GET /v1/pages/{id}", page).on("GET /v1/pages/{id}/properties/s", list).on(
        "GET /v1/pages/{id}/properties/b",
        json!({ "object": "property_item", "type": "formula", "formula": { "type": "unsupported" } }),
    );
    let answer = get(&host, json!({ "page_id": PAGE, "properties": ["Sum", "Broken"] })).expect("a page");
    assert_eq!(answer["properties"], json!({ "Sum": 30 }));
    assert_eq!(answer["not_computed"], json!(["Broken"]));
    assert_eq!(host.sent().len(), 3);
}

#[test]
fn what_is_longer_than_anybody_reads_is_named() {
    let host = related(1_500);
    let answer = get(&host, json!({ "page_id": PAGE })).expect("a page");
    assert_eq!(answer["properties"]["Tasks"].as_array().expect("ids").len(), 1_000);
    assert_eq!(answer["cut"], json!(["Tasks"]));
}

#[test]
fn short_values_cost_no_request() {
    let host = related(24);
    get(&host, json!({ "page_id": PAGE })).expect("a page");
    assert_eq!(of_values(&host), 0);
    let host = related(230);
    get(&host, json!({ "page_id": PAGE, "properties": ["Status"] })).expect("a page");
    assert_eq!(host.sent().len(), 1, "what is not asked for is not completed");
}

#[test]
fn content_comes_with_what_is_missing_from_it() {
    let text = "a line of text\n".repeat(5_000);
    let markdown = json!({ "markdown": text, "truncated": true, "unknown_block_ids": [OTHER] });
    let host = MockHost::new().on("GET /v1/pages/{id}", row()).on("GET /v1/pages/{id}/markdown", markdown);
    let answer = get(&host, json!({ "page_id": PAGE, "content": true })).expect("a page");
    let shown = answer["content"].as_str().expect("content");
    assert!(text.starts_with(shown) && shown.ends_with("text\n") && shown.len() < text.len());
    assert_eq!(answer["unknown_blocks"], json!([OTHER]));
    let notes = answer["notes"].to_string();
    assert!(notes.contains(&shown.len().to_string()) && notes.contains("Notion cut"), "{notes}");
}

#[test]
fn full_detail_is_notions_own() {
    let markdown = json!({ "markdown": "x", "truncated": false, "unknown_block_ids": [] });
    let host =
        MockHost::new().on("GET /v1/pages/{id}", row()).on("GET /v1/pages/{id}/markdown", markdown.clone());
    let answer = get(&host, json!({ "page_id": PAGE, "detail": "full", "content": true })).expect("a page");
    assert_eq!(answer["markdown"], markdown);
    assert_eq!(answer["properties"], row()["properties"]);
}

#[test]
fn what_is_not_there_is_notions_refusal() {
    let host = MockHost::new().on("GET /v1/pages/{id}", not_found());
    assert_eq!(get(&host, json!({ "page_id": PAGE })), Err(not_found()));
}

#[test]
fn related_pages_are_named_beside_their_ids() {
    let titled = |id: &str| {
        json!({
            "object": "page", "id": id, "parent": { "type": "data_source_id", "data_source_id": OTHER },
            "properties": { "Name": { "id": "title", "type": "title", "title": [{ "plain_text": format!("Task {}", &id[34..]) }] } },
        })
    };
    let with = |count: usize| {
        let mut page = row();
        let shown: Vec<Value> = ids(0..count).into_iter().map(|id| json!({ "id": id })).collect();
        page["properties"]["Tasks"] =
            json!({ "id": "t", "type": "relation", "relation": shown, "has_more": false });
        let rows: Vec<Value> = ids(0..count).iter().map(|id| titled(id)).collect();
        MockHost::new()
            .on(&format!("GET /v1/pages/{PAGE}"), page)
            .on_with("GET /v1/pages/{id}", move |request| {
                Ok(Response { status: 200, body: titled(&request.path.segments()[2]) })
            })
            .on("POST /v1/data_sources/{id}/query", json!({ "results": rows, "next_cursor": null }))
    };
    let host = with(2);
    let answer = get(&host, json!({ "page_id": PAGE })).expect("a page");
    assert_eq!(answer["titles"], json!({ ids(0..1)[0].clone(): "Task 00", ids(1..2)[0].clone(): "Task 01" }));
    assert_eq!(host.sent().len(), 3);

    // Of many, one page says what they are rows of, and one request reads them.
    let host = with(20);
    let answer = get(&host, json!({ "page_id": PAGE })).expect("a page");
    assert_eq!(answer["titles"].as_object().map(serde_json::Map::len), Some(20));
    assert_eq!(host.sent().len(), 3, "{:?}", host.sent());
}
