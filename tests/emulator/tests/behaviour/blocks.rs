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

#[tokio::test]
async fn parts_of_blocks_must_fit_their_whole() {
    let app = App::start().await;
    let path = format!("/v1/blocks/{}/children", app.emulator.ids().root_page);
    let row = |cells: usize| json!({"table_row": {"cells": vec![json!([]); cells]}});
    let table = |cells: usize| json!({"children": [{"table": {"table_width": 2, "children": [row(cells)]}}]});
    app.patch(&path, table(3)).await.refused(400, "validation_error");
    let made = app.patch(&path, table(2)).await.ok();
    let rows = format!("/v1/blocks/{}/children", made["results"][0]["id"].as_str().unwrap());
    app.patch(&rows, json!({"children": [row(2)]})).await.ok();
    app.patch(&rows, json!({"children": [row(1)]})).await.refused(400, "validation_error");
    app.patch(&rows, json!({"children": [paragraph("x")]})).await.refused(400, "validation_error");
    let column = |children: Value| json!({"column": {"children": children}});
    let columns = |columns: Value| json!({"children": [{"column_list": {"children": columns}}]});
    for refused in [
        columns(json!([column(json!([paragraph("only one")]))])),
        json!({"children": [column(json!([paragraph("x")]))]}),
        json!({"children": [row(2)]}),
        json!({"children": [{"unsupported": {}}]}),
        json!({"children": [{"child_page": {"title": "x"}}]}),
    ] {
        app.patch(&path, refused).await.refused(400, "validation_error");
    }
}

#[tokio::test]
async fn a_block_keeps_its_type_and_what_an_update_leaves_out() {
    let app = App::start().await;
    let path = format!("/v1/blocks/{}/children", app.emulator.ids().root_page);
    let code =
        json!({"code": {"rich_text": [{"text": {"content": "x"}}], "language": "rust", "caption": []}});
    let heading =
        json!({"heading_4": {"rich_text": [], "is_toggleable": true, "children": [paragraph("inside")]}});
    let made = app.patch(&path, json!({"children": [code, heading]})).await.ok();
    let id = |place: usize| format!("/v1/blocks/{}", made["results"][place]["id"].as_str().unwrap());
    let caption = json!({"code": {"caption": [{"text": {"content": "said"}}]}});
    let changed = app.patch(&id(0), caption).await.ok();
    assert_eq!(
        (&changed["code"]["language"], &changed["code"]["rich_text"][0]["plain_text"]),
        (&json!("rust"), &json!("x"))
    );
    assert_eq!(changed["code"]["caption"][0]["plain_text"], "said");
    app.patch(&id(0), json!({"paragraph": {"rich_text": []}})).await.refused(400, "validation_error");
    app.patch(&id(1), json!({"heading_4": {"rich_text": [], "is_toggleable": false}}))
        .await
        .refused(400, "validation_error");
    app.patch(&id(1), json!({"in_trash": true})).await.ok();
    app.patch(&id(1), json!({"heading_4": {"rich_text": []}})).await.refused(400, "validation_error");
    app.patch(&id(1), json!({"in_trash": false})).await.ok();
}
