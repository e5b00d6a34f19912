//! Blocks, their nesting, and the trash.

use serde_json::{Value, json};

use crate::client::App;

fn paragraph(text: &str) -> Value {
    json!({"paragraph": {"rich_text": [{"text": {"content": text}}]}})
}

#[tokio::test]
async fn appended_blocks_keep_their_order_and_place() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let path = format!("/v1/blocks/{root}/children");
    let first = app.patch(&path, json!({"children": [paragraph("a"), paragraph("b")]})).await.ok();
    let after = json!({"type": "after_block", "after_block": {"id": first["results"][0]["id"]}});
    app.patch(&path, json!({"children": [paragraph("between")], "position": after})).await.ok();
    app.patch(&path, json!({"children": [paragraph("top")], "position": {"type": "start"}})).await.ok();
    let list = app.get(&path).await.ok();
    let texts: Vec<&str> = list["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|block| block["paragraph"]["rich_text"][0]["plain_text"].as_str())
        .collect();
    assert_eq!(
        texts.iter().filter(|text| text.len() < 8).copied().collect::<Vec<_>>(),
        ["top", "a", "between", "b"]
    );
}

#[tokio::test]
async fn limits_of_an_append() {
    let app = App::start().await;
    let path = format!("/v1/blocks/{}/children", app.emulator.ids().root_page);
    let many = vec![paragraph("x"); 101];
    let message = app.patch(&path, json!({"children": many})).await.refused(400, "validation_error");
    assert!(message.contains("body.children.length should be ≤ `100`, instead was `101`"), "{message}");
    let inner = json!({"toggle": {"rich_text": [], "children": vec![paragraph("x"); 100]}});
    app.patch(&path, json!({"children": vec![inner; 10]})).await.refused(400, "validation_error");
    let nested = json!({"toggle": {"rich_text": [], "children": [{"toggle": {"rich_text": [], "children": [
        {"toggle": {"rich_text": [], "children": []}},
    ]}}]}});
    let message = app.patch(&path, json!({"children": [nested]})).await.refused(400, "validation_error");
    assert!(message.contains("children should be not present"), "{message}");
}

#[tokio::test]
async fn trashed_things_are_hidden_and_not_edited_until_restored() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let (page, block) = (&ids.tasks[0], &ids.blocks[0]);
    let deleted = app.send("DELETE", &format!("/v1/blocks/{page}"), Value::Null).await.ok();
    assert_eq!((&deleted["type"], &deleted["in_trash"]), (&json!("child_page"), &json!(true)));
    let message = app
        .patch(&format!("/v1/pages/{page}"), json!({"properties": {"Done": {"checkbox": true}}}))
        .await
        .refused(400, "validation_error");
    assert!(message.starts_with("Can't edit block that is archived."), "{message}");
    let query = app.post(&format!("/v1/data_sources/{}/query", ids.tasks_data_source), json!({})).await.ok();
    assert_eq!(query["results"].as_array().unwrap().len(), 5);
    app.patch(&format!("/v1/pages/{page}"), json!({"in_trash": false})).await.ok();
    app.send("DELETE", &format!("/v1/blocks/{block}"), Value::Null).await.ok();
    app.send("DELETE", &format!("/v1/blocks/{block}"), Value::Null).await.refused(400, "validation_error");
}

#[tokio::test]
async fn what_lies_below_the_trash_is_not_edited() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    app.patch(&format!("/v1/databases/{}", ids.tasks_database), json!({"in_trash": true})).await.ok();
    let message = app
        .patch(&format!("/v1/pages/{}", ids.tasks[0]), json!({"in_trash": true}))
        .await
        .refused(400, "validation_error");
    assert!(message.contains("archived ancestor"), "{message}");
}
