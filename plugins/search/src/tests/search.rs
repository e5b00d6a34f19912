use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use crate::PLUGIN;

fn found() -> Value {
    json!({
        "object": "list", "has_more": true, "next_cursor": "c",
        "results": [
            {
                "object": "page", "id": "p", "url": "https://app.notion.com/p/p", "last_edited_time": "2026-01-10T09:30:00.000Z",
                "parent": { "type": "page_id", "page_id": "q" }, "icon": null,
                "properties": { "title": { "id": "title", "type": "title", "title": [{ "plain_text": "Plans" }] } },
            },
            { "object": "data_source", "id": "d", "url": "https://app.notion.com/p/d", "title": [] },
        ],
    })
}

#[test]
fn each_result_has_what_a_citation_needs_and_no_more() {
    let host = MockHost::new().on("POST /v1/search", found());
    let answer = host.run(&PLUGIN, "search", json!({ "query": " plans " })).expect("results");
    let expected = json!({
        "results": [
            { "id": "p", "title": "Plans", "url": "https://app.notion.com/p/p" },
            { "id": "d", "title": "", "url": "https://app.notion.com/p/d", "object": "data_source" },
        ],
        "next_cursor": "c",
    });
    assert_eq!(answer.value(), Some(expected));
    assert_eq!(host.requests()[0].body, Some(json!({ "query": "plans", "page_size": 10 })));
}

#[test]
fn plain_arguments_and_those_of_the_specification_mean_the_same() {
    let body = json!({
        "filter": { "property": "object", "value": "data_source" },
        "sort": { "direction": "descending", "timestamp": "last_edited_time" },
        "page_size": 100, "start_cursor": "c",
    });
    for arguments in [
        json!({ "object": "database", "sort": "descending", "page_size": 100, "cursor": "c", "query": null }),
        json!({
            "filter": { "property": "object", "value": "database" },
            "sort": { "direction": "descending", "timestamp": "last_edited_time" },
            "page_size": 100, "cursor": "c",
        }),
    ] {
        let host = MockHost::new().on("POST /v1/search", json!({ "results": [], "next_cursor": null }));
        let answer = host.run(&PLUGIN, "search", arguments).expect("no results");
        assert_eq!(answer.value(), Some(json!({ "results": [] })));
        let sent = host.requests().remove(0).body.expect("a body");
        assert_eq!(sent, body);
    }
}

#[test]
fn the_trash_can_be_searched() {
    let host = MockHost::new().on("POST /v1/search", json!({ "results": [] }));
    host.run(&PLUGIN, "search", json!({ "filter": { "in_trash": true } })).expect("results");
    assert_eq!(host.requests()[0].body.as_ref().expect("a body")["filter"], json!({ "in_trash": true }));
}

#[test]
fn full_results_are_notions_own() {
    let host = MockHost::new().on("POST /v1/search", found());
    let answer =
        host.run(&PLUGIN, "search", json!({ "detail": "full" })).expect("results").value().expect("data");
    assert_eq!(answer["results"], found()["results"]);
}

#[test]
fn what_cannot_be_searched_for_is_refused_with_what_can() {
    let host = MockHost::new();
    for arguments in [
        json!({ "page_size": 101 }),
        json!({ "page_size": 0 }),
        json!({ "object": "block" }),
        json!({ "filter": { "property": "object", "value": "block" } }),
        json!({ "object": "page", "filter": { "property": "object", "value": "page" } }),
        json!({ "sort": "title" }),
    ] {
        assert!(host.run(&PLUGIN, "search", arguments.clone()).is_err(), "{arguments}");
    }
    assert!(host.sent().is_empty());
}

#[test]
fn a_link_that_no_title_has_leads_to_what_reads_it() {
    let host = MockHost::new().on("POST /v1/search", json!({ "results": [], "next_cursor": null }));
    let id = "59833787e2cf4fdf8782e53db20768a5";
    for query in [id.to_owned(), format!("https://www.notion.so/acme/Plan-{id}")] {
        let problem = host.run(&PLUGIN, "search", json!({ "query": query })).expect_err("nothing found");
        assert!(problem.hint.is_some_and(|hint| hint.contains("`fetch`")));
    }
    let answer = host.run(&PLUGIN, "search", json!({ "query": "Plan 9" })).expect("nothing found");
    assert_eq!(answer.value().expect("data")["results"], json!([]));
    let foreign = json!({ "query": "Plan", "filter": { "foo": 1 } });
    let problem = host.run(&PLUGIN, "search", foreign).expect_err("no such member");
    assert!(problem.hint.is_some_and(|hint| hint.contains("`in_trash`")));
}
