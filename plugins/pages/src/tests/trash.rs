use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{DATABASE, OTHER, PAGE, below_trash, database, not_found, page, refused, run};

#[test]
fn the_kind_of_an_id_is_found_out() {
    let block = json!({ "object": "block", "id": OTHER });
    let host = MockHost::new()
        .on(&format!("PATCH /v1/pages/{PAGE}"), page())
        .on("PATCH /v1/pages/{id}", refused(400, "Provided ID is a database, not a page."))
        .on(&format!("PATCH /v1/databases/{DATABASE}"), database(&[]))
        .on("PATCH /v1/databases/{id}", not_found())
        .on("PATCH /v1/blocks/{id}", block);
    for (id, object, requests) in [(PAGE, "page", 1), (DATABASE, "database", 3), (OTHER, "block", 6)] {
        let answer = run(&host, "trash", json!({ "id": id })).expect("in the trash");
        assert_eq!(answer, json!({ "id": id, "object": object, "in_trash": true }));
        assert_eq!(host.sent().len(), requests);
    }
    assert!(host.requests().iter().all(|request| request.body == Some(json!({ "in_trash": true }))));
}

#[test]
fn a_page_comes_out_of_the_trash() {
    let host = MockHost::new().on("PATCH /v1/pages/{id}", page());
    let answer = run(&host, "trash", json!({ "id": PAGE, "restore": true })).expect("restored");
    assert_eq!(answer["in_trash"], false);
    assert_eq!(host.requests()[0].body, Some(json!({ "in_trash": false })));
}

#[test]
fn what_lies_below_something_in_the_trash_names_it() {
    let mut inner = page();
    inner["parent"] = json!({ "type": "block_id", "block_id": OTHER });
    let block = json!({ "object": "block", "id": OTHER, "parent": { "type": "database_id", "database_id": DATABASE } });
    let mut trashed = database(&[]);
    trashed["in_trash"] = json!(true);
    let host = MockHost::new()
        .on("PATCH /v1/pages/{id}", below_trash())
        .on("GET /v1/pages/{id}", inner)
        .on("GET /v1/blocks/{id}", block)
        .on("GET /v1/databases/{id}", trashed);
    let problem = run(&host, "trash", json!({ "id": PAGE, "restore": true })).expect_err("below the trash");
    assert!(problem.hint.expect("a hint").contains(DATABASE));
    assert_eq!(host.sent().iter().filter(|line| line.starts_with("PATCH")).count(), 1);
}

#[test]
fn what_nobody_sees_and_what_fails_is_said() {
    let host = MockHost::new()
        .on("PATCH /v1/pages/{id}", not_found())
        .on("PATCH /v1/databases/{id}", not_found())
        .on("PATCH /v1/blocks/{id}", not_found())
        .on("PATCH /v1/data_sources/{id}", not_found());
    let problem = run(&host, "trash", json!({ "id": PAGE })).expect_err("nothing");
    assert_eq!(problem.code.as_str(), "not_found");
    assert!(problem.hint.is_some());
    let unknown = Problem::outcome_unknown("Nobody knows.");
    let host = MockHost::new().on("PATCH /v1/pages/{id}", unknown.clone());
    assert_eq!(run(&host, "trash", json!({ "id": PAGE })), Err(unknown), "no second try");
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn a_link_is_trashed_by_what_it_names_and_never_by_what_that_is_in() {
    let hex = |id: &str| id.replace('-', "");
    let (database, row, block) = (hex(DATABASE), hex(PAGE), hex(OTHER));
    let trashed = |link: &str| {
        let host = MockHost::new().on("PATCH /v1/pages/{id}", page());
        (run(&host, "trash", json!({ "id": link })), host.sent())
    };
    let peek = format!("https://www.notion.so/acme/{database}?v={block}&p={row}&pm=s");
    assert_eq!(trashed(&peek).1, [format!("PATCH /v1/pages/{PAGE}")]);
    let anchor = format!("https://www.notion.so/acme/{row}#{block}");
    assert_eq!(trashed(&anchor).1, [format!("PATCH /v1/pages/{OTHER}")]);
    let (refused, sent) = trashed(&format!("https://www.notion.so/acme/{database}?v={block}"));
    assert!(refused.expect_err("a view or its database").message.contains("the view"));
    assert!(sent.is_empty());
}
