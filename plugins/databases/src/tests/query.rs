use toolbay_sdk::mock::{MockHost, refused};
use toolbay_sdk::prelude::*;

use super::{DATABASE, OTHER, SOURCE, host, run, sent};

fn row(number: usize) -> Value {
    let id = format!("44444444-4444-4444-4444-{number:012}");
    json!({
        "object": "page", "id": id, "url": format!("https://app.notion.com/p/{id}"), "created_time": "2026-01-01T00:00:00.000Z",
        "properties": {
            "Status": { "id": "s", "type": "select", "select": { "id": "o1", "name": "To do", "color": "gray" } },
            "Tasks": { "id": "r", "type": "relation", "relation": [{ "id": OTHER }], "has_more": number == 1 },
            "Name": { "id": "title", "type": "title", "title": [{ "plain_text": format!("Row {number}") }] },
            "Points": { "id": "n", "type": "number", "number": null },
        },
    })
}

/// A data source of so many rows, in pages as they are asked for.
fn with_rows(count: usize) -> MockHost {
    host(&[SOURCE]).on_with("POST /v1/data_sources/{id}/query", move |request| {
        let body = request.body.clone().unwrap_or_default();
        let start: usize =
            body["start_cursor"].as_str().map_or(0, |cursor| cursor.parse().expect("a cursor"));
        let size = usize::try_from(body["page_size"].as_u64().expect("a size")).expect("a size");
        let end = (start + size).min(count);
        let rows: Vec<Value> = (start..end).map(|number| row(number + 1)).collect();
        let mut answer = json!({ "results": rows, "next_cursor": null, "has_more": end < count });
        if end < count {
            answer["next_cursor"] = json!(end.to_string());
        }
        Ok(Response { status: 200, body: answer })
    })
}

#[test]
fn rows_are_cells_under_the_columns_that_are_filled() {
    let answer = run(&with_rows(2), "query", json!({ "database_id": DATABASE })).expect("rows");
    let expected = json!({
        "columns": ["id", "Name", "Status", "Tasks"],
        "rows": [
            ["44444444444444444444000000000001", "Row 1", "To do", ["33333333333333333333333333333333"]],
            ["44444444444444444444000000000002", "Row 2", "To do", ["33333333333333333333333333333333"]],
        ],
        "empty": ["Points"],
        "cut": ["Tasks"],
        "notes": ["Related pages without a title in `titles`: 1."],
    });
    assert_eq!(answer, expected);
}

#[test]
fn what_many_rows_share_is_said_once() {
    let answer = run(&with_rows(12), "query", json!({ "database_id": DATABASE })).expect("rows");
    assert_eq!(answer["columns"], json!(["id", "Name"]));
    let shared = json!({ "Status": "To do", "Tasks": ["33333333333333333333333333333333"] });
    assert_eq!(answer["in_all_rows"], shared);
    assert_eq!(answer["rows"][11], json!(["44444444444444444444000000000012", "Row 12"]));
    let arguments = json!({ "database_id": DATABASE, "properties": ["Status", "Points"] });
    let answer = run(&with_rows(12), "query", arguments).expect("rows");
    assert_eq!(answer["columns"], json!(["id", "Name", "Status", "Points"]));
    assert!(answer.get("in_all_rows").is_none());
}

#[test]
fn pages_are_read_up_to_the_limit_and_the_cursor_goes_on() {
    let host = with_rows(300);
    let answer = run(&host, "query", json!({ "database_id": SOURCE, "limit": 250 })).expect("rows");
    assert_eq!(answer["rows"].as_array().expect("rows").len(), 250);
    let sizes: Vec<Value> = host
        .requests()
        .iter()
        .filter_map(|request| Some(request.body.as_ref()?["page_size"].clone()))
        .collect();
    assert_eq!(sizes, [100, 100, 50]);
    let arguments = json!({ "database_id": SOURCE, "limit": 1000, "cursor": answer["next_cursor"] });
    let rest = run(&host, "query", arguments).expect("the rest");
    assert_eq!(rest["rows"].as_array().expect("rows").len(), 50);
    assert!(rest.get("next_cursor").is_none());
}

#[test]
fn chosen_columns_are_asked_for_by_id_and_stay_when_empty() {
    let host = with_rows(1);
    let arguments = json!({ "database_id": SOURCE, "properties": ["points", "Status"] });
    let answer = run(&host, "query", arguments).expect("rows");
    assert_eq!(answer["columns"], json!(["id", "Name", "Points", "Status"]));
    assert_eq!(answer["rows"][0][2], Value::Null);
    let query = host.requests().pop().expect("a query").query;
    let ids: Vec<&str> = query.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids, ["title", "n", "s"]);
    let problem = run(&host, "query", json!({ "database_id": SOURCE, "properties": ["Pionts"] }));
    assert!(problem.expect_err("unknown").hint.expect("a hint").contains("`Points`"));
}

#[test]
fn plain_filters_and_sorts_become_notions() {
    let host = with_rows(1);
    let arguments = json!({
        "database_id": SOURCE, "filter": { "Status": "done", "Points": { ">=": 3 } }, "sorts": ["-Points"], "in_trash": true,
    });
    run(&host, "query", arguments).expect("rows");
    let body = sent(&host);
    assert_eq!(body["sorts"], json!([{ "property": "Points", "direction": "descending" }]));
    assert_eq!(body["in_trash"], true);
    let filter = body["filter"].to_string();
    assert!(filter.contains("\"Done\"") && filter.contains("greater_than_or_equal_to"), "{filter}");
    let problem = run(&host, "query", json!({ "database_id": SOURCE, "filter": { "Status": "Dne" } }));
    assert!(problem.expect_err("no such option").hint.expect("a hint").contains("Done"));
}

#[test]
fn notions_cap_and_data_sources_among_the_rows_are_said() {
    let answer = json!({
        "results": [row(1), { "object": "data_source", "id": OTHER, "title": [{ "plain_text": "Inner" }] }],
        "next_cursor": null, "has_more": false,
        "request_status": { "type": "incomplete", "incomplete_reason": "query_result_limit_reached" },
    });
    let host = host(&[SOURCE]).on("POST /v1/data_sources/{id}/query", answer);
    let answer = run(&host, "query", json!({ "database_id": SOURCE })).expect("rows");
    assert_eq!(answer["rows"].as_array().expect("rows").len(), 1);
    assert_eq!(answer["data_sources"], json!([{ "id": OTHER, "title": "Inner" }]));
    assert!(answer["notes"][0].as_str().expect("a note").contains("10,000"));
}

#[test]
fn long_cells_are_cut_before_rows_are() {
    let mut long = row(2);
    long["properties"]["Name"]["title"][0]["plain_text"] = json!("x".repeat(5_000));
    let rows: Vec<Value> = vec![long; 100];
    let page = json!({ "results": rows, "next_cursor": "next", "has_more": true });
    let host = host(&[SOURCE]).on("POST /v1/data_sources/{id}/query", page);
    let answer = run(&host, "query", json!({ "database_id": SOURCE, "limit": 1000 })).expect("rows");
    assert!(answer.to_string().len() < 100_000, "{}", answer.to_string().len());
    let rows = answer["rows"].as_array().expect("rows").len();
    assert!((100..1000).contains(&rows), "{rows}");
    assert_eq!(answer["cut"], json!(["Name"]));
    assert_eq!(answer["next_cursor"], "next");
    assert!(answer["notes"][0].as_str().expect("a note").contains("ends early"));
}

#[test]
fn a_column_that_was_renamed_meanwhile_is_found_out() {
    let refusal = refused(400, "Could not find property with name or id: Points.");
    let mut later = super::source();
    later["properties"]["Score"] = later["properties"]["Points"].take();
    later["properties"].as_object_mut().expect("properties").shift_remove("Points");
    let host = MockHost::new()
        .on("GET /v1/data_sources/{id}", super::source())
        .on("GET /v1/data_sources/{id}", later)
        .on("POST /v1/data_sources/{id}/query", refusal);
    let problem = run(&host, "query", json!({ "database_id": SOURCE, "filter": { "Points": 3 } }));
    let hint = problem.expect_err("no longer there").hint.expect("a hint");
    assert!(hint.contains("`Score`"), "{hint}");
}

#[test]
fn a_failure_on_the_way_keeps_what_was_read() {
    let page = json!({ "results": [row(1)], "next_cursor": "next", "has_more": true });
    let host = host(&[SOURCE])
        .on("POST /v1/data_sources/{id}/query", page)
        .on("POST /v1/data_sources/{id}/query", Problem::rate_limited("Too many requests."));
    let answer = run(&host, "query", json!({ "database_id": SOURCE, "limit": 200 })).expect("rows");
    assert_eq!(answer["rows"].as_array().expect("rows").len(), 1);
    assert_eq!(answer["next_cursor"], "next");
    assert!(answer["notes"][0].as_str().expect("a note").contains("Too many requests."));
}

#[test]
fn full_detail_is_notions_own() {
    let answer =
        run(&with_rows(1), "query", json!({ "database_id": SOURCE, "detail": "full" })).expect("rows");
    assert_eq!(answer, json!({ "results": [row(1)] }));
}

#[test]
fn a_database_of_several_data_sources_asks_which() {
    let host = host(&[SOURCE, OTHER]);
    let problem = run(&host, "query", json!({ "database_id": DATABASE })).expect_err("which?");
    assert!(problem.hint.expect("a hint").contains(SOURCE));
}

#[test]
fn a_caller_that_has_gone_gets_no_further_pages() {
    let host = with_rows(300).caller_gone();
    let answer = run(&host, "query", json!({ "database_id": SOURCE, "limit": 300 })).expect("rows");
    assert_eq!(answer["rows"].as_array().expect("rows").len(), 100);
    assert_eq!(answer["next_cursor"], "100");
}

#[test]
fn a_filter_that_says_no_type_takes_the_one_that_a_row_shows() {
    let mut with_formula = super::source();
    with_formula["properties"]["Score"] =
        json!({ "id": "f", "name": "Score", "type": "formula", "formula": { "expression": "1" } });
    let source = |rows: Value| {
        MockHost::new().on("GET /v1/data_sources/{id}", with_formula.clone()).on(
            "POST /v1/data_sources/{id}/query",
            json!({ "results": rows, "next_cursor": null, "has_more": false }),
        )
    };
    let asked = json!({ "database_id": SOURCE, "filter": { "Score": { "is_not_empty": true } } });
    let mut shown = row(1);
    shown["properties"]["Score"] =
        json!({ "id": "f", "type": "formula", "formula": { "type": "number", "number": 2 } });
    let host = source(json!([shown]));
    run(&host, "query", asked.clone()).expect("rows");
    assert_eq!(
        sent(&host)["filter"],
        json!({ "property": "Score", "formula": { "number": { "is_not_empty": true } } })
    );
    let problem = run(&source(json!([])), "query", asked).expect_err("nothing tells");
    assert!(problem.hint.expect("a hint").contains("{\"number\": {\"is_not_empty\": true}}"));
}

#[test]
fn a_filter_that_notion_refuses_is_answered_with_what_helps() {
    let refusal = refused(400, "The filter does not match.");
    let host = host(&[SOURCE]).on("POST /v1/data_sources/{id}/query", refusal);
    let problem = run(&host, "query", json!({ "database_id": SOURCE, "filter": { "Points": 3 } }));
    assert!(problem.expect_err("refused").hint.expect("a hint").contains("is_not_empty"));
}

#[test]
fn a_link_to_a_view_says_that_the_view_is_not_applied() {
    let host =
        host(&[SOURCE]).on("POST /v1/data_sources/{id}/query", json!({ "results": [], "next_cursor": null }));
    let view = OTHER.replace('-', "");
    let link = format!("https://www.notion.so/acme/{}?v={view}", DATABASE.replace('-', ""));
    let answer = run(&host, "query", json!({ "database_id": link })).expect("rows");
    assert!(answer["notes"][0].as_str().is_some_and(|note| note.contains("not applied")), "{answer}");
    let answer = run(&host, "query", json!({ "database_id": DATABASE })).expect("rows");
    assert!(answer.get("notes").is_none());
}

#[test]
fn a_column_that_is_chosen_in_two_ways_is_one_column() {
    let host =
        host(&[SOURCE]).on("POST /v1/data_sources/{id}/query", json!({ "results": [], "next_cursor": null }));
    let arguments = json!({ "database_id": SOURCE, "properties": ["Points", "points", "Name"] });
    assert_eq!(run(&host, "query", arguments).expect("rows")["columns"], json!(["id", "Name", "Points"]));
}

#[test]
fn a_cursor_that_notion_refuses_is_what_the_hint_is_about() {
    let refused = toolbay_sdk::mock::refused(400, "The start_cursor provided is invalid: nonsense");
    let host = host(&[SOURCE]).on("POST /v1/data_sources/{id}/query", refused);
    let arguments = json!({ "database_id": SOURCE, "filter": { "Points": 3 }, "cursor": "nonsense" });
    let problem = run(&host, "query", arguments).expect_err("no cursor");
    assert!(problem.hint.is_some_and(|hint| hint.contains("`next_cursor`")));
}

#[test]
fn related_pages_are_named_beside_their_ids() {
    let page = json!({
        "object": "page", "id": OTHER,
        "properties": { "Name": { "type": "title", "title": [{ "plain_text": "Website" }] } },
    });
    let host = with_rows(2).on("GET /v1/pages/{id}", page);
    let answer = run(&host, "query", json!({ "database_id": DATABASE })).expect("rows");
    assert_eq!(answer["rows"][0][3], json!(["33333333333333333333333333333333"]));
    assert_eq!(answer["titles"], json!({ "33333333333333333333333333333333": "Website" }));
    let asked = host.sent().into_iter().filter(|line| line.starts_with("GET /v1/pages/"));
    assert_eq!(asked.count(), 1, "one page is asked for once");

    let chosen = json!({ "database_id": DATABASE, "properties": ["Status"] });
    assert!(run(&host, "query", chosen).expect("rows").get("titles").is_none(), "no relation is shown");
}
