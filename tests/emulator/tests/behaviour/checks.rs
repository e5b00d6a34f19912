//! The order of checks, the limits, and the words of refusals.

use notion_emulator::Options;
use serde_json::json;

use crate::client::App;

#[tokio::test]
async fn body_then_url_then_credential_then_version() {
    let app = App::start().await;
    let raw = async |path: &str, headers: &str, body: &str| {
        app.raw("POST", path, headers, body.as_bytes()).await.unwrap()
    };
    let kind = "Content-Type: application/json\r\n";
    raw("/v1/nowhere", kind, "{").await.refused(400, "invalid_json");
    raw("/v1/nowhere", kind, "{}").await.refused(400, "invalid_request_url");
    raw("/v1/search", kind, "{}").await.refused(401, "unauthorized");
    let token = format!("{kind}Authorization: Bearer {}\r\n", app.token);
    raw("/v1/search", &token, "{}").await.refused(400, "missing_version");
    let message = raw("/v1/search", &format!("{token}Notion-Version: 1\r\n"), "{}")
        .await
        .refused(400, "missing_version");
    assert!(message.contains("`\"2021-05-11\"`") && message.contains("or `\"2026-03-11\"`"), "{message}");
}

#[tokio::test]
async fn path_then_query_then_body_then_lookup() {
    let app = App::start().await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    let message = app.get("/v1/pages/AAA").await.refused(400, "validation_error");
    assert_eq!(
        message,
        "path failed validation: path.page_id should be a valid uuid, instead was `\"AAA\"`."
    );
    app.get(&format!("/v1/blocks/{unknown}/children?start_cursor=x")).await.refused(400, "validation_error");
    app.post(&format!("/v1/data_sources/{unknown}/query"), json!({"page_size": 0}))
        .await
        .refused(400, "validation_error");
    let message = app
        .post(&format!("/v1/data_sources/{unknown}/query"), json!({}))
        .await
        .refused(404, "object_not_found");
    assert!(message.ends_with("shared with your integration \"Toolbay\"."), "{message}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_in_the_other_shape() {
    let app = App::start().await;
    let headers = format!(
        "Content-Type: application/json\r\nAuthorization: Bearer {}\r\nNotion-Version: 2026-03-11\r\n",
        app.token
    );
    let sized = |bytes: usize| format!("{{\"query\":\"{}\"}}", "x".repeat(bytes - 12));
    let at_the_limit = app.raw("POST", "/v1/search", &headers, sized(512_000).as_bytes()).await.unwrap();
    assert_eq!(at_the_limit.status, 200);
    let over = app.raw("POST", "/v1/search", &headers, sized(512_001).as_bytes()).await.unwrap();
    assert_eq!(over.status, 413);
    assert_eq!(over.json()["isNotionError"], false);
}

#[tokio::test]
async fn the_old_words_are_refused_under_the_newest_version() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let message = app
        .patch(&format!("/v1/pages/{root}"), json!({"archived": true}))
        .await
        .refused(400, "validation_error");
    assert!(message.contains("body.archived should be not present"), "{message}");
    app.patch(&format!("/v1/blocks/{root}/children"), json!({"children": [], "after": root}))
        .await
        .refused(400, "validation_error");
}

#[tokio::test]
async fn the_budget_of_a_window_is_spent_and_then_refused() {
    let app = App::with(Options { rate_limit: Some(2), ..Options::default() }).await;
    app.get("/v1/users/me").await.ok();
    app.get("/v1/users/me").await.ok();
    let refused = app.get("/v1/users/me").await;
    assert!(refused.head.contains("retry-after: "), "{}", refused.head);
    let data = refused.json()["additional_data"].clone();
    assert_eq!(data["rate_limit_reason"], "public_api_request_rate_limit");
    assert!(data["retry_after"].is_string());
    refused.refused(429, "rate_limited");
}

#[tokio::test]
async fn ids_repeat_and_times_are_cut_to_the_minute() {
    let (first, second) = (App::start().await, App::start().await);
    assert_eq!(first.emulator.ids(), second.emulator.ids());
    first.post("/_emulator/clock", json!({"now": "2026-07-04T10:07:42Z"})).await.ok();
    let ids = first.emulator.ids();
    let body =
        json!({"parent": {"page_id": ids.root_page}, "properties": {"title": [{"text": {"content": "x"}}]}});
    let page = first.post("/v1/pages", body).await.ok();
    assert_eq!(page["created_time"], "2026-07-04T10:07:00.000Z");
    let keys: Vec<&String> = page.as_object().unwrap().keys().collect();
    let recorded = [
        "object",
        "id",
        "created_time",
        "last_edited_time",
        "created_by",
        "last_edited_by",
        "cover",
        "icon",
        "parent",
        "in_trash",
        "is_archived",
        "is_locked",
        "properties",
        "url",
        "public_url",
        "request_id",
    ];
    assert_eq!(keys, recorded);
}
