//! Ten thousand rows.

use serde_json::{Value, json};

use crate::client::App;

async fn big(rows: u64) -> (App, String) {
    let app = App::start().await;
    let source = app.emulator.ids().tasks_data_source;
    let properties = json!({"Estimate": {"number": "{n}"}, "Priority": {"select": {"name": "High"}}});
    let item = json!({"data_source_id": source, "count": rows, "title": "Row {n}", "properties": properties});
    app.emulator.plant(&json!({"rows": [item]})).unwrap();
    (app, source)
}

#[tokio::test]
async fn a_query_reaches_ten_thousand_rows_and_says_that_there_are_more() {
    let (app, source) = big(10_050).await;
    let path = format!("/v1/data_sources/{source}/query?filter_properties=title");
    let mut body = json!({"sorts": [{"property": "Estimate", "direction": "ascending"}]});
    let (mut seen, mut pages) = (std::collections::BTreeSet::new(), 0);
    let last = loop {
        let list = app.post(&path, body.clone()).await.ok();
        seen.extend(list["results"].as_array().unwrap().iter().map(|row| row["id"].to_string()));
        pages += 1;
        if list["next_cursor"].is_null() {
            break list;
        }
        assert!(list.get("request_status").is_none());
        body["start_cursor"] = list["next_cursor"].clone();
    };
    assert_eq!((seen.len(), pages), (10_000, 100));
    assert_eq!(
        last["request_status"],
        json!({"type": "incomplete", "incomplete_reason": "query_result_limit_reached"})
    );
    let view = app.emulator.ids().tasks_view;
    let query = app.post(&format!("/v1/views/{view}/queries"), json!({})).await.ok();
    assert_eq!(query["total_count"], 10_000);
    assert_eq!(query["request_status"]["type"], "incomplete");
}

#[tokio::test]
async fn a_hundred_titles_are_found_at_once_and_no_more_are_taken() {
    let (app, source) = big(10_000).await;
    let path = format!("/v1/data_sources/{source}/query");
    let titles = |count: usize| -> Vec<Value> {
        let title =
            |number: usize| json!({"property": "Name", "title": {"equals": format!("Row {}", number * 100)}});
        (1..=count).map(title).collect()
    };
    let list = app.post(&path, json!({"filter": {"or": titles(100)}})).await.ok();
    assert_eq!(list["results"].as_array().unwrap().len(), 100);
    let message =
        app.post(&path, json!({"filter": {"or": titles(101)}})).await.refused(400, "validation_error");
    assert!(message.contains("body.filter.or.length should be ≤ `100`"), "{message}");
}
