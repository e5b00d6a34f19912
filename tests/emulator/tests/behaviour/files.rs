//! Uploads: attached once they have arrived, imports after a while.

use serde_json::{Value, json};

use crate::client::App;

async fn import(app: &App, url: &str) -> String {
    let body = json!({"mode": "external_url", "external_url": url, "filename": "a.png"});
    let upload = app.post("/v1/file_uploads", body).await.ok();
    assert_eq!(upload["status"], "pending");
    upload["id"].as_str().unwrap().to_owned()
}

fn image(upload: &str) -> Value {
    json!({"children": [{"image": {"file_upload": {"id": upload}}}]})
}

#[tokio::test]
async fn an_import_is_pending_before_it_can_be_attached() {
    let app = App::start().await;
    let children = format!("/v1/blocks/{}/children", app.emulator.ids().root_page);
    app.post("/_emulator/imports", json!({"looks": 1})).await.ok();
    let upload = import(&app, "https://example.com/a.png").await;
    let path = format!("/v1/file_uploads/{upload}");
    let message = app.patch(&children, image(&upload)).await.refused(400, "validation_error");
    assert!(message.contains("pending"), "{message}");
    assert_eq!(app.get(&path).await.ok()["status"], "pending");
    let done = app.get(&path).await.ok();
    assert_eq!(
        (&done["status"], &done["file_import_result"]["type"]),
        (&json!("uploaded"), &json!("success"))
    );
    let block = app.patch(&children, image(&upload)).await.ok();
    assert_eq!(block["results"][0]["image"]["type"], "file");
}

#[tokio::test]
async fn an_import_that_fails_says_why() {
    let app = App::start().await;
    let upload = import(&app, "https://unreachable.example.com/a.png").await;
    let path = format!("/v1/file_uploads/{upload}");
    assert_eq!(app.get(&path).await.ok()["status"], "pending");
    let failed = app.get(&path).await.ok();
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["file_import_result"]["error"]["type"], "download_error");
    let body =
        json!({"mode": "external_url", "external_url": "http://example.com/a.png", "filename": "a.png"});
    app.post("/v1/file_uploads", body).await.refused(400, "validation_error");
}

#[tokio::test]
async fn what_is_named_must_be_there() {
    let app = App::start().await;
    let children = format!("/v1/blocks/{}/children", app.emulator.ids().root_page);
    let nobody = "00000000-0000-4000-8000-000000000000";
    let paragraph = |item: Value| json!({"children": [{"paragraph": {"rich_text": [item]}}]});
    for body in [
        image(nobody),
        paragraph(json!({"mention": {"user": {"id": nobody}}})),
        paragraph(json!({"mention": {"page": {"id": nobody}}})),
        paragraph(json!({"mention": {"custom_emoji": {"id": nobody}}})),
        json!({"children": [{"link_to_page": {"page_id": nobody}}]}),
        json!({"children": [{"synced_block": {"synced_from": {"block_id": nobody}}}]}),
    ] {
        app.patch(&children, body).await.refused(404, "object_not_found");
    }
    for body in [
        paragraph(json!({"text": {"content": "x", "link": {"url": "not a link"}}})),
        json!({"children": [{"embed": {"url": "example"}}]}),
        json!({"children": [{"image": {"external": {"url": "ftp://example.com/a.png"}}}]}),
        json!({"children": [{"callout": {"rich_text": [], "icon": {"emoji": "smile"}}}]}),
        json!({"children": [{"synced_block": {"synced_from": {"block_id": app.emulator.ids().blocks[0]}}}]}),
    ] {
        app.patch(&children, body).await.refused(400, "validation_error");
    }
    assert!(app.emulator.writes().is_empty());
}

/// What is shown within itself would have no end, whichever way it comes there.
#[tokio::test]
async fn a_synced_block_is_not_shown_within_itself() {
    let app = App::start().await;
    let below = |id: &str| format!("/v1/blocks/{id}/children");
    let original = json!({"children": [{"synced_block": {"synced_from": null, "children": [
        {"toggle": {"rich_text": []}},
    ]}}]});
    let copy = |id: &str| json!({"children": [{"synced_block": {"synced_from": {"block_id": id}}}]});
    let made = async |parent: &str, body: Value| -> String {
        let answer = app.patch(&below(parent), body).await.ok();
        answer["results"][0]["id"].as_str().unwrap().to_owned()
    };
    let page = app.emulator.ids().root_page.clone();
    let (first, second) = (made(&page, original.clone()).await, made(&page, original).await);
    let children = app.get(&below(&first)).await.ok();
    let within = children["results"][0]["id"].as_str().unwrap().to_owned();
    app.patch(&below(&first), copy(&first)).await.refused(400, "validation_error");
    app.patch(&below(&within), copy(&first)).await.refused(400, "validation_error");
    made(&within, copy(&second)).await;
    app.patch(&below(&second), copy(&first)).await.refused(400, "validation_error");
}
