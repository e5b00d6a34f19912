use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{PAGE, SOURCE, URL, below_trash, host, page, row, run, written};

fn update(host: &MockHost, mut arguments: Value) -> Result<Value, Problem> {
    arguments["page_id"] = json!(PAGE);
    run(host, "update_page", arguments)
}

fn known(page: Value) -> MockHost {
    host(&[SOURCE]).on("GET /v1/pages/{id}", page.clone()).on("PATCH /v1/pages/{id}", page)
}

#[test]
fn only_what_differs_is_sent() {
    let host = known(row());
    let arguments = json!({ "properties": { "Status": "Done", "Points": 3, "Name": "Plan" } });
    let answer = update(&host, arguments).expect("changed");
    assert_eq!(answer, json!({ "id": PAGE, "url": URL, "changed": ["Status"] }));
    assert_eq!(written(&host)[0].1, json!({ "properties": { "Status": { "select": { "name": "Done" } } } }));
    let answer = update(&host, json!({ "properties": { "points": 3 } })).expect("nothing to do");
    assert_eq!(answer, json!({ "id": PAGE, "url": URL, "unchanged": true }));
    assert_eq!(written(&host).len(), 1);
}

#[test]
fn looks_and_lock_cost_one_request_and_null_removes() {
    let host = known(page());
    let answer =
        update(&host, json!({ "icon": null, "cover": "https://example.com/c.png", "is_locked": true }));
    assert_eq!(answer.expect("changed")["changed"], json!(["icon", "cover", "is_locked"]));
    assert_eq!(host.sent().len(), 1);
    let body = &written(&host)[0].1;
    assert_eq!((&body["icon"], &body["is_locked"]), (&Value::Null, &json!(true)));
}

#[test]
fn a_page_that_is_no_row_has_only_a_title() {
    let host = known(page());
    update(&host, json!({ "properties": { "Title": "New" } })).expect("changed");
    assert_eq!(written(&host)[0].1["properties"]["title"]["title"][0]["text"]["content"], "New");
    let problem = update(&host, json!({ "properties": { "Status": "Done" } })).expect_err("no such property");
    assert!(problem.hint.expect("a hint").contains("only `title`"));
    assert_eq!(written(&host).len(), 1);
}

#[test]
fn what_cannot_be_right_is_refused_with_what_would_be() {
    let host = known(row());
    for (arguments, helps) in [
        (json!({ "properties": { "Stauts": "Done" } }), "`Status`"),
        (json!({ "properties": { "Status": "Dne" } }), "Done"),
        (json!({ "properties": { "Points": "many" } }), "number"),
        (json!({ "icon": "rocket" }), "emoji"),
        (json!({}), "`edit_page`"),
    ] {
        let problem = update(&host, arguments.clone()).expect_err("refused");
        assert!(problem.hint.as_ref().is_some_and(|hint| hint.contains(helps)), "{arguments}: {problem}");
    }
    assert!(written(&host).is_empty());
}

#[test]
fn a_page_in_the_trash_is_left_alone() {
    let mut trashed = row();
    trashed["in_trash"] = json!(true);
    let host = known(trashed);
    let problem = update(&host, json!({ "properties": { "Points": 4 } })).expect_err("in the trash");
    assert!(problem.hint.expect("a hint").contains("`trash`"));
    assert!(written(&host).is_empty());
    let host = MockHost::new().on("PATCH /v1/pages/{id}", below_trash()).on("GET /v1/pages/{id}", page());
    let problem = update(&host, json!({ "is_locked": true })).expect_err("below the trash");
    assert!(problem.hint.is_some());
}

#[test]
fn what_get_page_answered_is_given_back_and_other_read_only_values_are_all_named() {
    let mut page = row();
    let mut source = super::source();
    for (name, kind, value) in [
        ("No", "unique_id", json!({ "prefix": "T", "number": 7 })),
        ("Score", "formula", json!({ "type": "number", "number": 2.5 })),
        ("Made", "created_time", json!("2026-01-10T09:30:00.000Z")),
    ] {
        page["properties"][name] = json!({ "id": name, "type": kind, kind: value });
        source["properties"][name] = json!({ "id": name, "name": name, "type": kind, kind: {} });
    }
    let host = MockHost::new()
        .on("GET /v1/data_sources/{id}", source)
        .on("GET /v1/pages/{id}", page.clone())
        .on("PATCH /v1/pages/{id}", page.clone());
    let plain = run(&host, "get_page", json!({ "page_id": PAGE })).expect("a page")["properties"].clone();
    for given in [plain, page["properties"].clone()] {
        let answer = update(&host, json!({ "properties": given })).expect("nothing to do");
        assert_eq!(answer["unchanged"], true);
    }
    let wrong = json!({ "No": 8, "Score": 3, "Made": "2026-01-11T00:00:00Z", "Points": 4 });
    let problem = update(&host, json!({ "properties": wrong })).expect_err("read-only");
    for name in ["`No`", "`Score`", "`Made`"] {
        assert!(problem.message.contains(name), "{problem}");
    }
    assert!(written(&host).is_empty());
}
