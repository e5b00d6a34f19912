use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

fn found() -> Value {
    json!({
        "object": "list",
        "results": [
            {
                "object": "page", "id": "p", "url": "https://app.notion.com/p/p", "icon": null,
                "parent": { "type": "page_id", "page_id": "q" }, "last_edited_time": "2026-01-10T09:30:00.000Z",
                "properties": { "title": { "id": "title", "type": "title", "title": [{ "plain_text": "Plans" }] } },
            },
            {
                "object": "data_source", "id": "d", "title": [], "last_edited_time": "2026-01-09T09:30:00.000Z",
                "parent": { "type": "database_id", "database_id": "b" }, "properties": { "Name": {} },
            },
        ],
        "next_cursor": "c", "has_more": true, "type": "page_or_data_source",
    })
}

#[test]
fn results_are_small_and_flat() {
    let host = MockHost::new().on("POST /v1/search", found());
    let answer = host.run(&PLUGIN, "search", json!({ "query": " plans " })).expect("results");
    let expected = json!({
        "results": [
            {
                "id": "p", "object": "page", "title": "Plans", "url": "https://app.notion.com/p/p",
                "parent": { "type": "page", "id": "q" }, "last_edited_time": "2026-01-10T09:30:00.000Z",
            },
            {
                "id": "d", "object": "data_source", "parent": { "type": "database", "id": "b" },
                "last_edited_time": "2026-01-09T09:30:00.000Z",
            },
        ],
        "next_cursor": "c",
    });
    assert_eq!(answer.value(), Some(expected));
    assert_eq!(host.requests()[0].body, Some(json!({ "query": "plans", "page_size": 10 })));
}

#[test]
fn everything_asked_for_reaches_notion() {
    let host = MockHost::new().on("POST /v1/search", json!({ "results": [], "next_cursor": null }));
    let arguments =
        json!({ "object": "database", "sort": "descending", "page_size": 100, "cursor": "c", "query": null });
    let answer = host.run(&PLUGIN, "search", arguments).expect("no results");
    assert_eq!(answer.value(), Some(json!({ "results": [] })));
    let body = json!({
        "filter": { "property": "object", "value": "data_source" },
        "sort": { "direction": "descending", "timestamp": "last_edited_time" },
        "page_size": 100, "start_cursor": "c",
    });
    assert_eq!(host.requests()[0].body, Some(body));
}

#[test]
fn full_results_are_notions_own() {
    let host = MockHost::new().on("POST /v1/search", found());
    let answer =
        host.run(&PLUGIN, "search", json!({ "detail": "full" })).expect("results").value().expect("data");
    assert_eq!(answer["results"], found()["results"]);
}

#[test]
fn a_wrong_page_size_or_object_is_refused() {
    let host = MockHost::new();
    for arguments in [json!({ "page_size": 101 }), json!({ "page_size": 0 }), json!({ "object": "block" })] {
        assert!(host.run(&PLUGIN, "search", arguments).is_err());
    }
    assert!(host.sent().is_empty());
}

#[test]
fn the_definition_fits_what_clients_take() {
    let definitions = PLUGIN.definitions();
    let definition = &definitions[0];
    assert_eq!(definition.route, Some(("POST", "/v1/notion/search")));
    assert!(definition.description.chars().count() <= 300);
    for (name, property) in definition.input_schema["properties"].as_object().expect("properties") {
        let description = property["description"].as_str().expect(name);
        assert!(description.chars().count() <= 700, "{name}");
        assert!(property.get("oneOf").is_none(), "{name}");
    }
}
