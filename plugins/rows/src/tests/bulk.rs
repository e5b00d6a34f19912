use toolbay_sdk::mock::MockHost;
use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, run, writes};
use crate::operation::TOOLS;

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
    assert_eq!(order, ["create_page ", "notion_request ", "append_blocks one", "append_blocks two"]);
    assert_eq!(host.invocations()[2].arguments["block_id"], "p1");
}

#[test]
fn the_manifest_lets_bulk_call_exactly_the_tools_that_it_knows() {
    let manifest = include_str!("../../plugin.toml");
    let (_, listed) = manifest.split_once("tools.call = [").expect("a list");
    let listed: Vec<&str> = listed.split('"').skip(1).step_by(2).collect();
    assert_eq!(listed, TOOLS);
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
    assert_eq!(answer["results"][0], json!({ "ok": false, "error": { "code": "skipped" } }));
    assert!(answer["results"][1]["error"]["hint"].as_str().expect("a hint").contains("`Done`"));
    assert!(answer["stopped"]["message"].as_str().expect("a reason").contains("ops.1"));
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
