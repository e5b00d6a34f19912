use super::*;

fn created(kind: &str, configuration: Value) -> Value {
    let host = host(&view(kind, json!(null)));
    let arguments =
        json!({ "database_id": DATA_SOURCE, "name": "X", "type": kind, "configuration": configuration });
    run(&host, "create_view", arguments).expect(kind);
    last_body(&host)["configuration"].clone()
}

#[test]
fn what_notion_requires_is_found_in_the_schema() {
    let by_status =
        json!({ "type": "status", "property_id": "st", "group_by": "option", "sort": { "type": "manual" } });
    assert_eq!(created("board", json!({})), json!({ "type": "board", "group_by": by_status }));
    assert_eq!(created("calendar", json!({})), json!({ "type": "calendar", "date_property_id": "du" }));
    assert_eq!(
        created("timeline", json!({ "end_date": "due date", "table_properties": ["Name"] })),
        json!({
            "type": "timeline", "end_date_property_id": "du", "date_property_id": "du",
            "table_properties": [
                { "property_id": "title", "visible": true },
                { "property_id": "st", "visible": false },
                { "property_id": "du", "visible": false },
                { "property_id": "po", "visible": false },
                { "property_id": "sc", "visible": false },
                { "property_id": "fi", "visible": false },
            ],
        })
    );
    for kind in ["table", "list", "gallery", "form", "chart", "map", "dashboard"] {
        assert_eq!(created(kind, json!({})), json!(null), "{kind}");
    }
}

#[test]
fn names_stand_for_ids_wherever_notion_wants_those() {
    assert_eq!(
        created(
            "chart",
            json!({
                "chart_type": "bar", "x_axis": { "property": "Due Date", "group_by": "month" },
                "y_axis": { "aggregator": "sum", "property": "points" }, "stack_by": "Status", "caption": null,
                "reference_lines": [{ "value": 3, "label": "Goal", "color": "red", "dash_style": "dash" }],
            })
        ),
        json!({
            "type": "chart", "chart_type": "bar",
            "x_axis": { "type": "date", "property_id": "du", "group_by": "month", "sort": { "type": "ascending" } },
            "y_axis": { "aggregator": "sum", "property_id": "po" },
            "stack_by": { "type": "status", "property_id": "st", "group_by": "option", "sort": { "type": "manual" } },
            "caption": null,
            "reference_lines": [{ "value": 3, "label": "Goal", "color": "red", "dash_style": "dash" }],
        })
    );
    assert_eq!(
        created(
            "table",
            json!({ "properties": [{ "property": "Points", "width": 80 }], "wrap_cells": true })
        ),
        json!({ "type": "table", "properties": [{ "property_id": "po", "width": 80 }], "wrap_cells": true })
    );
}

#[test]
fn a_formula_is_grouped_by_as_the_caller_says() {
    let how = json!({ "type": "number", "sort": { "type": "ascending" }, "range_size": 10 });
    assert_eq!(
        created("board", json!({ "group_by": { "property": "Score", "group_by": how } }))["group_by"],
        json!({ "type": "formula", "property_id": "sc", "group_by": how })
    );
}

#[test]
fn notions_own_configuration_passes() {
    let own = json!({
        "type": "board", "cover": { "type": "property", "property_id": "fi" },
        "group_by": { "type": "status", "property_id": "st", "group_by": "group", "sort": { "type": "descending" } },
        "properties": [{ "property_id": "du", "visible": true, "date_format": "relative" }],
    });
    assert_eq!(created("board", own.clone()), own);
}

#[test]
fn a_configuration_without_end_is_refused() {
    let mut deep = json!({});
    for _ in 0..50 {
        deep = json!({ "more": [deep] });
    }
    let host = host(&view("table", json!(null)));
    let arguments =
        json!({ "database_id": DATA_SOURCE, "name": "X", "type": "table", "configuration": deep });
    let problem = run(&host, "create_view", arguments).expect_err("too deep");
    assert!(problem.message.contains("too deep"));
}

#[test]
fn a_configuration_as_notion_answers_it_can_be_given_back() {
    let answered = json!({
        "type": "board", "cover": { "type": "page_content_first" },
        "group_by": { "type": "status", "property_id": "st", "property_name": "Status", "group_by": "option",
                      "sort": { "type": "manual" } },
        "properties": [{ "property_id": "po", "property_name": "Points", "visible": true }],
    });
    let sent = created("board", answered);
    assert!(!sent.to_string().contains("property_name") && sent.get("cover").is_none(), "{sent}");
    assert_eq!(sent["properties"], json!([{ "property_id": "po", "visible": true }]));
    let calendar = created("calendar", json!({ "date_property_id": "du", "date_property_name": "Due Date" }));
    assert_eq!(calendar, json!({ "type": "calendar", "date_property_id": "du" }));
}
