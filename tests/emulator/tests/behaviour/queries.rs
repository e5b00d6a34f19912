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

/// A property, its type, the operator, the operand, how many of the six tasks pass on 16 March 2026, a Monday.
#[tokio::test]
async fn every_operator_of_every_type() {
    let app = App::start().await;
    let ids = app.emulator.ids();
    app.post("/_emulator/clock", json!({"now": "2026-03-16T12:00:00Z"})).await.ok();
    let (yes, empty) = (json!(true), json!({}));
    for (property, kind, operator, operand, wanted) in [
        ("Name", "title", "equals", json!("draw the mill"), 1),
        ("Name", "title", "does_not_equal", json!("Draw the mill"), 5),
        ("Name", "title", "contains", json!("THE"), 5),
        ("Name", "title", "does_not_contain", json!("the"), 1),
        ("Name", "title", "starts_with", json!("t"), 2),
        ("Name", "title", "ends_with", json!("s"), 2),
        ("Name", "title", "is_empty", yes.clone(), 0),
        ("Notes", "rich_text", "contains", json!("seed"), 6),
        ("Estimate", "number", "equals", json!(8), 1),
        ("Estimate", "number", "does_not_equal", json!(8), 5),
        ("Estimate", "number", "greater_than", json!(3), 3),
        ("Estimate", "number", "less_than", json!(3), 2),
        ("Estimate", "number", "greater_than_or_equal_to", json!(3), 4),
        ("Estimate", "number", "less_than_or_equal_to", json!(3), 3),
        ("Estimate", "number", "is_not_empty", yes.clone(), 6),
        ("Done", "checkbox", "equals", json!(true), 2),
        ("Done", "checkbox", "does_not_equal", json!(true), 4),
        ("Priority", "select", "equals", json!("High"), 3),
        ("Priority", "select", "equals", json!(["High", "Low"]), 5),
        ("Priority", "select", "does_not_equal", json!(["High", "Low"]), 1),
        ("Priority", "select", "is_empty", yes.clone(), 0),
        ("Status", "status", "equals", json!("Done"), 2),
        ("Status", "status", "does_not_equal", json!("Done"), 4),
        ("Tags", "multi_select", "contains", json!("design"), 3),
        ("Tags", "multi_select", "contains", json!(["parts", "writing"]), 3),
        ("Tags", "multi_select", "does_not_contain", json!("design"), 3),
        ("Tags", "multi_select", "is_empty", yes.clone(), 1),
        ("Due", "date", "equals", json!("2026-02-01"), 1),
        ("Due", "date", "equals", json!("yesterday"), 1),
        ("Due", "date", "before", json!("2026-03-15"), 2),
        ("Due", "date", "before", json!("today"), 3),
        ("Due", "date", "after", json!("2026-03-15"), 1),
        ("Due", "date", "on_or_before", json!("2026-03-15"), 3),
        ("Due", "date", "on_or_after", json!("one_month_ago"), 2),
        ("Due", "date", "past_week", empty.clone(), 1),
        ("Due", "date", "past_month", empty.clone(), 1),
        ("Due", "date", "past_year", empty.clone(), 3),
        ("Due", "date", "this_week", empty.clone(), 0),
        ("Due", "date", "next_week", empty.clone(), 0),
        ("Due", "date", "next_month", empty.clone(), 1),
        ("Due", "date", "next_year", empty.clone(), 1),
        ("Due", "date", "is_empty", yes.clone(), 2),
        ("Owner", "people", "contains", json!(ids.ada), 2),
        ("Owner", "people", "contains", json!("me"), 0),
        ("Owner", "people", "does_not_contain", json!(ids.ada), 4),
        ("Owner", "people", "is_empty", yes.clone(), 4),
        ("Project", "relation", "contains", json!(ids.projects[0]), 3),
        ("Project", "relation", "does_not_contain", json!(ids.projects[0]), 3),
        ("Project", "relation", "is_not_empty", yes.clone(), 6),
        ("Link", "url", "ends_with", json!("/1"), 1),
        ("Email", "email", "equals", json!("ADA@example.com"), 6),
        ("Phone", "phone_number", "starts_with", json!("+44"), 6),
        ("ID", "unique_id", "greater_than", json!(3), 3),
        ("Created", "created_time", "on_or_after", json!("2020-01-01"), 6),
        ("Edited", "last_edited_time", "before", json!("2020-01-01"), 0),
    ] {
        let mut filter = json!({"property": property});
        filter[kind][operator] = operand;
        let found = names(&app, json!({"filter": filter})).await;
        assert_eq!(found.len(), wanted, "{filter}: {found:?}");
    }
    let by_time = json!({"timestamp": "created_time", "created_time": {"after": "2020-01-01"}});
    assert_eq!(names(&app, json!({"filter": by_time})).await.len(), 6);
}
