//! Requests of a working day, each in one call: sums by group, updates by filter, dates that move, duplicates.

use serde_json::{Value, json};
use toolbay_sandbox::Calendar;

use crate::harness::TestHost;

/// What the column of a row is.
fn value(page: &Value, pointer: &str) -> Value {
    page.pointer(&format!("/properties/{pointer}")).cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_rows_are_added_up_in_one_call() {
    let host = TestHost::start(&["databases"]).await;
    let ids = host.emulator.ids();
    let rows = json!({
        "data_source_id": ids.tasks_data_source, "count": 9_990, "title": "Row {n}", "properties": {"Estimate": {"number": "{n}"}},
    });
    let planted = host.emulator.plant(&json!({"rows": [rows]})).unwrap();
    assert_eq!(planted["rows"].as_array().map(Vec::len), Some(9_990));
    let asked = json!({
        "database_id": ids.tasks_database,
        "filter": {"Name": {"starts_with": "Row "}},
        "group_by": ["Priority"],
        "aggregates": ["sum Estimate", "average Estimate", "min Estimate", "max Estimate", "empty Due"],
    });
    let answer = host.result("query", asked).await;
    let (first, last): (u64, u64) = (1, 9_990);
    let sum = (first + last) * last / 2;
    let row = json!([null, last, sum, (first + last) as f64 / 2.0, first, last, last]);
    assert_eq!(answer["groups"], json!([row]), "{answer}");
    assert_eq!(answer["total"]["sum Estimate"], sum);
    assert!(answer.get("incomplete").is_none() && answer.to_string().len() < 600, "{answer}");

    // Beyond what Notion answers to one query, the answer is of a part and says so.
    host.emulator
        .plant(&json!({"rows": [{"data_source_id": ids.tasks_data_source, "count": 20, "title": "Row {n}"}]}))
        .unwrap();
    let more = json!({"database_id": ids.tasks_database, "aggregates": ["count"]});
    let more = host.result("query", more).await;
    assert_eq!(more["total"]["count"], 10_000);
    assert!(more["incomplete"].as_str().unwrap().contains("10,000 rows"), "{more}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_over_relations_and_times_are_named() {
    let host = TestHost::start_with(&["databases"], |configuration| {
        configuration.calendar =
            Calendar { time_zone: "Europe/Berlin".parse().unwrap(), ..Calendar::default() };
    })
    .await;
    let ids = host.emulator.ids();
    let asked = json!({"database_id": ids.tasks_database, "group_by": ["Project", "Due by month"], "aggregates": ["sum Estimate"]});
    let answer = host.result("query", asked).await;
    assert_eq!(answer["columns"], json!(["Project", "Due by month", "count", "sum Estimate"]));
    let groups = answer["groups"].as_array().unwrap();
    assert!(groups.iter().all(|group| group[0].as_str().is_none_or(|title| title.len() < 32)), "{answer}");
    let count: u64 = groups.iter().map(|group| group[2].as_u64().unwrap()).sum();
    assert!(count >= answer["total"]["count"].as_u64().unwrap());
    let filtered = json!({"database_id": ids.tasks_database, "filter": {"created_time": "today"}, "aggregates": ["count"]});
    let filtered = host.result("query", filtered).await;
    assert!(filtered["notes"][0].as_str().unwrap().ends_with("(Europe/Berlin)."), "{filtered}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_filter_finds_are_moved_a_week_on_and_then_trashed() {
    let host = TestHost::start(&["databases", "rows", "pages"]).await;
    let ids = host.emulator.ids();
    let due = json!({"date": {"start": "2026-03-25"}});
    let rows = json!({"data_source_id": ids.tasks_data_source, "count": 40, "title": "Late {n}", "properties": {"Due": due}});
    let planted = host.emulator.plant(&json!({"rows": [rows]})).unwrap();
    let filter = json!({"Name": {"starts_with": "Late"}, "Due": {"before": "2026-03-26"}});
    let op = |op: &str, args: Value| json!({"op": op, "database_id": ids.tasks_database, "where": filter, "args": args});
    let moved =
        host.result("bulk", json!({"ops": [op("update_page", json!({"properties": {"Due": "+7d"}}))]})).await;
    assert_eq!(
        (&moved["results"][0]["matched"], &moved["results"][0]["changed"]),
        (&json!(40), &json!(40)),
        "{moved}"
    );
    assert!(moved.to_string().len() < 300, "{moved}");
    let first = host.result("get_page", json!({"page_id": planted["rows"][0], "detail": "full"})).await;
    assert_eq!(value(&first, "Due/date/start"), "2026-04-01");
    let none = host.result("bulk", json!({"ops": [op("trash", json!({}))]})).await;
    assert_eq!(none["results"][0]["matched"], 0);

    let all =
        json!({"op": "trash", "database_id": ids.tasks_database, "where": {"Name": {"starts_with": "Late"}}});
    let refused = host.error("bulk", json!({"ops": [{"op": "trash", "database_id": ids.tasks_database, "where": all["where"], "at_most": 39}]})).await;
    assert!(refused["message"].as_str().unwrap().contains("40 rows match"), "{refused}");
    let trashed = host.result("bulk", json!({"ops": [all]})).await;
    assert_eq!(trashed["results"][0]["changed"], 40, "{trashed}");
    let left = json!({"database_id": ids.tasks_database, "filter": all["where"], "aggregates": ["count"]});
    assert_eq!(host.result("query", left).await["total"]["count"], 0);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relative_dates_are_written_and_told() {
    let host = TestHost::start(&["databases", "rows", "pages"]).await;
    let ids = host.emulator.ids();
    let created =
        json!({"database_id": ids.tasks_database, "title": "Soon", "properties": {"Due": "today/+7d"}});
    let created = host.result("create_page", created).await;
    assert!(created.to_string().contains("`+7d` is 2"), "{created}");
    let updated = json!({"page_id": created["id"], "properties": {"Due": "end of month"}});
    let updated = host.result("update_page", updated).await;
    assert!(updated["notes"].to_string().contains("`end of month` is 2"), "{updated}");
    let key = json!({"database_id": ids.tasks_database, "unique": {"property": "Due", "value": "+400d"}, "properties": {"Name": "Far"}});
    assert_eq!(host.result("upsert", key.clone()).await["action"], "created");
    assert_eq!(host.result("upsert", key).await["action"], "unchanged");
    let span = json!({"page_id": created["id"], "properties": {"Due": "last_month"}});
    let refused = host.error("update_page", span).await;
    assert!(refused["hint"].as_str().unwrap().contains("range"), "{refused}");
    let found = json!({"database_id": ids.tasks_database, "filter": {"Due": {"after": "+1y"}}});
    assert_eq!(host.result("query", found).await["rows"].as_array().map(Vec::len), Some(1));
    host.stop().await;
}
