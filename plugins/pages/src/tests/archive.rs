use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::{DATABASE, OTHER, PAGE, SOURCE, host, row, run, written};

/// The row as it is in another data source, with more columns than the target has.
fn elsewhere() -> Value {
    let mut row = row();
    row["parent"] = json!({ "type": "data_source_id", "data_source_id": OTHER });
    row["properties"]["Owner"] = json!({ "id": "w", "type": "email", "email": "ada@example.com" });
    row
}

/// The row as Notion answers it after a move: its values are gone.
fn emptied() -> Value {
    let mut row = row();
    row["properties"]["Points"]["number"] = json!(null);
    row["properties"]["Status"]["select"] = json!(null);
    row
}

#[test]
fn rows_keep_their_values_and_what_has_no_column_is_named() {
    let host = host(&[SOURCE])
        .on("GET /v1/pages/{id}", elsewhere())
        .on("POST /v1/pages/{id}/move", emptied())
        .on("PATCH /v1/pages/{id}", row());
    let answer =
        run(&host, "archive", json!({ "page_ids": [PAGE], "database_id": DATABASE })).expect("moved");
    assert_eq!(
        answer,
        json!({ "moved": 1, "rows": [{ "id": PAGE, "not_kept": { "Owner": "ada@example.com" } }] })
    );
    let written = written(&host);
    assert_eq!(written[0].1["parent"]["data_source_id"], SOURCE);
    assert_eq!(
        written[1].1,
        json!({ "properties": { "Status": { "select": { "name": "To do" } }, "Points": { "number": 3 } } })
    );
}

#[test]
fn a_row_that_is_there_already_is_left_as_it_is() {
    let host = host(&[SOURCE]).on("GET /v1/pages/{id}", row());
    let answer = run(&host, "archive", json!({ "page_ids": [PAGE, PAGE], "database_id": DATABASE }));
    assert_eq!(answer.expect("unchanged"), json!({ "moved": 0, "unchanged": 1 }));
    assert!(written(&host).is_empty());
}

#[test]
fn values_that_could_not_be_written_are_a_problem_that_has_them() {
    let host = host(&[SOURCE])
        .on("GET /v1/pages/{id}", elsewhere())
        .on("POST /v1/pages/{id}/move", emptied())
        .on("PATCH /v1/pages/{id}", Problem::upstream_failed("Notion broke."));
    let problem = run(&host, "archive", json!({ "page_ids": [PAGE, OTHER], "database_id": DATABASE }))
        .expect_err("the values are not written");
    assert_eq!(problem.code, toolbay_sdk::Code::UpstreamFailed);
    assert!(problem.message.contains("was moved, and its values were not written"), "{problem}");
    let details = problem.details.expect("details");
    assert_eq!(
        details["rows"][0]["not_kept"],
        json!({ "Status": "To do", "Points": 3, "Owner": "ada@example.com" })
    );
    assert_eq!((&details["moved"], &details["left"]), (&json!(1), &json!([OTHER])));
}

#[test]
fn no_row_and_links_of_other_things_are_refused_before_anything_is_moved() {
    let host = MockHost::new();
    let (page, other) = (PAGE.replace('-', ""), OTHER.replace('-', ""));
    for ids in [
        json!([]),
        json!([format!("https://www.notion.so/{page}#{other}")]),
        json!([format!("user://{other}")]),
    ] {
        assert!(run(&host, "archive", json!({ "page_ids": ids, "database_id": DATABASE })).is_err());
    }
    assert!(host.sent().is_empty());
}
