use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, run, writes};

fn project(workspace: &Workspace, name: &str) -> Value {
    json!({ "op": "upsert", "args": {
        "database_id": workspace.ids.projects_database, "unique": { "property": "Name", "value": name },
    } })
}

fn task(workspace: &Workspace, name: &str, properties: Value) -> Value {
    json!({ "op": "upsert", "args": {
        "database_id": workspace.ids.tasks_database, "unique": { "property": "Name", "value": name },
        "properties": properties,
    } })
}

fn id(answer: &Value, number: usize) -> &str {
    answer["results"][number]["result"]["id"].as_str().expect("an id")
}

#[test]
fn an_operation_uses_an_earlier_ones_id_and_the_chain_goes_on() {
    let workspace = Workspace::new();
    let ops = json!([
        project(&workspace, "Moon"),
        task(&workspace, "Fly", json!({ "Project": { "$ref": "ops.0.id" } })),
        project(&workspace, "Mars"),
        { "op": "link", "args": {
            "from": { "$ref": "ops.1.id" }, "to": [{ "$ref": "ops.2.id" }, "Moon"], "relation_property": "Project",
        } },
    ]);
    let answer = workspace.run("bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["succeeded"], json!(4), "{answer}");
    assert_eq!(workspace.related(id(&answer, 1), "Project"), [id(&answer, 0), id(&answer, 2)]);
    let linked = workspace.run("bulk", json!({ "ops": [
        project(&workspace, "Venus"),
        { "op": "link", "args": {
            "database_id": workspace.ids.tasks_database, "from": "Fly", "to": ["Mars", "Venus"], "relation_property": "Project",
        } },
    ] }));
    assert_eq!(linked.expect("done")["succeeded"], json!(2));
    assert_eq!(workspace.related(id(&answer, 1), "Project").len(), 3);
}

#[test]
fn a_row_that_an_earlier_operation_makes_can_be_named_by_its_title() {
    let workspace = Workspace::new();
    let host = workspace.host();
    let ops = json!([
        project(&workspace, "Moon"),
        task(&workspace, "Fly", json!({ "Project": "Moon" })),
        { "op": "link", "args": {
            "database_id": workspace.ids.tasks_database, "from": "Fly", "to": "Moon", "relation_property": "Project", "remove": true,
        } },
    ]);
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["succeeded"], json!(3), "{answer}");
    assert_eq!(answer["results"][2]["result"]["action"], "unlinked");
    assert!(workspace.related(id(&answer, 1), "Project").is_empty());
}

#[test]
fn one_key_twice_is_created_once_and_then_seen() {
    let workspace = Workspace::new();
    let host = workspace.host();
    let ops = json!([
        task(&workspace, "Once", json!({ "Estimate": 1 })),
        task(&workspace, " Once ", json!({ "Estimate": 2 })),
        task(&workspace, "Once", json!({ "Estimate": 2 })),
    ]);
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("done");
    let actions: Vec<&str> = (0..3)
        .map(|number| answer["results"][number]["result"]["action"].as_str().expect("an action"))
        .collect();
    assert_eq!(actions, ["created", "updated", "unchanged"]);
    assert_eq!(id(&answer, 0), id(&answer, 1));
    assert_eq!(writes(&host).len(), 2);
}

#[test]
fn a_link_after_an_upsert_of_the_same_row_keeps_what_the_upsert_wrote() {
    let workspace = Workspace::new();
    let pages = workspace.rows(&workspace.ids.tasks_data_source, 1);
    let projects = workspace.rows(&workspace.ids.projects_data_source, 2);
    let ops = vec![
        task(&workspace, "Row 1", json!({ "Project": [projects[0]] })),
        json!({ "op": "link", "args": { "from": pages[0], "to": projects[1], "relation_property": "Project" } }),
        task(&workspace, "Row 1", json!({ "Project": [projects[0]] })),
    ];
    let answer = workspace.run("bulk", json!({ "ops": ops[..2] })).expect("done");
    assert_eq!(answer["succeeded"], json!(2), "{answer}");
    assert_eq!(workspace.related(&pages[0], "Project"), projects);
    let answer = workspace.run("bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["results"][2]["result"]["action"], "updated", "{answer}");
    assert_eq!(workspace.related(&pages[0], "Project"), projects[..1]);
}

#[test]
fn a_reference_that_cannot_be_right_is_its_operations_problem() {
    let workspace = Workspace::new();
    let wrong = |reference: &str| {
        let ops = json!([
            task(&workspace, "Fine", json!({})),
            task(&workspace, "Wrong", json!({ "Notes": { "$ref": reference } })),
        ]);
        let host = workspace.host();
        let answer = run(&host, "bulk", json!({ "ops": ops, "mode": "continue_on_error" })).expect("done");
        assert_eq!(answer["results"][0]["ok"], true);
        answer["results"][1]["error"]["message"].as_str().expect("a problem").to_owned()
    };
    assert!(wrong("ops.1.id").contains("before this one"));
    assert!(wrong("ops.5.id").contains("before this one"));
    assert!(wrong("first.id").contains("not a reference"));
    assert!(wrong("ops.0.title").contains("does not have"));
}

#[test]
fn what_can_be_known_of_an_operation_that_waits_is_checked_at_once() {
    let workspace = Workspace::new();
    let host = workspace.host();
    let ops = json!([
        project(&workspace, "Moon"),
        task(&workspace, "Fly", json!({ "Project": { "$ref": "ops.0.id" }, "Status": "Nearly" })),
    ]);
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("an answer");
    assert_eq!((&answer["failed"], &answer["skipped"]), (&json!(1), &json!(1)));
    assert!(writes(&host).is_empty());
}

#[test]
fn links_from_both_sides_of_a_relation_do_not_undo_each_other() {
    let workspace = Workspace::new();
    let tasks = workspace.rows(&workspace.ids.tasks_data_source, 3);
    let project = workspace.rows(&workspace.ids.projects_data_source, 1).remove(0);
    let ops = json!([
        { "op": "link", "args": { "from": tasks[0], "to": project, "relation_property": "Project" } },
        { "op": "link", "args": { "from": project, "to": tasks[1], "relation_property": "Tasks" } },
        task(&workspace, "Row 3", json!({ "Project": [project] })),
    ]);
    let answer = workspace.run("bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["succeeded"], json!(3), "{answer}");
    assert_eq!(workspace.related(&project, "Tasks"), tasks);
}
