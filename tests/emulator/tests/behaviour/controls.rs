//! What a test can ask of the emulator itself.

use std::time::Duration;

use notion_emulator::Options;
use serde_json::json;

use crate::client::App;

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let app = App::with(Options { rate_limit: Some(3), ..Options::default() }).await;
    let page = format!("/v1/pages/{}", app.emulator.ids().root_page);
    app.get(&page).await.ok();
    app.get("/v1/pages/nonsense").await.refused(400, "validation_error");
    app.get("/v1/nowhere").await.refused(400, "invalid_request_url");
    app.get(&page).await.ok();
    app.get(&page).await.refused(429, "rate_limited");
    let counted = app.get("/_emulator/requests").await.ok();
    assert_eq!(counted["total"], 5);
    assert_eq!(counted["routes"]["GET /v1/pages/{page_id}"], json!({"200": 2, "400": 1, "429": 1}));
    assert_eq!(counted["routes"]["unknown"], json!({"400": 1}));
    let requests = app.emulator.requests();
    assert_eq!((requests.with_status(429), requests.of("GET /v1/pages/{page_id}")), (1, 4));
    app.send("DELETE", "/_emulator/requests", json!({})).await.ok();
    assert_eq!(app.emulator.requests().total, 0);
}

#[tokio::test]
async fn the_window_can_be_changed_while_it_runs() {
    let app = App::start().await;
    assert_eq!(app.get("/_emulator/rate-limit").await.ok()["requests"], json!(null));
    app.post("/_emulator/rate-limit", json!({"requests": 1})).await.ok();
    app.get("/v1/users/me").await.ok();
    let reply = app.get("/v1/users/me").await;
    assert!(reply.head.contains("retry-after: 60"), "{}", reply.head);
    reply.refused(429, "rate_limited");
    app.emulator.limit(Some(2), Duration::from_secs(60));
    app.get("/v1/users/me").await.ok();
    assert_eq!(app.emulator.windows(), [1]);
    app.post("/_emulator/rate-limit", json!({"requests": null})).await.ok();
    for _ in 0..3 {
        app.get("/v1/users/me").await.ok();
    }
    app.post("/_emulator/rate-limit", json!({"requests": "many"})).await.refused(400, "");
}

#[tokio::test]
async fn exchanges_are_recorded_when_asked_for() {
    let app = App::start().await;
    app.get("/v1/users/me").await.ok();
    app.post("/_emulator/record", json!({"on": true})).await.ok();
    let body = json!({"query": "Tasks"});
    let found = app.post("/v1/search", body.clone()).await.ok();
    app.get("/v1/pages/nonsense").await.refused(400, "validation_error");
    let record = app.get("/_emulator/record").await.ok();
    let exchanges = record["exchanges"].as_array().unwrap();
    assert_eq!((exchanges.len(), &record["lost"]), (2, &json!(0)));
    assert_eq!(exchanges[0]["route"], "POST /v1/search");
    assert_eq!((&exchanges[0]["request_body"], &exchanges[0]["response_body"]), (&body, &found));
    assert_eq!(
        (&exchanges[1]["status"], &exchanges[1]["response_body"]["code"]),
        (&json!(400), &json!("validation_error"))
    );
    app.emulator.record(false);
    app.get("/v1/users/me").await.ok();
    assert!(app.emulator.exchanges().is_empty());
}

#[tokio::test]
async fn a_reset_forgets_everything() {
    let app = App::start().await;
    app.post("/v1/search", json!({})).await.ok();
    app.post("/_emulator/record", json!({"on": true})).await.ok();
    let ids = app.post("/_emulator/reset", json!({"seed": "gallery"})).await.ok();
    assert!(ids["gallery"]["everything_source"].is_string());
    assert_eq!((app.emulator.requests().total, app.emulator.exchanges().len()), (0, 0));
    app.post("/_emulator/reset", json!({"seed": "museum"})).await.refused(400, "");
}
