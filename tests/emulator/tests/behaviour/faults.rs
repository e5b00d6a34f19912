//! Faults on demand, and the log of what was applied in spite of them.

use std::time::{Duration, Instant};

use notion_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::client::App;

fn page(app: &App) -> Value {
    json!({"parent": {"page_id": app.emulator.ids().root_page}, "properties": {"title": [{"text": {"content": "x"}}]}})
}

#[tokio::test]
async fn a_dropped_connection_says_nothing_of_whether_the_write_was_applied() {
    let app = App::start().await;
    app.emulator.fault(Fault::new("POST /v1/pages", FaultKind::DropBefore));
    assert!(app.try_send("POST", "/v1/pages", Some(&page(&app))).await.is_none());
    assert_eq!(app.emulator.writes().len(), 0);
    app.emulator.fault(Fault::new("POST /v1/pages", FaultKind::ApplyThenDrop));
    assert!(app.try_send("POST", "/v1/pages", Some(&page(&app))).await.is_none());
    let writes = app.emulator.writes();
    assert_eq!((writes.len(), writes[0].route.as_str(), writes[0].created.len()), (1, "POST /v1/pages", 1));
    app.post("/v1/pages", page(&app)).await.ok();
    assert_eq!(app.get("/_emulator/writes").await.ok().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_503_after_the_commit_names_what_was_committed() {
    let app = App::start().await;
    let kind = json!({"kind": "apply_then_status", "status": 503});
    let mut fault = kind.clone();
    fault["route"] = json!("PATCH /v1/blocks/{block_id}/children");
    app.post("/_emulator/faults", json!({"faults": [fault]})).await.ok();
    let root = app.emulator.ids().root_page;
    let answer =
        app.patch(&format!("/v1/blocks/{root}/children"), json!({"children": [{"divider": {}}]})).await;
    let data = answer.json()["additional_data"].clone();
    answer.refused(503, "service_unavailable");
    assert_eq!(data["committed_resource_id"], root);
    assert_eq!(data["committed_child_ids"][0], app.emulator.writes()[0].created[0]);
    app.emulator
        .fault(Fault::new("POST /v1/pages", FaultKind::ApplyThenStatus { status: 502, guidance: true }));
    let answer = app.post("/v1/pages", page(&app)).await;
    assert!(answer.status == 502 && answer.text.starts_with("<html>") && answer.head.contains("text/html"));
}

#[tokio::test]
async fn refusals_and_waits() {
    let app = App::start().await;
    let fault = |kind: FaultKind| app.emulator.fault(Fault::new("GET *", kind));
    fault(FaultKind::RateLimited { retry_after_seconds: 7, reason: "public_api_request_blocked".to_owned() });
    let refused = app.get("/v1/users/me").await;
    assert!(refused.head.contains("retry-after: 7"));
    refused.refused(429, "rate_limited");
    fault(FaultKind::Overloaded { retry_after_seconds: 2 });
    app.get("/v1/users/me").await.refused(529, "service_overload");
    fault(FaultKind::Refuse { status: 409, code: "conflict_error".to_owned(), message: None });
    app.get("/v1/users/me").await.refused(409, "conflict_error");
    fault(FaultKind::Garbage);
    let garbage = app.get("/v1/users/me").await;
    assert!(garbage.status == 200 && serde_json::from_str::<Value>(&garbage.text).is_err());
    fault(FaultKind::Huge { bytes: 1_000_000 });
    assert!(app.get("/v1/users/me").await.text.len() > 1_000_000);
    fault(FaultKind::Delay { delay_ms: 60 });
    let before = Instant::now();
    app.get("/v1/users/me").await.ok();
    assert!(before.elapsed() >= Duration::from_millis(60));
    app.get("/v1/users/me").await.ok();
}

#[tokio::test]
async fn lagging_reads_see_writes_late() {
    let app = App::start().await;
    let path = format!("/v1/blocks/{}/children", app.emulator.ids().root_page);
    app.emulator.fault(Fault::new("GET /v1/blocks/*", FaultKind::ReadLag { lag_ms: 300 }));
    let count = |list: Value| list["results"].as_array().unwrap().len();
    let before = count(app.get(&path).await.ok());
    app.patch(&path, json!({"children": [{"divider": {}}]})).await.ok();
    assert_eq!(count(app.get(&path).await.ok()), before);
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert_eq!(count(app.get(&path).await.ok()), before + 1);
}
