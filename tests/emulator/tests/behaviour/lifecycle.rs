//! Things trashed, restored, moved, made from templates and talked about.

use notion_emulator::Token;
use serde_json::{Value, json};

use crate::client::App;

#[tokio::test]
async fn everything_comes_back_from_the_trash_but_not_below_it() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let page =
        app.post("/v1/pages", json!({"parent": {"page_id": ids.root_page}, "markdown": "words"})).await.ok();
    let page = page["id"].as_str().unwrap().to_owned();
    let block = app.get(&format!("/v1/blocks/{page}/children")).await.ok()["results"][0]["id"].clone();
    for path in [
        format!("/v1/blocks/{}", block.as_str().unwrap()),
        format!("/v1/pages/{page}"),
        format!("/v1/data_sources/{}", ids.projects_data_source),
        format!("/v1/databases/{}", ids.projects_database),
    ] {
        let gone = app.patch(&path, json!({"in_trash": true})).await.ok();
        assert_eq!(gone["in_trash"], true, "{path}");
        assert_eq!(app.get(&path).await.ok()["in_trash"], true, "{path}");
        let back = app.patch(&path, json!({"in_trash": false})).await.ok();
        assert_eq!(back["in_trash"], false, "{path}");
    }
    let row = format!("/v1/pages/{}", ids.projects[0]);
    app.patch(&row, json!({"in_trash": true})).await.ok();
    let source = format!("/v1/data_sources/{}", ids.projects_data_source);
    app.patch(&source, json!({"in_trash": true})).await.ok();
    app.patch(&row, json!({"in_trash": false})).await.refused(400, "validation_error");
    let create = json!({"parent": {"data_source_id": ids.projects_data_source}, "properties": {}});
    app.post("/v1/pages", create).await.refused(400, "validation_error");
    app.patch(&source, json!({"title": []})).await.refused(400, "validation_error");
    app.patch(&source, json!({"in_trash": false})).await.ok();
    app.patch(&row, json!({"in_trash": false})).await.ok();
    let top = format!("/v1/pages/{}", ids.root_page);
    app.patch(&top, json!({"in_trash": true})).await.refused(400, "validation_error");
}

#[tokio::test]
async fn a_page_is_moved_and_leaves_its_columns_behind() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let path = format!("/v1/pages/{}/move", ids.tasks[1]);
    let moved = app.post(&path, json!({"parent": {"data_source_id": ids.projects_data_source}})).await.ok();
    assert_eq!(moved["parent"]["data_source_id"], json!(ids.projects_data_source));
    assert_eq!(moved["properties"]["Name"]["title"][0]["plain_text"], "Order the gears");
    assert!(moved["properties"].get("Priority").is_none());
    let rows = async |source: &str| {
        let list = app.post(&format!("/v1/data_sources/{source}/query"), json!({})).await.ok();
        list["results"].as_array().unwrap().len()
    };
    assert_eq!((rows(&ids.tasks_data_source).await, rows(&ids.projects_data_source).await), (5, 4));
    app.post(&path, json!({"parent": {"page_id": ids.root_page}})).await.ok();
    let children = app.get(&format!("/v1/blocks/{}/children", ids.root_page)).await.ok();
    assert!(children["results"].as_array().unwrap().iter().any(|child| child["id"] == json!(ids.tasks[1])));
    let below = json!({"parent": {"page_id": ids.tasks[1]}, "properties": {}});
    let below = app.post("/v1/pages", below).await.ok();
    app.post(&path, json!({"parent": {"page_id": below["id"]}})).await.refused(400, "validation_error");
}

#[tokio::test]
async fn a_template_gives_its_values_and_its_content() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let templates = app.get(&format!("/v1/data_sources/{}/templates", ids.tasks_data_source)).await.ok();
    assert_eq!(templates["templates"][0]["id"], json!(ids.template));
    let template = json!({"type": "template_id", "template_id": ids.template});
    let body = |more: Value| {
        let mut body = json!({"parent": {"data_source_id": ids.tasks_data_source}, "template": template});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let made = app.post("/v1/pages", body(json!({}))).await.ok();
    assert_eq!(made["properties"]["Priority"]["select"]["name"], "Medium");
    let children = app.get(&format!("/v1/blocks/{}/children", made["id"].as_str().unwrap())).await.ok();
    assert_eq!(children["results"].as_array().unwrap().len(), 2);
    app.post("/v1/pages", body(json!({"markdown": "x"}))).await.refused(400, "validation_error");
}

#[tokio::test]
async fn comments_are_written_answered_and_changed_by_their_author() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let first = json!({"parent": {"page_id": ids.root_page}, "markdown": "**Bold** <mention-date start=\"2026-05-01\"/>"});
    let first = app.post("/v1/comments", first).await.ok();
    assert_eq!(first["rich_text"][0]["annotations"]["bold"], true);
    assert_eq!(first["rich_text"][2]["mention"]["type"], "date");
    let answer =
        json!({"discussion_id": first["discussion_id"], "rich_text": [{"text": {"content": "Yes"}}]});
    let answer = app.post("/v1/comments", answer).await.ok();
    assert_eq!((&answer["discussion_id"], &answer["parent"]), (&first["discussion_id"], &first["parent"]));
    let path = format!("/v1/comments/{}", answer["id"].as_str().unwrap());
    let changed = app.patch(&path, json!({"markdown": "No"})).await.ok();
    assert_eq!(changed["rich_text"][0]["plain_text"], "No");
    app.patch(&path, json!({"rich_text": []})).await.refused(400, "validation_error");
    let other = json!({"tokens": [Token { name: "Other".to_owned(), ..Token::new("secret_other") }]});
    app.emulator.plant(&other).unwrap();
    let stranger = App { token: "secret_other".to_owned(), ..app };
    stranger.patch(&path, json!({"markdown": "Maybe"})).await.refused(403, "restricted_resource");
    let app = App { token: "secret_emulator".to_owned(), ..stranger };
    app.send("DELETE", &path, Value::Null).await.ok();
    app.get(&path).await.refused(404, "object_not_found");
}
