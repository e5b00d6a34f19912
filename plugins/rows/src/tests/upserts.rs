use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, run, writes};

fn task(workspace: &Workspace, name: &str, properties: Value) -> Value {
    json!({
        "database_id": workspace.ids.tasks_database,
        "unique": { "property": "name", "value": name },
        "properties": properties,
    })
}

#[test]
fn a_row_is_created_then_updated_then_left_alone() {
    let workspace = Workspace::new();
    let host = workspace.host();
    let mut arguments = task(
        &workspace,
        "Build a model",
        json!({ "status": "in progress", "due": { "type": "date", "value": "2026-01-10" }, "Owner": "ada@example.com" }),
    );
    arguments["content"] = json!("# Plan\n\nFirst.");
    let created = run(&host, "upsert", arguments.clone()).expect("created");
    assert_eq!(created["action"], "created");
    assert_eq!(created.as_object().expect("small").keys().collect::<Vec<_>>(), ["action", "id", "url"]);
    let again = run(&host, "upsert", arguments.clone()).expect("unchanged");
    assert_eq!(again["action"], "unchanged");
    assert!(again["note"].as_str().expect("a note").contains("content"));
    assert_eq!(writes(&host).len(), 1);
    arguments["properties"]["Estimate"] = json!(3);
    let updated = run(&host, "upsert", arguments).expect("updated");
    assert_eq!((updated["action"].as_str(), &updated["id"]), (Some("updated"), &created["id"]));
    let body = host.requests().pop().and_then(|request| request.body);
    assert_eq!(body, Some(json!({ "properties": { "Estimate": { "number": 3 } } })));
    assert_eq!(workspace.count(&workspace.ids.tasks_data_source, "Build a model"), 1);
}

#[test]
fn a_new_row_by_its_data_source_takes_three_requests() {
    let workspace = Workspace::new();
    let host = workspace.host();
    let mut arguments = task(&workspace, "Lone", json!({}));
    arguments["database_id"] = json!(workspace.ids.tasks_data_source);
    run(&host, "upsert", arguments).expect("created");
    assert_eq!(
        host.sent(),
        [
            format!("GET /v1/data_sources/{}", workspace.ids.tasks_data_source),
            format!(
                "POST /v1/data_sources/{}/query?filter_properties=title",
                workspace.ids.tasks_data_source
            ),
            "POST /v1/pages?filter_properties=title".to_owned(),
        ]
    );
}

#[test]
fn blocks_beyond_the_first_request_are_appended() {
    let workspace = Workspace::new();
    let host = workspace.host();
    let mut arguments = task(&workspace, "Long", json!({}));
    let block = |number: usize| json!({ "type": "paragraph", "text": format!("Line {number}") });
    arguments["content_blocks"] = (0..150).map(block).collect();
    run(&host, "upsert", arguments.clone()).expect("created");
    let sent: Vec<String> = writes(&host);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[1].ends_with("/children"));
    arguments["content"] = json!("And markdown.");
    assert!(run(&host, "upsert", arguments).expect_err("both").message.contains("both"));
}

#[test]
fn rows_of_one_value_are_a_conflict_that_names_them_and_case_matters_where_it_tells() {
    let workspace = Workspace::new();
    let rows = |title: &str| {
        json!({ "parent": { "data_source_id": workspace.ids.tasks_data_source }, "properties": {
        "Name": { "title": [{ "text": { "content": title } }] },
    } })
    };
    workspace
        .emulator
        .plant(&json!({ "pages": [rows("Same"), rows("Same"), rows("same")] }))
        .expect("planted");
    let host = workspace.host();
    let problem = run(&host, "upsert", task(&workspace, "Same", json!({ "Estimate": 1 }))).expect_err("two");
    assert_eq!(problem.code.as_str(), "conflict");
    assert_eq!(problem.details.expect("details")["ids"].as_array().expect("ids").len(), 2);
    assert!(writes(&host).is_empty());
    let one =
        run(&host, "upsert", task(&workspace, "same", json!({ "Estimate": 1 }))).expect("the exact one");
    assert_eq!(one["action"], "updated");
    let other = run(&host, "upsert", task(&workspace, "SAME", json!({}))).expect("a key of its own");
    assert_eq!(other["action"], "created");
    assert!(other["note"].as_str().expect("a note").contains("another case"));
}

#[test]
fn a_key_of_several_properties_must_match_as_a_whole() {
    let workspace = Workspace::new();
    let upsert = |phone: &str| {
        let arguments = json!({
            "database_id": workspace.ids.tasks_data_source,
            "unique": [{ "property": "Name", "value": "Call" }, { "property": "Phone", "value": phone }],
        });
        workspace.run("upsert", arguments).expect("done")
    };
    let (first, second) = (upsert("1"), upsert("2"));
    assert_eq!((first["action"].as_str(), second["action"].as_str()), (Some("created"), Some("created")));
    let again = upsert("1");
    assert_eq!((again["action"].as_str(), &again["id"]), (Some("unchanged"), &first["id"]));
}

#[test]
fn a_select_can_name_a_row_also_by_an_option_that_is_yet_to_be_added() {
    let workspace = Workspace::new();
    let mut arguments = json!({
        "database_id": workspace.ids.tasks_data_source,
        "unique": { "property": "Priority", "value": "Someday" },
    });
    let problem = workspace.run("upsert", arguments.clone()).expect_err("an unknown option");
    assert!(problem.hint.expect("a hint").contains("`Medium`"));
    arguments["new_options"] = json!(true);
    assert_eq!(workspace.run("upsert", arguments.clone()).expect("added")["action"], "created");
    assert_eq!(workspace.run("upsert", arguments).expect("there")["action"], "unchanged");
}

#[test]
fn whatever_is_wrong_is_refused_before_anything_is_written() {
    let workspace = Workspace::new();
    let host = workspace.host();
    for (change, hint) in [
        (json!({ "properties": { "Status": "Finished" } }), "`Done`"),
        (json!({ "properties": { "Priority": "Hihg" } }), "`High`"),
        (json!({ "properties": { "Deu": "2026-01-10" } }), "`Due`"),
        (json!({ "properties": { "Due": "soonish" } }), "2026-01-10"),
        (
            json!({ "unique": { "property": "Name", "value": "Draw the mill" }, "properties": { "ID": 3_000 } }),
            "Leave `ID` out",
        ),
        (json!({ "properties": { "Name": "Another" } }), "leave it out of `properties`"),
        (json!({ "properties": { "Project": "No such project" } }), "create it first"),
        (json!({ "unique": { "property": "Titel", "value": "X" } }), "`"),
        (json!({ "unique": { "property": "Name", "value": null } }), "Give the value"),
        (json!({ "unique": { "property": "ID", "value": "TASK-9999" } }), "another unique property"),
        (json!({ "unique": "Name" }), "Write {"),
        (json!({ "database_id": "Tasks" }), "32 hexadecimal digits"),
    ] {
        let mut arguments = task(&workspace, "Project X", json!({}));
        for (name, value) in change.as_object().expect("an object") {
            arguments[name] = value.clone();
        }
        let problem = run(&host, "upsert", arguments).expect_err(hint);
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{hint}: {problem}");
    }
    assert!(writes(&host).is_empty());
}

#[test]
fn what_a_row_was_answered_with_changes_nothing_and_what_notion_sets_is_left_out_of_a_new_one() {
    let workspace = Workspace::new();
    let host = workspace.host();
    let first = run(&host, "upsert", task(&workspace, "First", json!({ "Estimate": 2 }))).expect("created");
    let page = host.requests().len();
    let id = first["id"].as_str().expect("an id").to_owned();
    let row = workspace.page(&id);
    let mut full = row["properties"].clone();
    full.as_object_mut().expect("properties").shift_remove("Name");
    let again = run(&host, "upsert", task(&workspace, "First", full.clone())).expect("the same");
    assert_eq!((&again["action"], again.get("note")), (&json!("unchanged"), None), "{again}");
    let copy = run(&host, "upsert", task(&workspace, "Second", full.clone())).expect("a copy");
    assert_eq!(copy["action"], "created");
    assert!(copy["note"].as_str().is_some_and(|note| note.contains("`ID`")), "{copy}");
    assert!(host.requests().len() > page);
    full["ID"] = json!(99_999);
    let problem = run(&host, "upsert", task(&workspace, "First", full)).expect_err("another number");
    assert!(problem.message.contains("`ID`"), "{problem}");
}
