use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;
use toolbay_sdk::{Extent, Refusal};

use super::workspace::{Workspace, run, writes};
use crate::tool::TOOLS;

#[test]
fn other_tools_run_by_their_names_in_their_order_on_the_same_thing() {
    let host = MockHost::new()
        .on_tool("create_page", json!({ "id": "p1", "url": "https://app.notion.com/p/p1" }))
        .on_tool("append_blocks", json!({ "count": 1 }))
        .on_tool("notion_request", json!({ "status": 200 }));
    let append = |text: &str| json!({ "op": "append_blocks", "args": { "block_id": { "$ref": "ops.0.id" }, "markdown": text } });
    let ops = json!([
        { "op": "create_page", "args": { "parent": "x" } },
        append("one"),
        append("two"),
        { "op": "notion.request", "args": { "method": "GET", "path": "/v1/users/me" } },
    ]);
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("done");
    assert_eq!(answer["succeeded"], json!(4), "{answer}");
    assert_eq!(answer["results"][0]["result"]["url"], "https://app.notion.com/p/p1");
    let order: Vec<String> = host
        .invocations()
        .iter()
        .map(|invocation| {
            format!("{} {}", invocation.tool, invocation.arguments["markdown"].as_str().unwrap_or(""))
        })
        .collect();
    assert_eq!(order, ["create_page ", "append_blocks one", "append_blocks two", "notion_request "]);
    assert_eq!(host.invocations()[1].arguments["block_id"], "p1");
}

#[test]
fn the_manifest_lets_bulk_call_exactly_the_tools_that_it_knows() {
    let manifest = include_str!("../../plugin.toml");
    let (_, listed) = manifest.split_once("tools.call = [").expect("a list");
    let listed: Vec<&str> = listed.split('"').skip(1).step_by(2).collect();
    assert_eq!(listed, TOOLS.each_ref().map(|tool| tool.name));
}

#[test]
fn an_operation_that_is_none_is_refused_with_the_nearest_names() {
    let host = MockHost::new();
    for (op, hint) in
        [("creat_page", "`create_page`"), ("bulk", "into this list"), ("notion.bulk", "into this list")]
    {
        let answer = run(&host, "bulk", json!({ "ops": [{ "op": op }] })).expect("an answer");
        let text = answer["results"][0]["error"]["hint"].as_str().expect("a hint");
        assert!(text.contains(hint), "{text}");
    }
    let other = json!({ "op": "search", "args": { "connection_id": "another" } });
    let answer = run(&host, "bulk", json!({ "ops": [other] })).expect("an answer");
    assert!(answer["results"][0]["error"]["message"].as_str().expect("a problem").contains("connection"));
    let op = json!({ "op": "search" });
    let problem = run(&host, "bulk", json!({ "ops": vec![op; 1_001] })).expect_err("too many");
    assert_eq!(problem.code.as_str(), "limit_exceeded");
    assert!(run(&host, "bulk", json!({ "ops": [] })).is_err());
}

fn task(workspace: &Workspace, name: &str, status: &str) -> Value {
    json!({ "op": "upsert", "args": {
        "database_id": workspace.ids.tasks_data_source, "unique": { "property": "Name", "value": name },
        "properties": { "Status": status },
    } })
}

#[test]
fn stop_on_error_writes_nothing_while_any_operation_cannot_be_right() {
    let workspace = Workspace::new();
    let ops = json!([
        task(&workspace, "A", "Done"),
        task(&workspace, "B", "Finished"),
        task(&workspace, "C", "Done")
    ]);
    let host = workspace.host();
    let answer = run(&host, "bulk", json!({ "mode": "stop_on_error", "ops": ops })).expect("an answer");
    assert!(writes(&host).is_empty());
    let skipped = json!({ "code": "skipped", "message": "Not run: `stopped` says why." });
    assert_eq!(answer["results"][0], json!({ "number": 0, "op": "upsert", "ok": false, "error": skipped }));
    assert!(answer["results"][1]["error"]["hint"].as_str().expect("a hint").contains("`Done`"));
    let reason = answer["stopped"]["message"].as_str().expect("a reason");
    assert!(reason.starts_with("ops.1 has a problem"), "{reason}");
    assert!(reason.ends_with("Nothing was written. Not run: ops.0, ops.2."), "{reason}");
    let answer = run(&host, "bulk", json!({ "mode": "continue_on_error", "ops": ops })).expect("an answer");
    assert_eq!((&answer["created"], &answer["failed"]), (&json!(2), &json!(1)));
    assert_eq!(answer.get("stopped"), None);
}

#[test]
fn what_a_failed_operation_was_needed_for_is_a_problem_and_the_rest_goes_on() {
    let host = MockHost::new()
        .on_tool("create_page", Problem::forbidden("No."))
        .on_tool("search", json!({ "results": [] }));
    let ops = json!([
        { "op": "create_page", "args": {} },
        { "op": "append_blocks", "args": { "block_id": { "$ref": "ops.0.id" } } },
        { "op": "update_page", "args": { "page_id": { "$ref": "ops.1.id" } } },
        { "op": "search", "args": {} },
    ]);
    let answer = run(&host, "bulk", json!({ "mode": "continue_on_error", "ops": ops })).expect("an answer");
    assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(1), &json!(3)));
    assert!(answer["results"][2]["error"]["message"].as_str().expect("a problem").contains("ops.1"));
    assert_eq!(host.invocations().len(), 2);
}

fn refuses(has_looked: bool) -> impl Fn(&toolbay_sdk::Question) -> Result<(), Refusal> {
    move |_| Err(Refusal { problem: Problem::invalid_input("It cannot be right."), has_looked })
}

#[test]
fn stop_on_error_has_every_tool_checked_first_and_tells_all_mistakes() {
    let workspace = Workspace::new();
    let host = workspace
        .host()
        .on_tool("search", json!({}))
        .on_tool("create_page", json!({ "id": "p1" }))
        .on_check("create_page", refuses(false))
        .on_check("trash", refuses(true));
    let ops = json!([
        { "op": "search", "args": {} },
        { "op": "create_page", "args": {} },
        task(&workspace, "A", "Finished"),
        { "op": "trash", "args": { "id": "x" } },
        { "op": "upsert", "args": {
            "database_id": workspace.ids.tasks_data_source, "unique": { "property": "Name", "value": "B" },
            "properties": { "Project": "No such project" },
        } },
        { "op": "searching", "args": {} },
        { "op": "search", "arguments": {}, "colour": 1 },
    ]);
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("an answer");
    assert_eq!((&answer["failed"], &answer["skipped"]), (&json!(6), &json!(1)), "{answer:#}");
    assert!(host.invocations().is_empty() && writes(&host).is_empty());
    assert_eq!(answer["results"][3]["op"], "trash");
    // What goes on after mistakes has them as they come.
    let answer = run(&host, "bulk", json!({ "mode": "continue_on_error", "ops": ops })).expect("an answer");
    assert_eq!(answer["succeeded"], json!(2), "{answer:#}");
}

#[test]
fn a_refusal_that_depends_on_the_world_before_an_earlier_operation_does_not_count() {
    let page = "55555555-5555-5555-5555-555555555555";
    let cases = [
        // The same thing.
        (json!({ "op": "trash", "args": { "id": page, "restore": true } }), page),
        (json!({ "op": "move_page", "args": { "page_id": page, "database_id": "x" } }), page),
        // A schema, or whatever is below what comes back from the trash.
        (json!({ "op": "update_database", "args": { "database_id": "x" } }), page),
        (json!({ "op": "trash", "args": { "id": "x", "restore": true } }), page),
        (json!({ "op": "notion_request", "args": { "method": "PATCH", "path": "/v1/pages/x" } }), page),
    ];
    for (first, page) in cases {
        let host = |has_looked| {
            let tools = ["trash", "move_page", "update_database", "notion_request", "update_page"];
            let host = tools.into_iter().fold(MockHost::new(), |host, tool| host.on_tool(tool, json!({})));
            host.on_check("update_page", refuses(has_looked))
        };
        let ops = json!([first, { "op": "update_page", "args": { "page_id": page, "is_locked": true } }]);
        let looked = host(true);
        let answer = run(&looked, "bulk", json!({ "ops": ops })).expect("an answer");
        assert_eq!(answer["succeeded"], json!(2), "{first}");
        let order: Vec<String> = looked.invocations().into_iter().map(|invocation| invocation.tool).collect();
        assert_eq!(order, [first["op"].as_str().expect("a name"), "update_page"]);
        let answer = run(&host(false), "bulk", json!({ "ops": ops })).expect("an answer");
        assert_eq!((&answer["failed"], &answer["skipped"]), (&json!(1), &json!(1)), "{first}");
    }
    let others = json!([
        { "op": "update_page", "args": { "page_id": "44444444-4444-4444-4444-444444444444" } },
        { "op": "update_page", "args": { "page_id": page } },
    ]);
    let host = MockHost::new().on_tool("update_page", json!({})).on_check("update_page", refuses(true));
    assert_eq!(run(&host, "bulk", json!({ "ops": others })).expect("an answer")["failed"], json!(2));
}

#[test]
fn what_is_known_of_the_arguments_is_checked_and_open_places_are_named() {
    let host = MockHost::new().on_tool("create_page", json!({ "id": "p1" }));
    let open = json!({ "$ref": "ops.0.id" });
    let ops = json!([
        { "op": "create_page", "args": { "parent_page_id": "x" } },
        { "op": "create_page", "args": { "parent_page_id": open, "title": "Sub" } },
        { "op": "create_page", "args": { "database_id": "x", "properties": { "Project": open, "Status": "Done" } } },
        { "op": "create_page", "args": { "database_id": "x", "properties": { "Project": [open] } } },
    ]);
    run(&host, "bulk", json!({ "ops": ops })).expect("an answer");
    let asked: Vec<(Vec<String>, bool)> = host
        .questions()
        .into_iter()
        .map(|question| (question.open, question.extent == Extent::FirstWrite))
        .collect();
    let place = |place: &str| (vec![place.to_owned()], true);
    assert_eq!(
        asked,
        [(Vec::new(), true), place("/parent_page_id"), (Vec::new(), true), place("/properties/Project/0")]
    );
    assert_eq!(host.questions()[2].invocation.arguments["properties"], json!({ "Status": "Done" }));
}

#[test]
fn a_row_that_create_page_makes_is_there_for_what_names_it_afterwards() {
    let workspace = Workspace::new();
    let project = workspace.rows(&workspace.ids.projects_data_source, 1).remove(0);
    let host = workspace
        .host()
        .on_tool("create_page", json!({ "id": project }))
        .on_tool("update_page", json!({}))
        .on_check("update_page", refuses(true));
    let ops = json!([
        { "op": "create_page", "args": { "database_id": workspace.ids.projects_database, "title": "Moon" } },
        { "op": "upsert", "args": {
            "database_id": workspace.ids.tasks_database, "unique": { "property": "Name", "value": "Fly" },
            "properties": { "Project": "Moon" },
        } },
        { "op": "update_page", "args": { "page_id": "x", "properties": { "Project": ["Moon"] } } },
    ]);
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("an answer");
    assert_eq!(answer["succeeded"], json!(3), "{answer:#}");
    let task = answer["results"][1]["result"]["id"].as_str().expect("an id");
    assert_eq!(workspace.related(task, "Project"), [project]);
}

#[test]
fn a_wrong_database_is_refused_alike_alone_and_in_bulk() {
    let workspace = Workspace::new();
    for wrong in ["", " ", "Tasks", "https://example.com/x", "00000000-0000-0000-0000-000000000000"] {
        let arguments = json!({ "database_id": wrong, "unique": { "property": "Name", "value": "A" } });
        let alone = workspace.run("upsert", arguments.clone()).expect_err("refused");
        let host = workspace.host();
        let ops = json!([task(&workspace, "B", "Done"), { "op": "upsert", "args": arguments }]);
        let answer = run(&host, "bulk", json!({ "ops": ops })).expect("an answer");
        assert_eq!(answer["results"][1]["error"]["message"], alone.message, "{wrong:?}");
        assert_eq!(answer["skipped"], json!(1));
        assert!(writes(&host).is_empty(), "{wrong:?}");
    }
}

#[test]
fn operations_after_a_changed_schema_are_checked_against_the_new_one() {
    let workspace = Workspace::new();
    let host = workspace.host().on_tool("update_database", json!({ "id": "x" }));
    let ops = json!([
        { "op": "update_database", "args": { "database_id": workspace.ids.tasks_database } },
        task(&workspace, "A", "Done"),
        task(&workspace, "B", "Finished"),
    ]);
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("an answer");
    assert_eq!(answer["results"][0]["ok"], true, "{answer:#}");
    assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(1), &json!(1)));
    assert!(answer["stopped"]["message"].as_str().expect("a reason").ends_with("Not run: ops.1."));
}
