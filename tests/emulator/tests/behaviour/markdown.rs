//! Markdown, read and written.

use serde_json::json;

use crate::client::App;

#[tokio::test]
async fn an_update_keeps_the_blocks_that_it_does_not_touch() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let path = format!("/v1/pages/{root}/markdown");
    let before = app.get(&format!("/v1/blocks/{root}/children")).await.ok();
    let update = |old: &str, new: &str| json!({"type": "update_content", "update_content": {"content_updates": [{"old_str": old, "new_str": new}]}});
    let answer = app.patch(&path, update("Second", "Other")).await.ok();
    assert!(answer["markdown"].as_str().unwrap().contains("- Other\n"), "{answer}");
    let after = app.get(&format!("/v1/blocks/{root}/children")).await.ok();
    let ids = |list: &serde_json::Value| -> Vec<String> {
        list["results"].as_array().unwrap().iter().map(|block| block["id"].to_string()).collect()
    };
    let (before, after) = (ids(&before), ids(&after));
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!((before.len(), changed), (after.len(), 1));
    app.patch(&path, update("not there", "x")).await.refused(400, "validation_error");
    app.patch(&path, update("e", "x")).await.refused(400, "validation_error");
}

#[tokio::test]
async fn child_databases_are_not_deleted_unless_allowed() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let path = format!("/v1/pages/{root}/markdown");
    let replace = |allow: bool| json!({"type": "replace_content", "replace_content": {"new_str": "Only this", "allow_deleting_content": allow}});
    app.patch(&path, replace(false)).await.refused(400, "validation_error");
    let answer = app.patch(&path, replace(true)).await.ok();
    assert_eq!(answer["markdown"], "Only this");
    assert_eq!(
        app.get(&format!("/v1/databases/{}", app.emulator.ids().tasks_database)).await.ok()["in_trash"],
        true
    );
}

#[tokio::test]
async fn a_page_is_made_from_markdown_with_its_heading_as_the_title() {
    let app = App::start().await;
    let text = "# Title\n\nBody\n- one\n\t- two\n\n| a | b |\n| --- | --- |\n| 1 | 2 |";
    let body = json!({"parent": {"page_id": app.emulator.ids().root_page}, "markdown": text});
    let page = app.post("/v1/pages", body).await.ok();
    assert_eq!(page["properties"]["title"]["title"][0]["plain_text"], "Title");
    let shown = app.get(&format!("/v1/pages/{}/markdown", page["id"].as_str().unwrap())).await.ok();
    let shown = shown["markdown"].as_str().unwrap();
    assert!(shown.starts_with("Body\n- one\n\t- two\n<table header-row=\"true\">"), "{shown}");
}
