//! Operations on all rows that a filter finds.

use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, run, writes};

/// Gives planted rows values, and answers their ids.
fn tasks(workspace: &Workspace, count: usize, properties: Value) -> Vec<String> {
    let ids = workspace.rows(&workspace.ids.tasks_data_source, count);
    let ops: Vec<Value> = ids
        .iter()
        .map(|id| {
            json!({ "op": "upsert", "args": {
                "database_id": workspace.ids.tasks_database,
                "unique": { "property": "Name", "value": title(workspace, id) }, "properties": properties,
            } })
        })
        .collect();
    let done = workspace.run("bulk", json!({ "ops": ops })).expect("planted");
    assert_eq!(done["succeeded"], count, "{done}");
    ids
}

fn title(workspace: &Workspace, id: &str) -> Value {
    workspace.page(id)["properties"]["Name"]["title"][0]["plain_text"].clone()
}

fn value(workspace: &Workspace, id: &str, name: &str, pointer: &str) -> Value {
    workspace.page(id)["properties"][name].pointer(pointer).cloned().unwrap_or_default()
}

fn op(workspace: &Workspace, op: &str, filter: Value, args: Value) -> Value {
    json!({ "op": op, "database_id": workspace.ids.tasks_database, "where": filter, "args": args })
}

fn planted() -> Value {
    json!({ "Name": { "starts_with": "Row" } })
}

#[test]
fn rows_are_updated_by_a_filter_with_one_write_each() {
    let workspace = Workspace::new();
    let ids = tasks(&workspace, 30, json!({ "Due": "2026-01-31", "Estimate": 0.1 }));
    let host = workspace.host();
    let args = json!({ "properties": { "Due": "+1m", "Estimate": "+0.2", "Priority": "High" } });
    let done = run(&host, "bulk", json!({ "ops": [op(&workspace, "update_page", planted(), args)] }))
        .expect("updated");
    let own = &done["results"][0];
    assert_eq!((own["matched"].clone(), own["changed"].clone()), (json!(30), json!(30)), "{done}");
    assert!(own.get("ids").is_none() && done.to_string().len() < 400, "{done}");
    assert!(own["notes"][0].as_str().is_some_and(|note| note.contains("own date")), "{done}");
    assert_eq!(writes(&host).len(), 30);
    for id in &ids {
        assert_eq!(value(&workspace, id, "Due", "/date/start"), "2026-02-28");
        assert_eq!(value(&workspace, id, "Estimate", "/number"), 0.3);
        assert_eq!(value(&workspace, id, "Priority", "/select/name"), "High");
    }
    // What is as it shall be is not written, and ids are answered on demand.
    let args = json!({ "properties": { "Priority": "High" } });
    let host = workspace.host();
    let again = json!({ "ops": [op(&workspace, "update_page", planted(), args)], "ids": true });
    let again = run(&host, "bulk", again).expect("unchanged");
    assert_eq!((again["results"][0]["unchanged"].clone(), writes(&host).len()), (json!(30), 0));
    assert_eq!(again["results"][0]["ids"].as_array().map(Vec::len), Some(30));
}

#[test]
fn more_rows_than_the_bound_are_counted_and_left_alone() {
    let workspace = Workspace::new();
    workspace.rows(&workspace.ids.tasks_data_source, 130);
    let host = workspace.host();
    let args = json!({ "properties": { "Priority": "High" } });
    let mut asked = op(&workspace, "update_page", planted(), args);
    let refused = run(&host, "bulk", json!({ "ops": [asked] })).expect_err("too many");
    assert!(refused.message.contains("130 rows match, and at most 100"), "{refused:?}");
    assert!(refused.hint.is_some_and(|hint| hint.contains("\"at_most\": 130")));
    assert_eq!(refused.details.map(|details| details["matched"].clone()), Some(json!(130)));
    assert!(writes(&host).is_empty());
    asked["at_most"] = json!(130);
    let done = run(&host, "bulk", json!({ "ops": [asked] })).expect("allowed");
    assert_eq!(done["results"][0]["changed"], 130);
    asked["at_most"] = json!(0);
    let counted = run(&host, "bulk", json!({ "ops": [asked] })).expect_err("counted");
    assert_eq!(counted.details.map(|details| details["matched"].clone()), Some(json!(130)));
    for bad in [json!(1_001), json!(-1), json!("many")] {
        asked["at_most"] = bad;
        assert!(run(&host, "bulk", json!({ "ops": [asked] })).is_err());
    }
}

#[test]
fn all_operations_are_checked_before_the_first_is_run() {
    let workspace = Workspace::new();
    tasks(&workspace, 3, json!({ "Due": "2026-01-31" }));
    let good = op(&workspace, "update_page", planted(), json!({ "properties": { "Priority": "High" } }));
    for (bad, hint) in [
        (
            op(&workspace, "update_page", planted(), json!({ "properties": { "Priority": "Highest" } })),
            "`High`",
        ),
        (op(&workspace, "update_page", planted(), json!({ "properties": { "Prio": "High" } })), "`Priority`"),
        (
            op(&workspace, "update_page", json!({ "Nme": "x" }), json!({ "properties": { "Due": null } })),
            "`Name`",
        ),
        (
            op(&workspace, "update_page", planted(), json!({ "properties": { "Priority": { "add": 1 } } })),
            "dates and numbers",
        ),
        (
            op(&workspace, "update_page", planted(), json!({ "properties": { "Estimate": "-1" } })),
            "{\"add\": -1}",
        ),
        (op(&workspace, "update_page", planted(), json!({})), "where"),
        (op(&workspace, "trash", planted(), json!({ "id": "x" })), "leave one"),
        (op(&workspace, "create_page", planted(), json!({})), "update_page"),
        (
            op(
                &workspace,
                "update_page",
                planted(),
                json!({ "properties": { "Name": { "$ref": "ops.0.id" } } }),
            ),
            "first",
        ),
        (json!({ "op": "trash", "where": planted() }), "database_id"),
        (json!({ "op": "search", "args": { "query": "x" } }), "call of their own"),
    ] {
        let host = workspace.host();
        let refused = run(&host, "bulk", json!({ "ops": [good, bad] })).expect_err("refused");
        assert!(refused.hint.as_ref().is_some_and(|text| text.contains(hint)), "{bad}: {refused:?}");
        assert!(writes(&host).is_empty(), "{bad}");
    }
}

#[test]
fn a_row_without_a_value_to_add_to_is_left_alone_and_counted() {
    let workspace = Workspace::new();
    let ids = tasks(&workspace, 2, json!({ "Due": "2026-01-31T09:00+01:00/2026-02-01T09:00+01:00" }));
    workspace.rows(&workspace.ids.tasks_data_source, 3);
    let args = json!({ "properties": { "Due": { "add": "1 week" } } });
    let done = workspace
        .run("bulk", json!({ "ops": [op(&workspace, "update_page", planted(), args)] }))
        .expect("done");
    let own = &done["results"][0];
    assert_eq!(
        (own["matched"].clone(), own["changed"].clone(), own["unchanged"].clone()),
        (json!(5), json!(2), json!(3))
    );
    assert!(own["notes"].to_string().contains("3 rows have no `Due`"), "{done}");
    assert_eq!(value(&workspace, &ids[0], "Due", "/date/start"), "2026-02-07T08:00:00.000+00:00");
    assert_eq!(value(&workspace, &ids[0], "Due", "/date/end"), "2026-02-08T08:00:00.000+00:00");
}

#[test]
fn what_is_refused_or_left_is_told_with_its_ids() {
    let workspace = Workspace::new();
    tasks(&workspace, 60, json!({ "Due": "2026-01-31" }));
    let fault =
        notion_emulator::FaultKind::Refuse { status: 409, code: "conflict_error".to_owned(), message: None };
    workspace.fault(notion_emulator::Fault::new("PATCH /v1/pages/{page_id}", fault));
    let args = json!({ "properties": { "Priority": "High" } });
    let asked = json!({ "ops": [op(&workspace, "update_page", planted(), args)] });
    let done = workspace.run("bulk", asked.clone()).expect("an answer");
    let own = &done["results"][0];
    assert_eq!(
        (own["failed"].clone(), own["changed"].clone(), own["not_run"].clone()),
        (json!(1), json!(24), json!(35)),
        "{own}"
    );
    assert_eq!(own["left"].as_array().map(Vec::len), Some(35));
    assert!(own["errors"][0]["id"].is_string() && done["failed"] == 1, "{done}");
    let done = workspace.run("bulk", asked).expect("the rest");
    assert_eq!(
        (done["results"][0]["changed"].clone(), done["results"][0]["unchanged"].clone()),
        (json!(36), json!(24))
    );
}

#[test]
fn other_tools_run_on_the_ids_of_the_rows() {
    let workspace = Workspace::new();
    let ids = workspace.rows(&workspace.ids.tasks_data_source, 3);
    let host = |workspace: &Workspace| -> MockHost {
        workspace.host().on_tool_with("trash", |_| Ok(json!({ "object": "page", "in_trash": true }))).on_tool_with(
            "archive",
            |invocation| {
                let count = invocation.arguments["page_ids"].as_array().map(Vec::len);
                Ok(json!({ "moved": count.unwrap_or_default() - 1, "unchanged": 1, "rows": [{ "id": "x", "not_kept": {} }] }))
            },
        )
    };
    let trashing = host(&workspace);
    let done = run(&trashing, "bulk", json!({ "ops": [op(&workspace, "trash", planted(), json!({}))] }))
        .expect("done");
    assert_eq!(done["results"], json!([{ "number": 0, "op": "trash", "matched": 3, "changed": 3 }]));
    let mut given: Vec<String> = trashing
        .invocations()
        .iter()
        .map(|invocation| invocation.arguments["id"].as_str().expect("an id").to_owned())
        .collect();
    given.sort_unstable();
    let mut wanted = ids.clone();
    wanted.sort_unstable();
    assert_eq!(given, wanted);
    // What the first is refused for, all would be: only that one is checked.
    assert_eq!(trashing.questions().len(), 1);

    let archiving = host(&workspace);
    let args = json!({ "database_id": workspace.ids.projects_database });
    let done = run(&archiving, "bulk", json!({ "ops": [op(&workspace, "archive", planted(), args)] }))
        .expect("done");
    let own = &done["results"][0];
    assert_eq!((own["changed"].clone(), own["unchanged"].clone()), (json!(2), json!(1)));
    assert_eq!(own["rows"][0]["id"], "x");
    assert_eq!(archiving.invocations().len(), 1);

    let project = workspace.rows(&workspace.ids.projects_data_source, 1);
    let args = json!({ "to": project[0], "relation_property": "Project" });
    let linking = workspace.host();
    let done =
        run(&linking, "bulk", json!({ "ops": [op(&workspace, "link", planted(), args)] })).expect("done");
    assert_eq!(done["results"][0]["changed"], 3, "{done}");
    assert_eq!(workspace.related(&ids[1], "Project"), project);
    let none = op(
        &workspace,
        "link",
        json!({ "Name": "nothing" }),
        json!({ "to": project[0], "relation_property": "Project" }),
    );
    let done = workspace.run("bulk", json!({ "ops": [none] })).expect("done");
    assert_eq!(done["results"], json!([{ "number": 0, "op": "link", "matched": 0, "changed": 0 }]));
}

#[test]
fn many_results_that_say_no_more_are_left_out() {
    let workspace = Workspace::new();
    let ops: Vec<Value> = (0..25)
        .map(|number| {
            json!({ "op": "upsert", "args": {
                "database_id": workspace.ids.tasks_database, "unique": { "property": "Name", "value": format!("New {number}") },
            } })
        })
        .collect();
    let done = workspace.run("bulk", json!({ "ops": ops })).expect("created");
    assert_eq!((done["created"].clone(), done["results"].clone()), (json!(25), json!([])));
    assert!(done["note"].as_str().is_some_and(|note| note.contains("`ids`")), "{done}");
    let again = workspace.run("bulk", json!({ "ops": ops, "ids": true })).expect("unchanged");
    assert_eq!(again["ids"].as_array().map(Vec::len), Some(25));
    assert_eq!(again["unchanged"], 25);
    let few = workspace.run("bulk", json!({ "ops": ops[..2] })).expect("unchanged");
    assert!(few["results"][1]["result"]["id"].is_string(), "{few}");
}

/// What would change more than anybody can have meant is refused before anything is looked for.
#[test]
fn a_where_that_means_too_much_or_something_else_is_refused() {
    let workspace = Workspace::new();
    tasks(&workspace, 3, json!({ "Estimate": 1 }));
    let host = workspace.host();
    for (filter, hint) in [
        (json!({}), "which rows"),
        (json!({ "and": [] }), "which rows"),
        (json!({ "or": [{ "Status": "Done" }, {}] }), ""),
    ] {
        let asked = json!({ "ops": [op(&workspace, "trash", filter.clone(), json!({}))] });
        let refused = run(&host, "bulk", asked).expect_err("every row");
        assert!(refused.hint.as_deref().unwrap_or_default().contains(hint), "{filter}: {refused:?}");
    }
    let restored = op(&workspace, "trash", planted(), json!({ "restore": true }));
    let refused =
        run(&host, "bulk", json!({ "ops": [restored] })).expect_err("nothing in the trash is found");
    assert!(refused.message.contains("restore"), "{refused:?}");
    let mut view = op(&workspace, "trash", planted(), json!({}));
    let id = workspace.ids.tasks_database.replace('-', "");
    view["database_id"] = json!(format!("https://www.notion.so/acme/{id}?v={id}"));
    let refused = run(&host, "bulk", json!({ "ops": [view] })).expect_err("a view has a filter");
    assert!(refused.message.contains("view"), "{refused:?}");

    // Each is planned from what the rows are now, so the second would undo the first.
    let more = || op(&workspace, "update_page", planted(), json!({ "properties": { "Estimate": "+1" } }));
    let refused = run(&host, "bulk", json!({ "ops": [more(), more()] })).expect_err("the same rows");
    assert!(refused.message.contains("ops.0 and ops.1 both find"), "{refused:?}");
    assert!(writes(&host).is_empty());
}
