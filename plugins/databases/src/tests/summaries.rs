//! Groups, aggregates and duplicates: what comes of all rows.

use toolbay_sdk::mock::{MockHost, refused};
use toolbay_sdk::prelude::*;

use super::{DATABASE, SOURCE, host, run};

fn row(number: usize) -> Value {
    let status = [json!({ "name": "To do" }), json!({ "name": "Done" }), Value::Null][number % 3].clone();
    let page = format!("55555555-5555-5555-5555-{:012}", number % 2);
    json!({
        "object": "page", "id": format!("44444444-4444-4444-4444-{number:012}"), "created_time": "2026-01-01T00:00:00.000Z",
        "properties": {
            "Status": { "id": "s", "type": "select", "select": status },
            "Tasks": { "id": "r", "type": "relation", "relation": [{ "id": page }], "has_more": false },
            "Name": { "id": "title", "type": "title", "title": [{ "plain_text": format!("Row {}", number / 2) }] },
            "Points": { "id": "n", "type": "number", "number": 0.1 },
        },
    })
}

/// A data source of so many rows; what Notion answers instead of a page from a row on.
fn with_rows(count: usize, instead: Option<(usize, Problem)>) -> MockHost {
    host(&[SOURCE])
        .on_with(&format!("POST /v1/data_sources/{SOURCE}/query"), move |request| {
            let body = request.body.clone().unwrap_or_default();
            let start: usize =
                body["start_cursor"].as_str().map_or(0, |cursor| cursor.parse().expect("a cursor"));
            if let Some((from, problem)) = &instead
                && start >= *from
            {
                return Err(problem.clone());
            }
            let size = usize::try_from(body["page_size"].as_u64().expect("a size")).expect("a size");
            let end = (start + size).min(count).min(10_000);
            let rows: Vec<Value> = (start..end).map(row).collect();
            let mut answer = json!({ "results": rows, "next_cursor": null, "has_more": false });
            if end < count.min(10_000) {
                answer["next_cursor"] = json!(end.to_string());
            } else if count > 10_000 {
                answer["request_status"] =
                    json!({ "type": "incomplete", "incomplete_reason": "query_result_limit_reached" });
            }
            Ok(Response { status: 200, body: answer })
        })
        .on_with("GET /v1/pages/{page_id}", |request| {
            let id = request.path.segments().last().cloned().unwrap_or_default();
            if id.ends_with('1') {
                return Err(refused(404, "Could not find page."));
            }
            let title = json!([{ "plain_text": "Road map" }]);
            Ok(Response {
                status: 200,
                body: json!({ "id": id, "properties": { "Name": { "type": "title", "title": title } } }),
            })
        })
}

#[test]
fn rows_are_counted_in_groups_and_only_the_columns_that_matter_are_read() {
    let host = with_rows(250, None);
    let asked = json!({
        "database_id": DATABASE, "group_by": ["Status"], "aggregates": ["sum Points", "empty Status"], "filter": { "Points": { ">": 0 } },
    });
    let answer = run(&host, "query", asked).expect("a summary");
    let expected = json!({
        "columns": ["Status", "count", "sum Points", "empty Status"],
        "groups": [["To do", 84, 8.4, 0], ["Done", 83, 8.3, 0], [null, 83, 8.3, 83]],
        "total": { "count": 250, "sum Points": 25, "empty Status": 83 },
    });
    assert_eq!(answer, expected);
    let queries: Vec<_> = host.requests().into_iter().filter(|request| request.body.is_some()).collect();
    assert_eq!(queries.len(), 3);
    let ids: Vec<&str> = queries[0].query.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids, ["s", "n"]);
    assert!(queries[0].body.as_ref().is_some_and(|body| body["filter"]["property"] == "Points"));
    let total =
        run(&with_rows(3, None), "query", json!({ "database_id": DATABASE, "aggregates": ["count"] }));
    assert_eq!(total.expect("a summary"), json!({ "total": { "count": 3 } }));
}

#[test]
fn groups_over_relations_have_titles_where_they_can_be_read() {
    let answer = run(&with_rows(5, None), "query", json!({ "database_id": DATABASE, "group_by": ["Tasks"] }));
    let answer = answer.expect("a summary");
    assert_eq!(answer["groups"][1], json!(["Road map", 3]));
    assert_eq!(answer["groups"][0], json!(["55555555-5555-5555-5555-000000000001", 2]));
    assert!(
        answer["notes"][0].as_str().is_some_and(|note| note.contains("1 pages can't be read")),
        "{answer}"
    );
}

#[test]
fn a_summary_of_a_part_of_the_rows_says_so_first() {
    for (host, why) in [
        (with_rows(10_001, None), "10,000 rows"),
        (with_rows(400, Some((200, refused(409, "Busy.")))), "Busy"),
        (with_rows(400, None).with_remaining(7_000), "no more time"),
    ] {
        for asked in [json!({ "group_by": ["Status"] }), json!({ "duplicates_by": ["Status"] })] {
            let mut asked = asked;
            asked["database_id"] = json!(DATABASE);
            let answer = run(&host, "query", asked).expect("a part");
            let (first, text) = answer.as_object().and_then(|answer| answer.iter().next()).expect("a member");
            assert_eq!(first, "incomplete");
            assert!(text.as_str().is_some_and(|text| text.contains(why)), "{text}");
        }
    }
    let none = run(
        &with_rows(400, Some((0, refused(409, "Busy.")))),
        "query",
        json!({ "database_id": DATABASE, "aggregates": ["count"] }),
    );
    assert!(none.is_err());
}

#[test]
fn groups_are_sorted_and_bounded() {
    let asked =
        json!({ "database_id": DATABASE, "group_by": ["Name"], "sorts": ["-count", "Name"], "limit": 2 });
    let answer = run(&with_rows(9, None), "query", asked).expect("a summary");
    assert_eq!(answer["groups"], json!([["Row 0", 2], ["Row 1", 2]]));
    assert_eq!(answer["notes"], json!(["3 more groups: raise `limit`."]));
    let host = with_rows(9, None);
    let wrong = json!({ "database_id": DATABASE, "group_by": ["Name"], "sorts": ["Status"] });
    assert!(
        run(&host, "query", wrong).expect_err("no column").hint.is_some_and(|hint| hint.contains("`count`"))
    );
    assert!(host.requests().iter().all(|request| request.body.is_none()), "no row was read");
    let many =
        run(&with_rows(2_500, None), "query", json!({ "database_id": DATABASE, "group_by": ["Name"] }));
    assert!(many.expect_err("too many").message.contains("1000 groups"));
}

#[test]
fn rows_of_one_value_are_found_with_their_ids() {
    let host = with_rows(7, None);
    let answer = run(&host, "query", json!({ "database_id": DATABASE, "duplicates_by": ["name"] }))
        .expect("duplicates");
    let id = |number: usize| format!("44444444444444444444{number:012}");
    let expected = json!({
        "columns": ["Name", "count", "ids"],
        "duplicates": [["Row 0", 2, [id(0), id(1)]], ["Row 1", 2, [id(2), id(3)]], ["Row 2", 2, [id(4), id(5)]]],
        "rows": 7,
    });
    assert_eq!(answer, expected);
    let body = host.requests().pop().and_then(|request| request.body).expect("a query");
    assert_eq!(body["sorts"], json!([{ "timestamp": "created_time", "direction": "ascending" }]));
    let both = json!({ "database_id": DATABASE, "duplicates_by": ["Status", "Tasks"], "limit": 1 });
    let answer = run(&with_rows(60, None), "query", both).expect("duplicates");
    assert_eq!(answer["duplicates"][0][2], 10);
    let notes = answer["notes"].to_string();
    assert!(notes.contains("3 more values") && notes.contains("20 rows have no value"), "{answer}");
    let all =
        run(&with_rows(60, None), "query", json!({ "database_id": DATABASE, "duplicates_by": ["Points"] }));
    let all = all.expect("duplicates");
    assert_eq!(
        (all["duplicates"][0][1].clone(), all["duplicates"][0][2].as_array().map(Vec::len)),
        (json!(60), Some(25))
    );
}

#[test]
fn what_has_no_meaning_beside_a_summary_is_refused() {
    for asked in [
        json!({ "group_by": ["Status"], "properties": ["Name"] }),
        json!({ "group_by": ["Status"], "cursor": "x" }),
        json!({ "aggregates": ["count"], "detail": "full" }),
        json!({ "duplicates_by": ["Name"], "group_by": ["Status"] }),
    ] {
        let mut asked = asked;
        asked["database_id"] = json!(DATABASE);
        let refused = run(&with_rows(3, None), "query", asked).expect_err("refused");
        assert!(refused.message.contains("no meaning"), "{refused:?}");
    }
}

#[test]
fn relative_dates_of_a_filter_are_told() {
    let asked = json!({ "database_id": DATABASE, "filter": { "created_time": "last_month" }, "limit": 1 });
    let answer = run(&with_rows(1, None), "query", asked).expect("rows");
    assert_eq!(answer["notes"], json!(["`last_month` is 2025-12-01 to 2025-12-31 (UTC)."]));
}
