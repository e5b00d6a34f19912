//! Views of each type, their configurations, dashboards and linked databases.

use serde_json::{Value, json};

use crate::client::App;

async fn property_id(app: &App, name: &str) -> String {
    let source = app.get(&format!("/v1/data_sources/{}", app.emulator.ids().tasks_data_source)).await.ok();
    source["properties"][name]["id"].as_str().unwrap().to_owned()
}

fn body(app: &App, kind: &str) -> Value {
    let ids = app.emulator.ids();
    json!({"database_id": ids.tasks_database, "data_source_id": ids.tasks_data_source, "name": kind, "type": kind})
}

#[tokio::test]
async fn a_configuration_must_fit_the_schema() {
    let app = App::start().await;
    let (status, due) = (property_id(&app, "Status").await, property_id(&app, "Due").await);
    let group = |id: &str| json!({"type": "status", "property_id": id, "group_by": "option", "sort": {"type": "manual"}});
    let mut board = body(&app, "board");
    board["configuration"] = json!({"type": "board", "group_by": group(&status), "cover": null});
    let made = app.post("/v1/views", board.clone()).await.ok();
    assert_eq!(made["configuration"]["group_by"]["property_name"], "Status");
    assert!(made["configuration"].get("cover").is_none(), "{made:#}");
    for configuration in [
        json!({"type": "board"}),
        json!({"type": "table"}),
        json!({"type": "board", "group_by": group("nope")}),
        json!({"type": "board", "group_by": group(&due)}),
        json!({"type": "board", "group_by": group(&status), "colour": "red"}),
    ] {
        board["configuration"] = configuration;
        app.post("/v1/views", board.clone()).await.refused(400, "validation_error");
    }
    let default = app.post("/v1/views", body(&app, "calendar")).await.ok();
    assert_eq!(default["configuration"]["date_property_id"], json!(due));
}

#[tokio::test]
async fn a_view_is_changed_and_keeps_its_place() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let mut first = body(&app, "list");
    first["position"] = json!({"type": "start"});
    let first = app.post("/v1/views", first).await.ok();
    let list = app.get(&format!("/v1/views?database_id={}", ids.tasks_database)).await.ok();
    assert_eq!(
        (&list["results"][0]["id"], &list["results"][1]["id"]),
        (&first["id"], &json!(ids.tasks_view))
    );
    let path = format!("/v1/views/{}", first["id"].as_str().unwrap());
    let change = json!({
        "name": "Open", "filter": {"property": "Done", "checkbox": {"equals": false}},
        "sorts": [{"property": "Estimate", "direction": "descending"}],
        "quick_filters": {"Status": {"status": {"equals": "Done"}}, "Name": {"title": {"contains": "x"}}},
    });
    app.patch(&path, change).await.ok();
    let changed = app.patch(&path, json!({"quick_filters": {"Name": null}})).await.ok();
    assert_eq!(changed["quick_filters"], json!({"Status": {"status": {"equals": "Done"}}}));
    let query = app.post(&format!("{path}/queries"), json!({"page_size": 3})).await.ok();
    assert_eq!((&query["total_count"], query["results"].as_array().unwrap().len()), (&json!(4), 3));
    let id = query["id"].as_str().unwrap();
    let cursor = query["next_cursor"].as_str().unwrap();
    let rest = app.get(&format!("{path}/queries/{id}?start_cursor={cursor}")).await.ok();
    assert_eq!((rest["results"].as_array().unwrap().len(), &rest["has_more"]), (1, &json!(false)));
    for refused in [
        json!({"filter": {"property": "Nope", "checkbox": {"equals": false}}}),
        json!({"sorts": [{"timestamp": "created_time", "direction": "ascending"}]}),
        json!({"quick_filters": {"Status": {"checkbox": {"equals": true}}}}),
    ] {
        app.patch(&path, refused).await.refused(400, "validation_error");
    }
    app.send("DELETE", &path, json!({})).await.ok();
    app.send("DELETE", &format!("/v1/views/{}", ids.tasks_view), json!({}))
        .await
        .refused(400, "validation_error");
}

#[tokio::test]
async fn a_dashboard_holds_views_and_a_page_a_linked_database() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    let dashboard = app.post("/v1/views", body(&app, "dashboard")).await.ok();
    let path = format!("/v1/views/{}", dashboard["id"].as_str().unwrap());
    let widget = json!({
        "view_id": dashboard["id"], "data_source_id": ids.tasks_data_source, "name": "Widget", "type": "chart",
    });
    let widget = app.post("/v1/views", widget).await.ok();
    assert_eq!(widget["dashboard_view_id"], dashboard["id"]);
    let rows = app.get(&path).await.ok()["configuration"]["rows"].clone();
    assert_eq!(rows[0]["widgets"][0]["view_id"], widget["id"]);
    app.send("DELETE", &format!("/v1/views/{}", widget["id"].as_str().unwrap()), json!({})).await.ok();
    assert_eq!(app.get(&path).await.ok()["configuration"]["rows"], json!([]));

    let linked = json!({
        "create_database": {"parent": {"type": "page_id", "page_id": ids.root_page}},
        "data_source_id": ids.tasks_data_source, "name": "Linked", "type": "table",
    });
    let linked = app.post("/v1/views", linked).await.ok();
    let database = linked["parent"]["database_id"].as_str().unwrap();
    assert_ne!(database, ids.tasks_database);
    let database = app.get(&format!("/v1/databases/{database}")).await.ok();
    assert_eq!(database["data_sources"][0]["id"], json!(ids.tasks_data_source));
}
