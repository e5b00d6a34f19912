//! A data source with every type of property, rows that have every value and rows that have none.

use serde_json::{Map, Value, json};

use crate::seed::gallery::planter::{Planter, text};

/// More targets than one relation shows.
const TARGETS: usize = 40;
/// Relations of the row that has many.
const MANY: usize = 30;

pub(super) fn plant(planter: &mut Planter) -> Result<(), String> {
    let target_schema = json!({
        "Name": {"title": {}}, "Points": {"number": {}}, "Done": {"checkbox": {}}, "Due": {"date": {}},
        "Label": {"select": {"options": [{"name": "a"}, {"name": "b"}]}}, "State": {"status": {}},
    });
    let (_, targets) = planter.database("targets", "Targets", &target_schema)?;
    let mut target_ids = Vec::new();
    for number in 1..=TARGETS {
        let properties = json!({
            "Name": {"title": text(&format!("Target {number}"))},
            "Points": {"number": number},
            "Done": {"checkbox": number % 2 == 0},
            "Due": {"date": {"start": format!("2026-03-{:02}", number % 28 + 1)}},
            "Label": {"select": {"name": if number % 3 == 0 { "a" } else { "b" }}},
        });
        target_ids.push(planter.row(&format!("target_{number}"), &targets, &properties)?);
    }
    let (_, everything) = planter.database("everything", "Everything", &schema(&targets))?;
    planter.schema(&everything, rollups())?;
    rows(planter, &everything, &target_ids)?;
    views(planter, &everything)
}

fn schema(targets: &str) -> Value {
    let colors = ["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"];
    let options: Vec<Value> =
        colors.iter().map(|color| json!({"name": format!("Is {color}"), "color": color})).collect();
    json!({
        "Name": {"title": {}},
        "Text": {"rich_text": {}, "description": "Words about it"},
        "Number": {"number": {"format": "number_with_commas"}},
        "Price": {"number": {"format": "euro"}},
        "Select": {"select": {"options": options}},
        "Tags": {"multi_select": {"options": options}},
        "Status": {"status": {}},
        "Date": {"date": {}},
        "People": {"people": {}},
        "Files": {"files": {}},
        "Checkbox": {"checkbox": {}},
        "URL": {"url": {}},
        "Email": {"email": {}},
        "Phone": {"phone_number": {}},
        "Formula: number": {"formula": {"expression": "prop(\"Number\") * 2"}},
        "Formula: text": {"formula": {"expression": "prop(\"Name\") + \"!\""}},
        "Formula: truth": {"formula": {"expression": "prop(\"Checkbox\") and not empty(prop(\"Name\"))"}},
        "Formula: date": {"formula": {"expression": "dateAdd(prop(\"Date\"), 1, \"weeks\")"}},
        "One way": {"relation": {"data_source_id": targets, "single_property": {}}},
        "Two ways": {"relation": {
            "data_source_id": targets, "dual_property": {"synced_property_name": "From everything"},
        }},
        "Created": {"created_time": {}},
        "Created by": {"created_by": {}},
        "Edited": {"last_edited_time": {}},
        "Edited by": {"last_edited_by": {}},
        "ID": {"unique_id": {"prefix": "ALL"}},
        "Button": {"button": {}},
        "Verification": {"verification": {}},
        "Place": {"place": {}},
        "Ünïcödé / \"quoted\" 🧮": {"rich_text": {}},
    })
}

/// One of each function, over a property that it fits.
fn rollups() -> Value {
    let mut properties = Map::new();
    for (functions, rolled) in [
        (
            &[
                "count",
                "count_values",
                "empty",
                "not_empty",
                "unique",
                "show_unique",
                "percent_empty",
                "percent_not_empty",
                "show_original",
            ][..],
            "Label",
        ),
        (&["sum", "average", "median", "min", "max", "range"], "Points"),
        (&["earliest_date", "latest_date", "date_range"], "Due"),
        (&["checked", "unchecked", "percent_checked", "percent_unchecked"], "Done"),
        (&["count_per_group", "percent_per_group"], "State"),
    ] {
        for function in functions {
            let rollup = json!({
                "relation_property_name": "Two ways", "rollup_property_name": rolled, "function": function,
            });
            properties.insert(format!("Rollup: {function}"), json!({"rollup": rollup}));
        }
    }
    Value::Object(properties)
}

fn references(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({"id": id})).collect()
}

fn rows(planter: &mut Planter, everything: &str, targets: &[String]) -> Result<(), String> {
    let few = targets.get(..3).unwrap_or_default();
    let full = json!({
        "Name": {"title": [
            {"text": {"content": "Full "}},
            {"text": {"content": "row", "link": {"url": "https://example.com"}}, "annotations": {"bold": true}},
        ]},
        "Text": {"rich_text": [
            {"mention": {"user": {"id": planter.id("grace")}}},
            {"text": {"content": " wrote it"}, "annotations": {"italic": true, "color": "green"}},
            {"equation": {"expression": "x^2"}},
        ]},
        "Number": {"number": -1234.5},
        "Price": {"number": 0},
        "Select": {"select": {"name": "Is red"}},
        "Tags": {"multi_select": [{"name": "Is blue"}, {"name": "Is green"}]},
        "Status": {"status": {"name": "In progress"}},
        "Date": {"date": {"start": "2026-05-01T09:00:00+02:00", "end": "2026-05-02T10:30:00+02:00"}},
        "People": {"people": [{"id": planter.id("grace")}, {"id": planter.id("without_email")}]},
        "Files": {"files": [
            {"name": "plan.pdf", "external": {"url": "https://example.com/plan.pdf"}},
            {"file_upload": {"id": planter.id("uploaded_file")}, "name": "drawing.png"},
        ]},
        "Checkbox": {"checkbox": true},
        "URL": {"url": "https://example.com/path?query=1#part"},
        "Email": {"email": "ada@example.com"},
        "Phone": {"phone_number": "+44 20 7946 0000"},
        "One way": {"relation": references(few)},
        "Two ways": {"relation": references(few)},
        "Verification": {"verification": {"state": "verified", "date": {"start": "2026-01-01", "end": "2027-01-01"}}},
        "Place": {"place": {"lat": 51.5007, "lon": -0.1246, "name": "Westminster", "address": "London SW1A"}},
        "Ünïcödé / \"quoted\" 🧮": {"rich_text": text("odd name")},
    });
    planter.row("full_row", everything, &full)?;
    planter.row("empty_row", everything, &json!({}))?;
    // Of one style they would become one.
    let long_text: Vec<Value> = (1..=30)
        .map(|number| {
            json!({"text": {"content": format!("run {number} ")}, "annotations": {"bold": number % 2 == 0}})
        })
        .collect();
    let members: Vec<String> = (1..=26).map(|number| planter.id(&format!("member_{number}"))).collect();
    let many = json!({
        "Name": {"title": text("Many of each")},
        "Text": {"rich_text": long_text},
        "People": {"people": references(&members)},
        "One way": {"relation": references(targets.get(..MANY).unwrap_or_default())},
        "Two ways": {"relation": references(targets.get(..MANY).unwrap_or_default())},
        "Tags": {"multi_select": [{"name": "Is pink"}, {"name": "Is gray"}, {"name": "Is default"}]},
    });
    planter.row("many_row", everything, &many)?;
    for (name, title) in [
        ("emoji_row", "🧮🇬🇧👩‍🔬 e\u{301}"),
        ("right_to_left_row", "مرحبا שלום — mixed"),
        ("long_title_row", &"long ".repeat(390)),
        ("same_title_row", "Twin"),
        ("other_same_title_row", "Twin"),
    ] {
        planter.row(name, everything, &json!({"Name": {"title": text(title)}}))?;
    }
    for name in ["Plain template", "Other template"] {
        let template = planter.row(name, everything, &json!({"Name": {"title": text(name)}}))?;
        planter.append(&template, json!([{"to_do": {"rich_text": text("From the template")}}]))?;
        if let Some(page) = planter.workspace.page_mut(&template) {
            page.is_template = true;
        }
    }
    Ok(())
}

/// A view of each type.
fn views(planter: &mut Planter, everything: &str) -> Result<(), String> {
    let database_id = planter.id("everything");
    for kind in
        ["table", "board", "list", "calendar", "timeline", "gallery", "form", "chart", "map", "dashboard"]
    {
        let body = json!({
            "database_id": database_id, "data_source_id": everything, "name": format!("As {kind}"), "type": kind,
        });
        planter.view(&format!("{kind}_view"), body)?;
    }
    let filtered = json!({
        "database_id": database_id, "data_source_id": everything, "name": "Checked", "type": "table",
        "filter": {"property": "Checkbox", "checkbox": {"equals": true}},
        "sorts": [{"property": "Number", "direction": "ascending"}],
        "quick_filters": {"Status": {"status": {"equals": "Done"}}},
    });
    planter.view("filtered_view", filtered)?;
    let widget = json!({
        "view_id": planter.id("dashboard_view"), "data_source_id": everything, "name": "Widget", "type": "chart",
        "configuration": {"type": "chart", "chart_type": "donut"},
    });
    planter.view("widget_view", widget).map(drop)
}
