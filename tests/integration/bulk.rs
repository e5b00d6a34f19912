//! Many operations in one call: everything is checked before anything is written, and what was done is told.

use serde_json::{Value, json};

use crate::cases::BUILT_IN;
use crate::harness::TestHost;

fn op(op: &str, args: Value) -> Value {
    json!({"op": op, "args": args})
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_while_any_operation_cannot_be_right_whatever_its_tool() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let (database, row, root) = (&ids.tasks_database, &ids.tasks[0], &ids.root_page);
    let right = [
        op("create_page", json!({"database_id": database, "title": "Right"})),
        op("trash", json!({"id": ids.tasks[1]})),
        op("search", json!({"query": "Tasks"})),
        op("create_comment", json!({"page_id": root, "text": "Right"})),
    ];
    let wrong = [
        op("create_page", json!({})),
        op("create_page", json!({"database_id": database, "titel": "A"})),
        op("create_page", json!({"database_id": database, "properties": {"Status": "Dnoe"}})),
        op("create_page", json!({"database_id": database, "properties": {"Project": "No such project"}})),
        op("create_page", json!({"database_id": database, "properties": {"Owner": "Nobody Known"}})),
        op("create_page", json!({"database_id": "", "title": "A"})),
        op("update_page", json!({"page_id": row})),
        op("update_page", json!({"page_id": row, "properties": {"Statsu": "Done"}})),
        op(
            "update_page",
            json!({"page_id": "00000000-0000-4000-8000-000000000000", "properties": {"Name": "A"}}),
        ),
        op("update_page", json!({"page_id": row, "icon": 7})),
        op("trash", json!({"id": "nothing"})),
        op("trash", json!({})),
        op("link", json!({"from": row, "to": "Engine", "relation_property": "Projekt"})),
        op("link", json!({"from": row, "to": "No such project", "relation_property": "Project"})),
        op("upsert", json!({"database_id": database, "unique": {"property": "Name"}})),
        op("upsert", json!({"database_id": "", "unique": {"property": "Name", "value": "A"}})),
        op("append_blocks", json!({"block_id": root})),
        op("append_blocks", json!({"block_id": root, "blocks": [{"type": "no_such_type"}]})),
        op("create_comment", json!({"text": "Where?"})),
        op("move_page", json!({"page_id": row})),
        op("notion_request", json!({"method": "GET", "path": "/nowhere"})),
        op("search", json!({"querry": "A"})),
        op("bulk", json!({})),
        op("create_pages", json!({})),
        json!({"op": "search", "args": {}, "colour": 1}),
        json!({"args": {}}),
        json!({"op": "create_page", "args": {"parent_page_id": {"$ref": "ops.0.id"}, "titel": "A"}}),
    ];
    let ops: Vec<Value> = right.iter().chain(&wrong).cloned().collect();
    let answer = host.result("bulk", json!({"ops": ops})).await;
    assert_eq!(host.emulator.writes().len(), 0, "{answer:#}");
    for (number, result) in answer["results"].as_array().unwrap().iter().enumerate() {
        let expected = if number < right.len() { "skipped" } else { "a mistake" };
        let code = result["error"]["code"].as_str().unwrap();
        assert_eq!(expected == "skipped", code == "skipped", "{}: {result}", ops[number]);
        assert_eq!(result["number"], number);
    }
    assert_eq!((&answer["failed"], &answer["skipped"]), (&json!(wrong.len()), &json!(right.len())));
    let reason = answer["stopped"]["message"].as_str().unwrap();
    assert!(reason.ends_with("Nothing was written. Not run: ops.0 to ops.3."), "{reason}");
    // What was only checked is no call that wrote.
    for tool in ["create_page", "trash", "create_comment", "update_page"] {
        assert!(host.store_rows(tool).await.is_empty(), "{tool}");
    }
    let answer = host.result("bulk", json!({"ops": right})).await;
    assert_eq!(answer["succeeded"], right.len(), "{answer:#}");
    assert_eq!(host.emulator.writes().len(), 3);
    host.stop().await;
}

/// The tool's own arguments are right, and what it would change isn't there: only Notion knows, so it is asked.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_while_what_an_operation_changes_is_not_there() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let none = "aaaaaaaa-1111-4111-8111-111111111111";
    let good = op("create_page", json!({"parent_page_id": ids.root_page, "title": "Good"}));
    let bad = [
        op("trash", json!({"id": none})),
        op("delete_block", json!({"block_id": none})),
        op("update_block", json!({"block_id": none, "block": {"text": "x"}})),
        op("append_blocks", json!({"block_id": none, "markdown": "x"})),
        op("create_comment", json!({"page_id": none, "text": "x"})),
        op("update_comment", json!({"comment_id": none, "text": "x"})),
        op("delete_comment", json!({"comment_id": none})),
        op("delete_view", json!({"view_id": none})),
        op("move_page", json!({"page_id": none, "parent_page_id": ids.root_page})),
        op("move_page", json!({"page_id": ids.tasks[0], "parent_page_id": none})),
        op("create_page", json!({"parent_page_id": none, "title": "Bad"})),
        op("edit_page", json!({"page_id": none, "append": "x"})),
        op("update_page", json!({"page_id": ids.tasks_database, "icon": "🌱"})),
        op(
            "notion_request",
            json!({"method": "PATCH", "path": format!("/v1/pages/{none}"), "body": {"is_locked": true}}),
        ),
    ];
    for bad in bad {
        for ops in [[&good, &bad], [&bad, &good]] {
            let before = host.emulator.writes().len();
            let (_, envelope) = host.call("bulk", json!({"ops": ops})).await;
            assert_eq!(host.emulator.writes().len(), before, "{bad} {envelope:#}");
            assert!(
                envelope.to_string().contains("not_found") || envelope.to_string().contains("invalid_input"),
                "{bad} {envelope:#}"
            );
        }
    }
    // What is of another kind than the first that a tool tries is there all the same.
    let both = json!({"ops": [good, op("trash", json!({"id": ids.projects_database}))]});
    let done = host.result("bulk", both).await;
    assert_eq!(done["succeeded"], 2, "{done:#}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_not_refused_for_what_an_earlier_one_changes() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let row = &ids.tasks[0];
    host.result("trash", json!({"id": row})).await;
    let ops = json!([
        op("trash", json!({"id": row, "restore": true})),
        op("update_page", json!({"page_id": row, "properties": {"Status": "In progress"}})),
        op("update_database", json!({"database_id": ids.tasks_database, "properties": {"Effort": "number"}})),
        op(
            "create_page",
            json!({"database_id": ids.tasks_data_source, "title": "New", "properties": {"Effort": 3}})
        ),
        op(
            "upsert",
            json!({
                "database_id": ids.tasks_data_source, "unique": {"property": "Name", "value": "Newer"},
                "properties": {"Effort": 4},
            })
        ),
        op("create_page", json!({"database_id": ids.projects_database, "title": "Moon"})),
        op(
            "create_page",
            json!({
                "database_id": ids.tasks_database, "title": "Fly", "properties": {"Project": "Moon"},
            })
        ),
        op("update_page", json!({"page_id": {"$ref": "ops.6.id"}, "properties": {"Status": "Done"}})),
    ]);
    let answer = host.result("bulk", json!({"ops": ops})).await;
    assert_eq!(answer["succeeded"], 8, "{answer:#}");
    let fly = answer["results"][6]["result"]["id"].clone();
    let read = host.result("get_page", json!({"page_id": fly})).await;
    assert_eq!(read["properties"]["Status"], "Done", "{read:#}");
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_the_value_as_it_is_given() {
    let host = TestHost::start(&BUILT_IN).await;
    let ids = host.emulator.ids();
    let upsert = |property: &str, value: Value| {
        let unique = json!({"property": property, "value": value});
        host.result("upsert", json!({"database_id": ids.tasks_database, "unique": unique}))
    };
    for (property, one, other) in [
        ("Link", json!("https://youtu.be/aBcD"), json!("https://youtu.be/AbCd")),
        ("Name", json!("Plan a"), json!("Plan A")),
        ("Notes", json!("2*3*4"), json!("234")),
        ("Email", json!("Ada@example.org"), json!("ada@example.org")),
        ("Phone", json!("+43 x"), json!("+43 X")),
        ("Estimate", json!(0.1), json!(0.2)),
        ("Due", json!("2027-01-10T09:30:10+01:00"), json!("2027-01-10T09:31:10+01:00")),
        ("Due", json!("2027-02-10"), json!("2027-02-11")),
    ] {
        let first = upsert(property, one.clone()).await;
        let second = upsert(property, other).await;
        assert_eq!(
            (&first["action"], &second["action"]),
            (&json!("created"), &json!("created")),
            "{property}"
        );
        let again = upsert(property, one).await;
        assert_eq!((&again["action"], &again["id"]), (&json!("unchanged"), &first["id"]), "{property}");
    }
    // Blanks at the ends and the normal form of Unicode are not part of it; seconds are not kept.
    for (property, one, same) in [
        ("Name", json!("Gr\u{f6}\u{df}e"), json!(" Gro\u{308}\u{df}e ")),
        ("Estimate", json!(7), json!("7.0")),
        ("Due", json!("2027-03-10T09:30:10+01:00"), json!("2027-03-10T08:30:40Z")),
    ] {
        let first = upsert(property, one).await;
        let again = upsert(property, same).await;
        assert_eq!((&again["action"], &again["id"]), (&json!("unchanged"), &first["id"]), "{property}");
    }
    let twin = json!({
        "parent": {"data_source_id": ids.tasks_data_source},
        "properties": {"Name": {"title": [{"text": {"content": "Twin"}}]}},
    });
    host.emulator.plant(&json!({"pages": [twin, twin]})).unwrap();
    let unique = json!({"property": "Name", "value": "Twin"});
    let error = host.error("upsert", json!({"database_id": ids.tasks_database, "unique": unique})).await;
    assert_eq!(error["code"], "conflict", "{error:#}");
    host.stop().await;
}
