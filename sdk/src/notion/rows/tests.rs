//! Rows over pages, to their end or to what is missing.

use serde_json::{Value, json};

use crate::mock::{MockHost, refused};
use crate::notion::DataSource;
use crate::{Code, Problem};

const ID: &str = "22222222-2222-2222-2222-222222222222";
const QUERY: &str = "POST /v1/data_sources/{data_source_id}/query";

fn host() -> MockHost {
    MockHost::new().on(
        "GET /v1/data_sources/{data_source_id}",
        json!({ "object": "data_source", "id": ID, "properties": {
            "Name": { "id": "title", "type": "title", "title": {} },
            "Amount": { "id": "am", "type": "number", "number": {} },
        } }),
    )
}

fn row(id: usize) -> Value {
    json!({ "object": "page", "id": format!("p{id}"), "url": format!("https://n/p{id}"), "properties": {
        "Name": { "id": "title", "type": "title", "title": [{ "plain_text": format!("Row {id}") }] },
        "Amount": { "id": "am", "type": "number", "number": id },
    } })
}

fn page(ids: impl Iterator<Item = usize>, next: Option<&str>) -> Value {
    json!({ "results": ids.map(row).collect::<Vec<_>>(), "next_cursor": next, "has_more": next.is_some() })
}

fn capped() -> Value {
    let mut page = page(3..4, None);
    page["request_status"] =
        json!({ "type": "incomplete", "incomplete_reason": "query_result_limit_reached" });
    page
}

fn queries(host: &MockHost) -> usize {
    host.sent().iter().filter(|line| line.starts_with("POST")).count()
}

/// The ids that were read, and why reading ended.
fn read(host: &MockHost) -> (Vec<String>, Option<Problem>) {
    let call = host.call();
    let mut source = DataSource::find(&call, ID).unwrap();
    let (mut ids, mut ended) = (Vec::new(), None);
    for row in source.rows(&call) {
        assert_eq!(ended, None, "nothing comes after a problem");
        match row {
            Ok(row) => ids.push(row.id().to_owned()),
            Err(problem) => ended = Some(problem),
        }
    }
    (ids, ended)
}

#[test]
fn rows_are_read_a_page_at_a_time_and_only_when_they_are_taken() {
    let host = host().on(QUERY, page(0..100, Some("a"))).on(QUERY, page(100..150, None));
    let call = host.call();
    let mut source = DataSource::find(&call, ID).unwrap();
    let mut rows = source.rows(&call);
    assert_eq!(queries(&host), 0);
    for (taken, asked) in [(100, 1), (50, 2)] {
        assert_eq!(rows.by_ref().take(taken).filter(Result::is_ok).count(), taken);
        assert_eq!(queries(&host), asked);
    }
    assert!(rows.next().is_none() && rows.next().is_none());
    assert_eq!(queries(&host), 2);
    let bodies: Vec<Value> = host.requests().into_iter().filter_map(|request| request.body).collect();
    assert_eq!(bodies[0], json!({ "result_type": "page", "page_size": 100 }));
    assert_eq!(bodies[1], json!({ "result_type": "page", "page_size": 100, "start_cursor": "a" }));
}

#[test]
fn filter_sorts_and_columns_are_those_of_the_query() {
    let host = host().on(QUERY, page(0..1, None));
    let call = host.call();
    let mut source = DataSource::find(&call, ID).unwrap();
    let rows = source.rows(&call).in_trash().filter(&json!({ "amount": { ">=": 3 } })).unwrap();
    let rows = rows.sorts(&json!(["-Amount"])).unwrap().columns(&["amount"]).unwrap();
    assert_eq!(rows.count(), 1);
    let request = host.requests().pop().unwrap();
    let body = request.body.unwrap();
    assert_eq!(body["filter"], json!({ "property": "Amount", "number": { "greater_than_or_equal_to": 3 } }));
    assert_eq!(body["sorts"], json!([{ "property": "Amount", "direction": "descending" }]));
    assert_eq!(body["in_trash"], json!(true));
    assert_eq!(request.query, [("filter_properties".to_owned(), "am".to_owned())]);
    let refusal = source.rows(&call).columns(&["Amont"]).unwrap_err();
    assert_eq!(refusal.hint.as_deref(), Some("Valid, nearest first: `Amount`, `Name`."));
}

#[test]
fn what_notion_leaves_out_is_the_last_thing_told() {
    let (ids, ended) = read(&host().on(QUERY, page(0..3, Some("a"))).on(QUERY, capped()));
    assert_eq!(ids, ["p0", "p1", "p2", "p3"]);
    let ended = ended.unwrap();
    assert_eq!(ended.code, Code::LimitExceeded);
    assert!(ended.message.starts_with("Only the first 4 rows were read: Notion ends"), "{ended}");
}

#[test]
fn reading_ends_with_the_first_problem() {
    let (ids, ended) = read(&host().on(QUERY, page(0..2, Some("a"))).on(QUERY, refused(400, "no")));
    assert_eq!((ids.len(), ended.unwrap().code), (2, Code::InvalidInput));

    let (ids, ended) = read(&host().on(QUERY, page(0..2, Some("same"))));
    assert_eq!((ids.len(), ended.unwrap().code), (2, Code::UpstreamFailed));

    let (ids, ended) = read(&host().with_remaining(7_000).on(QUERY, page(0..2, Some("a"))));
    let ended = ended.unwrap();
    assert_eq!((ids.len(), ended.code), (2, Code::LimitExceeded));
    assert!(ended.message.contains("no more time"), "{ended}");
}

#[test]
fn an_empty_page_is_not_the_end() {
    let host = host().on(QUERY, page(0..0, Some("a"))).on(QUERY, page(0..1, None));
    assert_eq!(read(&host), (vec!["p0".to_owned()], None));
}

#[test]
fn a_row_has_plain_values_and_refuses_a_column_that_is_none() {
    let host = host().on(QUERY, page(7..8, None));
    let call = host.call();
    let mut source = DataSource::find(&call, ID).unwrap();
    let row = source.rows(&call).next().unwrap().unwrap();
    assert_eq!((row.id(), row.url(), row.title().as_deref()), ("p7", "https://n/p7", Some("Row 7")));
    assert_eq!(row.value("Amount").unwrap(), json!(7));
    assert_eq!(row.value("amount").unwrap(), json!(7));
    assert_eq!(row.value("Name").unwrap(), json!("Row 7"));
    assert_eq!(Value::Object(row.values()), json!({ "Amount": 7 }));
    assert_eq!(row.flat()["title"], "Row 7");
    let problem = row.value("Amont").unwrap_err();
    assert_eq!(problem.message, "There is no column `Amont`.");
}

#[test]
fn what_was_not_computed_is_never_taken_for_empty() {
    let mut answer = page(0..1, None);
    answer["results"][0]["properties"]["Amount"] =
        json!({ "type": "formula", "formula": { "type": "unsupported", "unsupported": {} } });
    let host = host().on(QUERY, answer);
    let call = host.call();
    let mut source = DataSource::find(&call, ID).unwrap();
    let row = source.rows(&call).next().unwrap().unwrap();
    let problem = row.value("Amount").unwrap_err();
    assert_eq!(problem.message, "`Amount` of the row p0 was not computed by Notion.");
}
