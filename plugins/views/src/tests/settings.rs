use super::*;

fn references(ids: &[&str], next: Option<&str>) -> Value {
    let results: Vec<Value> = ids.iter().map(|id| json!({ "object": "view", "id": id })).collect();
    json!({ "object": "list", "results": results, "next_cursor": next, "has_more": next.is_some(), "type": "view" })
}

#[test]
fn the_views_of_a_database_are_listed_by_name() {
    let host = host(&view("table", json!({ "type": "table" })))
        .on("GET /v1/views", references(&[VIEW, "gone"], Some("n")))
        .on_with("GET /v1/views/{view_id}", |_| Err(not_found()));
    let answer = run(&host, "list_views", json!({ "database_id": DATABASE, "limit": 2 })).expect("a list");
    assert_eq!(
        answer,
        json!({ "views": [{ "id": VIEW, "name": "Mine", "type": "table" }, { "id": "gone" }], "next_cursor": "n" })
    );
    assert_eq!(host.sent()[0], format!("GET /v1/views?database_id={DATABASE}&page_size=2"));
}

#[test]
fn the_id_of_a_data_source_lists_its_views_too() {
    let host = host(&view("table", json!(null)))
        .on("GET /v1/views", not_found())
        .on("GET /v1/views", references(&[VIEW], None));
    let answer = run(&host, "list_views", json!({ "database_id": DATA_SOURCE })).expect("a list");
    assert_eq!(answer["views"][0]["name"], "Mine");
    assert_eq!(
        host.sent(),
        [
            format!("GET /v1/views?database_id={DATA_SOURCE}&page_size=20"),
            format!("GET /v1/views?data_source_id={DATA_SOURCE}&page_size=20"),
            format!("GET /v1/views/{VIEW}"),
        ]
    );
    let nothing = MockHost::new().on("GET /v1/views", not_found());
    let problem = run(&nothing, "list_views", json!({ "database_id": DATABASE })).expect_err("neither");
    assert!(problem.message.contains(DATABASE) && problem.hint.is_some());
}

#[test]
fn one_view_is_shown_with_its_settings_by_name() {
    let configuration = json!({
        "type": "board", "cover": null,
        "group_by": { "type": "status", "property_id": "st", "property_name": "Status", "group_by": "option",
                      "sort": { "type": "manual" } },
        "properties": [
            { "property_id": "title", "property_name": "Name", "visible": true },
            { "property_id": "du", "property_name": "Due Date", "visible": false },
            { "property_id": "po", "property_name": "Points", "width": 100 },
        ],
    });
    let mut board = view("board", configuration);
    board["sorts"] = json!([{ "property": "Due Date", "direction": "ascending" }]);
    let host = host(&board);
    let link = format!(
        "https://www.notion.so/acme/{}?v={}&pvs=4#x",
        DATABASE.replace('-', ""),
        VIEW.replace('-', "")
    );
    let answer = run(&host, "list_views", json!({ "view_id": link })).expect("a view");
    assert_eq!(
        answer,
        json!({ "views": [{
            "id": VIEW, "name": "Mine", "type": "board", "url": "https://app.notion.com/p/1?v=3",
            "data_source_id": DATA_SOURCE, "database_id": DATABASE,
            "sorts": [{ "property": "Due Date", "direction": "ascending" }],
            "configuration": {
                "group_by": { "type": "status", "property": "Status", "group_by": "option", "sort": { "type": "manual" } },
                "properties": ["Name", "Points"],
            },
        }] })
    );
    assert_eq!(host.sent(), [format!("GET /v1/views/{VIEW}")]);
    let full = run(&host, "list_views", json!({ "view_id": VIEW, "detail": "full" })).expect("a view");
    assert_eq!(full["views"][0], board);
}

#[test]
fn names_that_notion_leaves_out_are_in_the_schema() {
    let configuration = json!({
        "type": "calendar", "date_property_id": "du",
        "properties": [{ "property_id": "po", "visible": true }, { "property_id": "old", "visible": true }],
    });
    let named = json!({ "date_property": "Due Date", "properties": ["Points", "old"] });
    let calendar = view("calendar", configuration);
    let answer = run(&host(&calendar), "list_views", json!({ "view_id": VIEW })).expect("a view");
    assert_eq!(answer["views"][0]["configuration"], named);
    let unreadable = MockHost::new().on("GET /v1/views/{view_id}", calendar);
    let answer = run(&unreadable, "list_views", json!({ "view_id": VIEW })).expect("a view");
    assert_eq!(answer["views"][0]["configuration"]["date_property_id"], "du");
}

#[test]
fn a_view_is_created_with_plain_filter_and_sorts() {
    let host = host(&view("table", json!(null)));
    let answer = run(
        &host,
        "create_view",
        json!({
            "database_id": DATA_SOURCE, "name": " Open ", "type": "table",
            "filter": { "Status": "to do" }, "sorts": ["-Due Date"], "configuration": { "properties": ["due date", "Status"] },
        }),
    );
    assert_eq!(answer.expect("created"), json!({ "id": VIEW, "url": "https://app.notion.com/p/1?v=3" }));
    let body = last_body(&host);
    assert_eq!(
        (&body["data_source_id"], &body["database_id"], &body["name"], &body["type"]),
        (&json!(DATA_SOURCE), &json!(DATABASE), &json!("Open"), &json!("table"))
    );
    assert_eq!(
        body["filter"].pointer("/status/equals").or_else(|| body["filter"].pointer("/and/0/status/equals")),
        Some(&json!("To do"))
    );
    assert_eq!(body["sorts"], json!([{ "property": "Due Date", "direction": "descending" }]));
    assert_eq!(
        body["configuration"]["properties"],
        json!([
            { "property_id": "du", "visible": true },
            { "property_id": "st", "visible": true },
            { "property_id": "po", "visible": false },
            { "property_id": "sc", "visible": false },
            { "property_id": "fi", "visible": false },
        ])
    );
}

#[test]
fn a_view_for_a_dashboard_names_the_dashboard_in_place_of_the_database() {
    let host = host(&view("list", json!(null)));
    let arguments =
        json!({ "database_id": DATA_SOURCE, "name": "All", "type": "list", "dashboard_id": VIEW });
    run(&host, "create_view", arguments).expect("created");
    assert_eq!(
        last_body(&host),
        json!({ "data_source_id": DATA_SOURCE, "name": "All", "type": "list", "view_id": VIEW })
    );
}

#[test]
fn a_name_alone_is_changed_in_one_request() {
    let host = host(&view("table", json!(null)));
    let arguments = json!({ "view_id": VIEW, "name": "Ours", "filter": {}, "sorts": [] });
    run(&host, "update_view", arguments).expect("changed");
    assert_eq!(host.sent(), [format!("PATCH /v1/views/{VIEW}")]);
    assert_eq!(last_body(&host), json!({ "name": "Ours", "filter": null, "sorts": null }));
}

#[test]
fn a_configuration_keeps_what_is_not_given() {
    let host = host(&view(
        "board",
        json!({
            "type": "board", "cover_size": "small", "card_layout": null, "cover": { "type": "page_content_first" },
            "group_by": { "type": "status", "property_id": "st", "property_name": "Status", "group_by": "option",
                          "sort": { "type": "manual" } },
        }),
    ));
    let arguments =
        json!({ "view_id": VIEW, "configuration": { "cover": "Files", "sub_group_by": "Points" } });
    run(&host, "update_view", arguments).expect("changed");
    assert_eq!(
        last_body(&host),
        json!({ "configuration": {
            "type": "board", "cover_size": "small",
            "group_by": { "type": "status", "property_id": "st", "group_by": "option", "sort": { "type": "manual" } },
            "cover": { "type": "property", "property_id": "fi" },
            "sub_group_by": { "type": "number", "property_id": "po", "sort": { "type": "ascending" } },
        } })
    );
}

#[test]
fn a_view_is_deleted_by_id() {
    let host = MockHost::new()
        .on("DELETE /v1/views/{view_id}", json!({ "object": "view", "id": VIEW, "type": "table" }))
        .on("DELETE /v1/views/{view_id}", not_found());
    assert_eq!(
        run(&host, "delete_view", json!({ "view_id": VIEW })).expect("deleted"),
        json!({ "id": VIEW })
    );
    assert_eq!(host.sent(), [format!("DELETE /v1/views/{VIEW}")]);
    let problem = run(&host, "delete_view", json!({ "view_id": VIEW })).expect_err("gone");
    assert!(problem.hint.is_some_and(|hint| hint.contains("`list_views`")));
}

#[test]
fn whatever_is_wrong_is_refused_before_anything_is_written() {
    let host = host(&view("table", json!({ "type": "table" })));
    let create = |change: Value| {
        let mut arguments = json!({ "database_id": DATA_SOURCE, "name": "X", "type": "board" });
        arguments.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        ("create_view", arguments)
    };
    for ((tool, arguments), hint) in [
        (("list_views", json!({})), "`view_id`"),
        (("list_views", json!({ "database_id": DATABASE, "view_id": VIEW })), "`view_id`"),
        (("list_views", json!({ "view_id": "Mine" })), "32 hexadecimal digits"),
        (("update_view", json!({ "view_id": VIEW })), "`configuration`"),
        (
            ("update_view", json!({ "view_id": VIEW, "configuration": { "type": "board" } })),
            "Leave its `type` out",
        ),
        (("update_view", json!({ "view_id": VIEW, "filter": { "Staus": "Done" } })), "`Status`"),
        (create(json!({ "name": " " })), "`name`"),
        (create(json!({ "configuration": { "group_by": "Staus" } })), "`Status`"),
        (create(json!({ "configuration": { "group_by": "Files" } })), "`Status`"),
        (create(json!({ "configuration": { "group_by": "Score" } })), "\"type\": \"text\""),
        (create(json!({ "configuration": { "group_by": 3 } })), "`Status`"),
        (create(json!({ "configuration": { "properties": "Name" } })), "in order"),
        (create(json!({ "sorts": ["-Points", "Dew Date"] })), "`Due Date`"),
        (create(json!({ "type": "dashboard", "configuration": { "rows": [] } })), "`dashboard_id`"),
        (create(json!({ "type": "chart", "configuration": { "x_axis": "Status" } })), "column, bar"),
    ] {
        let problem = run(&host, tool, arguments).expect_err(hint);
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
    }
    assert!(host.sent().iter().all(|line| line.starts_with("GET")), "{:?}", host.sent());
}

#[test]
fn the_types_of_views_are_published_so_that_the_door_can_name_them() {
    let definitions = PLUGIN.definitions();
    let create = definitions.iter().find(|tool| tool.name == "create_view").expect("create_view");
    assert_eq!(
        create.input_schema["properties"]["type"]["enum"],
        json!([
            "table",
            "board",
            "list",
            "calendar",
            "timeline",
            "gallery",
            "form",
            "chart",
            "map",
            "dashboard"
        ])
    );
    let host = MockHost::new();
    run(&host, "create_view", json!({ "database_id": DATABASE, "name": "X", "type": "kanban" }))
        .expect_err("no type");
    assert!(host.sent().is_empty());
}

#[test]
fn a_column_that_was_added_a_moment_ago_is_found() {
    let mut newer = data_source();
    newer["properties"]["Stage"] =
        json!({ "id": "sg", "name": "Stage", "type": "select", "select": { "options": [] } });
    let host = host(&view("board", json!(null))).on("GET /v1/data_sources/{data_source_id}", newer);
    let arguments = json!({
        "database_id": DATA_SOURCE, "name": "X", "type": "board", "configuration": { "group_by": "Stage" },
    });
    run(&host, "create_view", arguments).expect("created");
    assert_eq!(last_body(&host)["configuration"]["group_by"]["property_id"], "sg");
}

#[test]
fn a_null_that_changes_nothing_is_told_and_an_empty_name_is_refused() {
    let host = host(&view("table", json!(null)));
    let arguments =
        json!({ "view_id": VIEW, "name": "R2", "configuration": null, "filter": null, "sorts": null });
    let answer = run(&host, "update_view", arguments).expect("renamed");
    assert_eq!(last_body(&host), json!({ "name": "R2" }));
    let notes = answer["notes"].as_array().expect("notes");
    assert_eq!(notes.len(), 3, "{answer}");
    for name in ["", "  "] {
        let arguments = json!({ "view_id": VIEW, "name": name, "filter": {} });
        assert!(run(&host, "update_view", arguments).is_err());
    }
}

#[test]
fn a_cursor_beside_one_view_is_refused() {
    let host = host(&view("table", json!(null)));
    let problem = run(&host, "list_views", json!({ "view_id": VIEW, "cursor": "abc" })).expect_err("no list");
    assert!(problem.hint.is_some_and(|hint| hint.contains("`cursor`")));
}

#[test]
fn sorts_by_a_timestamp_given_back_change_nothing_and_others_go_by_a_column() {
    let by_time = json!([{ "timestamp": "created_time", "direction": "descending" }]);
    let mut sorted = view("table", json!(null));
    sorted["sorts"] = by_time.clone();
    let same = host(&sorted);
    let answer = run(&same, "update_view", json!({ "view_id": VIEW, "sorts": by_time })).expect("the same");
    assert_eq!(answer["unchanged"], true);
    let other = host(&view("table", json!(null)));
    let problem =
        run(&other, "update_view", json!({ "view_id": VIEW, "sorts": by_time })).expect_err("no column");
    assert!(problem.hint.is_some_and(|hint| hint.contains("`created_time`")));
    assert!(other.sent().iter().chain(&same.sent()).all(|line| line.starts_with("GET")));
}
