//! Queries, search, cursors.

use serde_json::{Value, json};

use crate::client::App;

async fn names(app: &App, body: Value) -> Vec<String> {
    let path = format!("/v1/data_sources/{}/query", app.emulator.ids().tasks_data_source);
    let list = app.post(&path, body).await.ok();
    let name = |row: &Value| {
        row["properties"]["Name"]["title"][0]["plain_text"].as_str().unwrap_or_default().to_owned()
    };
    list["results"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn filters_and_sorts() {
    let app = App::start().await;
    let sorts = json!([{"property": "Estimate", "direction": "descending"}]);
    let filter = json!({"and": [
        {"property": "Done", "checkbox": {"equals": false}},
        {"or": [{"property": "Tags", "multi_select": {"contains": "writing"}}, {"property": "Name", "title": {"starts_with": "order"}}]},
    ]});
    assert_eq!(
        names(&app, json!({"filter": filter, "sorts": sorts})).await,
        ["Write note G", "Translate the memoir", "Order the gears"]
    );
    let due = json!({"filter": {"property": "Due", "date": {"before": "2026-02-02"}}, "sorts": sorts});
    assert_eq!(names(&app, due).await, ["Draw the mill", "Order the gears"]);
    let empty = json!({"filter": {"property": "Due", "date": {"is_empty": true}}, "sorts": sorts});
    assert_eq!(names(&app, empty).await, ["Translate the memoir", "File the letters"]);
    let by_number = json!({"filter": {"property": "ID", "unique_id": {"less_than_or_equal_to": 1}}});
    assert_eq!(names(&app, by_number).await, ["Draw the mill"]);
}

#[tokio::test]
async fn bad_filters_are_refused() {
    let app = App::start().await;
    let path = format!("/v1/data_sources/{}/query", app.emulator.ids().tasks_data_source);
    for filter in [
        json!({"property": "Nope", "number": {"equals": 1}}),
        json!({"property": "Name", "number": {"equals": 1}}),
        json!({"property": "Status", "status": {"equals": "Nope"}}),
        json!({"property": "Due", "date": {"before": "soon"}}),
        json!({"property": "Done", "checkbox": {"equals": "yes"}}),
        json!({}),
    ] {
        app.post(&path, json!({"filter": filter})).await.refused(400, "validation_error");
    }
}

#[tokio::test]
async fn a_cursor_leads_through_all_rows() {
    let app = App::start().await;
    let source = app.emulator.ids().tasks_data_source;
    let planted =
        app.post("/_emulator/seed", json!({"rows": [{"data_source_id": source, "count": 250}]})).await.ok();
    assert_eq!(planted["rows"].as_array().unwrap().len(), 250);
    let mut seen = std::collections::BTreeSet::new();
    let mut cursor = Value::Null;
    for _ in 0..3 {
        let body = if cursor.is_null() { json!({}) } else { json!({"start_cursor": cursor}) };
        let list = app.post(&format!("/v1/data_sources/{source}/query"), body).await.ok();
        seen.extend(list["results"].as_array().unwrap().iter().map(|row| row["id"].to_string()));
        cursor = list["next_cursor"].clone();
    }
    assert_eq!((seen.len(), cursor), (256, Value::Null));
}

#[tokio::test]
async fn search_is_by_title() {
    let app = App::start().await;
    let found = app.post("/v1/search", json!({"query": "GEARS"})).await.ok();
    assert_eq!(found["results"].as_array().unwrap().len(), 1);
    assert_eq!(found["type"], "page_or_data_source");
}
