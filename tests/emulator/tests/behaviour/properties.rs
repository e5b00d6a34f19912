//! Property values: what is taken, made, refused.

use serde_json::{Value, json};

use crate::client::App;

async fn write(app: &App, properties: Value) -> crate::client::Reply {
    let parent = json!({"data_source_id": app.emulator.ids().tasks_data_source});
    app.post("/v1/pages", json!({"parent": parent, "properties": properties})).await
}

#[tokio::test]
async fn a_select_makes_its_option_and_a_status_does_not() {
    let app = App::start().await;
    let row = write(&app, json!({"Priority": {"select": {"name": "Urgent"}}})).await.ok();
    assert_eq!(row["properties"]["Priority"]["select"]["name"], "Urgent");
    let schema = app.get(&format!("/v1/data_sources/{}", app.emulator.ids().tasks_data_source)).await.ok();
    let options = schema["properties"]["Priority"]["select"]["options"].as_array().unwrap().clone();
    assert!(options.iter().any(|option| option["name"] == "Urgent"));
    let message =
        write(&app, json!({"Status": {"status": {"name": "Nope"}}})).await.refused(400, "validation_error");
    assert!(message.contains("Status option \"Nope\" does not exist"), "{message}");
    write(&app, json!({"Priority": {"select": {"name": "a, b"}}})).await.refused(400, "validation_error");
}

#[tokio::test]
async fn a_status_is_never_empty() {
    let app = App::start().await;
    let row = write(&app, json!({})).await.ok();
    assert_eq!(row["properties"]["Status"]["status"]["name"], "Not started");
    let row = app
        .patch(
            &format!("/v1/pages/{}", app.emulator.ids().tasks[0]),
            json!({"properties": {"Status": {"status": null}}}),
        )
        .await
        .ok();
    assert_eq!(row["properties"]["Status"]["status"]["name"], "Not started");
}

#[tokio::test]
async fn unknown_wrong_and_computed_properties_are_refused_and_leave_nothing() {
    let app = App::start().await;
    let message = write(&app, json!({"Foo": {"number": 1}})).await.refused(400, "validation_error");
    assert_eq!(message, "Foo is not a property that exists.");
    let message = write(&app, json!({"Notes": {"number": 1}})).await.refused(400, "validation_error");
    assert_eq!(message, "Notes is expected to be rich_text.");
    for properties in [
        json!({"ID": {"unique_id": {"number": 1}}}),
        json!({"Created": {"created_time": "2026-01-01"}}),
        json!({"ID": {"number": 1}}),
        json!({"Due": {"date": {"start": "tomorrow"}}}),
        json!({"Notes": {"rich_text": [{"text": {"content": "x".repeat(2001)}}]}}),
        json!({"Priority": {"select": {"name": "New"}}, "Foo": {"number": 1}}),
    ] {
        write(&app, properties).await.refused(400, "validation_error");
    }
    assert!(app.emulator.writes().is_empty());
}

#[tokio::test]
async fn properties_are_keyed_by_name_or_id_and_numbers_go_on() {
    let app = App::start().await;
    let seen = app.get(&format!("/v1/pages/{}", app.emulator.ids().tasks[0])).await.ok();
    let id = seen["properties"]["Done"]["id"].as_str().unwrap().to_owned();
    let mut properties = json!({});
    properties[id] = json!({"checkbox": true});
    let row = write(&app, properties).await.ok();
    assert_eq!(row["properties"]["Done"]["checkbox"], true);
    // The template took a number too.
    let number = row["properties"]["ID"]["unique_id"]["number"].as_i64().unwrap();
    assert_eq!(row["properties"]["ID"]["unique_id"]["prefix"], "TASK");
    let next = write(&app, json!({})).await.ok();
    assert_eq!(next["properties"]["ID"]["unique_id"]["number"], number + 1);
}

#[tokio::test]
async fn both_sides_of_a_relation_move_together_and_the_rollup_with_them() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let relation = json!({"properties": {"Project": {"relation": [{"id": ids.projects[2]}]}}});
    app.patch(&format!("/v1/pages/{}", ids.tasks[1]), relation).await.ok();
    let project = app.get(&format!("/v1/pages/{}", ids.projects[2])).await.ok();
    assert_eq!(project["properties"]["Tasks"]["relation"].as_array().unwrap().len(), 2);
    assert_eq!(project["properties"]["Progress"]["rollup"]["number"], 0.5);
    let other = app.get(&format!("/v1/pages/{}", ids.projects[0])).await.ok();
    assert_eq!(other["properties"]["Tasks"]["relation"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_page_outside_a_data_source_has_a_title_alone() {
    let app = App::start().await;
    let root = app.emulator.ids().root_page;
    let body = json!({"parent": {"page_id": root}, "properties": {"Name": {"title": []}}});
    app.post("/v1/pages", body).await.refused(400, "validation_error");
    let body = json!({"parent": {"workspace": true}, "properties": {}});
    app.post("/v1/pages", body).await.refused(400, "validation_error");
}

#[tokio::test]
async fn options_left_out_of_a_status_are_gone() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let path = format!("/v1/data_sources/{}", ids.tasks_data_source);
    let change = json!({"properties": {"Status": {"status": {"options": [{"name": "Not started"}, {"name": "Blocked"}]}}}});
    let schema = app.patch(&path, change).await.ok();
    let status = &schema["properties"]["Status"]["status"];
    assert_eq!(status["options"].as_array().unwrap().len(), 2);
    assert_eq!(status["groups"][0]["option_ids"].as_array().unwrap().len(), 2);
    let recolor =
        json!({"properties": {"Status": {"status": {"options": [{"name": "Blocked", "color": "brown"}]}}}});
    let message = app.patch(&path, recolor).await.refused(400, "validation_error");
    assert!(message.starts_with("Cannot update color of status"), "{message}");
}
