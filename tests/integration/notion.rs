//! Built-in plugins on a Notion that behaves as Notion does, and on one that misbehaves.

use notion_emulator::{Fault, FaultKind};
use serde_json::json;

use crate::harness::TestHost;

const PLUGINS: [&str; 4] = ["pages", "request", "rows", "search"];

#[tokio::test(flavor = "multi_thread")]
async fn search_answers_in_few_words() {
    let host = TestHost::start(&PLUGINS).await;
    let found = host.result("search", json!({"query": "Tasks"})).await;
    let results = found["results"].as_array().unwrap();
    assert!(results.iter().any(|result| result["title"] == "Tasks"), "{found:#}");
    assert!(results.iter().all(|result| result.get("properties").is_none()));
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn upsert_creates_then_updates_then_leaves_alone() {
    let host = TestHost::start(&PLUGINS).await;
    let ids = host.emulator.ids();
    let upsert = |database: String, properties: serde_json::Value| json!({"database_id": database, "unique": {"property": "Name", "value": "Ship it"}, "properties": properties});
    // Plain values, and the database's own id.
    let plain = upsert(ids.tasks_database.clone(), json!({"Status": "Done", "Due": "2026-01-10"}));
    let created = host.result("upsert", plain.clone()).await;
    assert_eq!(created["action"], "created");
    let read = host.result("get_page", json!({"page_id": created["id"]})).await;
    assert_eq!(
        (&read["properties"]["Status"], &read["properties"]["Due"]),
        (&json!("Done"), &json!("2026-01-10"))
    );
    assert_eq!(host.result("upsert", plain).await["action"], "unchanged");
    // The typed form of the specification, a URL, and names in another case.
    let url = format!("https://www.notion.so/Tasks-{}", ids.tasks_database.replace('-', ""));
    let typed = upsert(url, json!({"status": {"type": "status", "value": "in progress"}}));
    let updated = host.result("upsert", typed).await;
    assert_eq!((&updated["action"], &updated["id"]), (&json!("updated"), &created["id"]));
    let read = host.result("get_page", json!({"page_id": created["id"]})).await;
    assert_eq!(read["properties"]["Status"], "In progress");
    assert_eq!(host.emulator.writes().len(), 2);

    // What can't be right is refused before anything is written.
    let wrong = upsert(ids.tasks_data_source.clone(), json!({"Status": "Dnoe"}));
    let error = host.error("upsert", wrong).await;
    assert_eq!(error["code"], "invalid_input");
    assert!(error["hint"].as_str().unwrap().contains("Done"), "{error:#}");
    assert_eq!(host.emulator.writes().len(), 2);

    let rows = host.store_rows("upsert").await;
    assert_eq!(rows, ["ok", "ok", "ok", "invalid_input"].into_iter().rev().collect::<Vec<_>>());
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn request_reaches_the_routes_of_the_table_and_no_others() {
    let host = TestHost::start(&PLUGINS).await;
    let me = host.result("notion_request", json!({"method": "GET", "path": "/v1/users/me"})).await;
    assert_eq!(me["body"]["object"], "user");
    let rows = host
        .result(
            "notion_request",
            json!({"method": "POST", "path": format!("/v1/data_sources/{}/query", host.emulator.ids().tasks_data_source),
                "body": "{\"page_size\": 2}"}),
        )
        .await;
    assert_eq!(
        rows["body"]["results"].as_array().unwrap().len(),
        2,
        "a body that came as a string is repaired"
    );

    let error = host
        .error(
            "notion_request",
            json!({"method": "POST", "path": format!("/v1/databases/{}/query", host.emulator.ids().tasks_database)}),
        )
        .await;
    assert!(error["hint"].as_str().unwrap().contains("data_sources"), "{error:#}");
    let error = host.error("notion_request", json!({"method": "POST", "path": "/v1/oauth/token"})).await;
    assert_eq!(error["code"], "forbidden");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_overloads_of_notion_are_waited_for() {
    let host = TestHost::start(&PLUGINS).await;
    let limited =
        FaultKind::RateLimited { retry_after_seconds: 1, reason: "public_api_request_rate_limit".to_owned() };
    host.emulator.fault(Fault::new("POST /v1/search", limited));
    host.emulator.fault(Fault::new("POST /v1/search", FaultKind::Overloaded { retry_after_seconds: 1 }));
    assert!(host.result("search", json!({"query": "Tasks"})).await["results"].is_array());

    let blocked =
        FaultKind::RateLimited { retry_after_seconds: 0, reason: "public_api_request_blocked".to_owned() };
    host.emulator.fault(Fault::new("POST /v1/search", blocked));
    // It never ends by waiting, so it isn't called a limit.
    assert_eq!(host.error("search", json!({"query": "Tasks"})).await["code"], "forbidden");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_of_reads_are_asked_for_again() {
    let host = TestHost::start(&PLUGINS).await;
    host.emulator
        .fault(Fault::new("POST /v1/search", FaultKind::ApplyThenStatus { status: 502, guidance: false }));
    host.emulator.fault(Fault::new("POST /v1/search", FaultKind::DropBefore));
    host.emulator.fault(Fault::new("POST /v1/search", FaultKind::Garbage));
    assert!(host.result("search", json!({"query": "Tasks"})).await["results"].is_array());
    host.stop().await;
}
