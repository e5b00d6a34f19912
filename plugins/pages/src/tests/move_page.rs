use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{DATABASE, OTHER, PAGE, SOURCE, URL, host, not_found, page, row, run, written};

#[test]
fn a_page_goes_below_a_page_or_into_a_database() {
    let mut elsewhere = page();
    elsewhere["parent"] = json!({ "type": "page_id", "page_id": PAGE });
    let host = host(&[SOURCE])
        .on("GET /v1/pages/{id}", elsewhere)
        .on("GET /v1/pages/{id}", page())
        .on("POST /v1/pages/{id}/move", page());
    let answer = run(&host, "move_page", json!({ "page_id": PAGE, "parent_page_id": OTHER })).expect("moved");
    assert_eq!(answer, json!({ "id": PAGE, "url": URL }));
    // It is there already: moving it would take it out and in again.
    let there = run(&host, "move_page", json!({ "page_id": PAGE, "parent_page_id": OTHER })).expect("there");
    assert_eq!(there["unchanged"], true);
    run(&host, "move_page", json!({ "page_id": PAGE, "database_id": DATABASE })).expect("moved");
    let parents: Vec<Value> = written(&host).into_iter().map(|(_, body)| body["parent"].clone()).collect();
    assert_eq!(parents[0], json!({ "type": "page_id", "page_id": OTHER }));
    assert_eq!(parents[1], json!({ "type": "data_source_id", "data_source_id": SOURCE }));
}

#[test]
fn a_database_given_as_the_parent_page_is_taken_for_what_it_is() {
    let host = host(&[SOURCE])
        .on("GET /v1/pages/{id}", page())
        .on("POST /v1/pages/{id}/move", not_found())
        .on("POST /v1/pages/{id}/move", page());
    run(&host, "move_page", json!({ "page_id": PAGE, "parent_page_id": DATABASE })).expect("moved");
    assert_eq!(written(&host)[1].1["parent"]["data_source_id"], SOURCE);
}

#[test]
fn a_page_that_is_not_there_and_a_place_that_is_not_clear_are_refused() {
    let host =
        host(&[SOURCE]).on("GET /v1/pages/{id}", not_found()).on("POST /v1/pages/{id}/move", not_found());
    let arguments = json!({ "page_id": PAGE, "parent_page_id": OTHER });
    assert_eq!(run(&host, "move_page", arguments), Err(not_found()));
    for arguments in [
        json!({ "page_id": PAGE }),
        json!({ "page_id": PAGE, "parent_page_id": OTHER, "database_id": DATABASE }),
    ] {
        assert!(run(&MockHost::new(), "move_page", arguments).expect_err("not clear").hint.is_some());
    }
}

#[test]
fn values_that_do_not_survive_a_move_are_named() {
    let mut before = row();
    before["parent"] = json!({ "type": "data_source_id", "data_source_id": OTHER });
    let mut after = row();
    after["properties"]["Points"]["number"] = json!(null);
    let host = host(&[SOURCE]).on("GET /v1/pages/{id}", before).on("POST /v1/pages/{id}/move", after);
    let answer = run(&host, "move_page", json!({ "page_id": PAGE, "database_id": DATABASE })).expect("moved");
    assert_eq!(answer["lost"], json!({ "Points": 3 }));
}

#[test]
fn a_link_that_names_something_else_moves_nothing() {
    let host = MockHost::new();
    let (page, other) = (PAGE.replace('-', ""), OTHER.replace('-', ""));
    for link in
        [format!("https://www.notion.so/{page}#{other}"), format!("https://www.notion.so/{page}?v={other}")]
    {
        let arguments = json!({ "page_id": link, "parent_page_id": OTHER });
        assert!(run(&host, "move_page", arguments).expect_err("no page").message.contains("names the"));
    }
    assert!(host.sent().is_empty());
}
