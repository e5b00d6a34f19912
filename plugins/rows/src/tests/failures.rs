use notion_emulator::{Fault, FaultKind};
use toolbay_sdk::prelude::*;

use super::workspace::{Workspace, run, writes};

fn tasks(workspace: &Workspace, count: usize) -> Value {
    let task = |number: usize| {
        json!({ "op": "upsert", "args": {
            "database_id": workspace.ids.tasks_data_source,
            "unique": { "property": "Name", "value": format!("Row {number}") },
            "properties": { "Estimate": 7 },
        } })
    };
    (1..=count).map(task).collect()
}

fn refuse(status: u16, code: &str) -> FaultKind {
    FaultKind::Refuse { status, code: code.to_owned(), message: None }
}

#[test]
fn a_refusal_in_the_middle_is_that_operations_problem() {
    let workspace = Workspace::new();
    let pages = workspace.rows(&workspace.ids.tasks_data_source, 60);
    let fault = || Fault::new("PATCH /v1/pages/{page_id}", refuse(400, "validation_error")).after(30);
    workspace.fault(fault());
    let host = workspace.host();
    let ops = tasks(&workspace, 60);
    let answer = run(&host, "bulk", json!({ "mode": "continue_on_error", "ops": ops })).expect("an answer");
    assert_eq!((&answer["updated"], &answer["failed"]), (&json!(59), &json!(1)));
    let problem = &answer["results"][0];
    assert_eq!((&problem["number"], &problem["error"]["code"]), (&json!(30), &json!("invalid_input")));
    assert_eq!(writes(&host).len(), pages.len());
    let answer = run(&host, "bulk", json!({ "ops": ops })).expect("an answer");
    assert_eq!((&answer["updated"], &answer["unchanged"]), (&json!(1), &json!(59)));
}

#[test]
fn in_stop_on_error_nothing_more_is_started_after_a_refusal() {
    let workspace = Workspace::new();
    workspace.fault(Fault::new("POST /v1/pages", refuse(403, "restricted_resource")).after(30));
    let host = workspace.host();
    let answer = run(&host, "bulk", json!({ "ops": tasks(&workspace, 100) })).expect("an answer");
    // Two chunks of 25 were on their way.
    assert_eq!(writes(&host).len(), 50);
    assert_eq!(
        (&answer["created"], &answer["failed"], &answer["skipped"]),
        (&json!(49), &json!(1), &json!(50))
    );
    assert!(answer["stopped"]["message"].as_str().expect("a reason").contains("ops.30"));
}

#[test]
fn a_write_of_unknown_outcome_is_never_repeated() {
    let workspace = Workspace::new();
    workspace.fault(Fault::new("POST /v1/pages", FaultKind::ApplyThenDrop));
    let host = workspace.host();
    let mut ops = tasks(&workspace, 1).as_array().cloned().expect("an array");
    ops.extend(ops.clone());
    let answer = run(&host, "bulk", json!({ "mode": "continue_on_error", "ops": ops })).expect("an answer");
    assert_eq!(answer["results"][0]["error"]["code"], "outcome_unknown");
    assert_eq!(answer["results"][1]["error"]["code"], "outcome_unknown");
    assert_eq!(writes(&host).len(), 1);
    assert_eq!(workspace.count(&workspace.ids.tasks_data_source, "Row 1"), 1);
    // The next call looks, and sees it.
    let answer = run(&host, "bulk", json!({ "ops": tasks(&workspace, 1) })).expect("an answer");
    assert_eq!(answer["unchanged"], json!(1));
}

#[test]
fn a_caller_who_has_gone_is_not_written_for() {
    let workspace = Workspace::new();
    let host = workspace.host().caller_gone();
    let answer = run(&host, "bulk", json!({ "ops": tasks(&workspace, 60) })).expect("an answer");
    assert_eq!(writes(&host).len(), 25);
    assert_eq!((&answer["created"], &answer["skipped"]), (&json!(25), &json!(35)));
    assert_eq!(answer["stopped"]["code"], "cancelled");
}

#[test]
fn when_the_time_is_nearly_up_nothing_more_is_started() {
    let workspace = Workspace::new();
    let host = workspace.host().with_remaining(1_000);
    let answer = run(&host, "bulk", json!({ "ops": tasks(&workspace, 3) })).expect("an answer");
    assert!(writes(&host).is_empty());
    assert_eq!(answer["skipped"], json!(3));
    assert!(answer["stopped"]["hint"].as_str().expect("a hint").contains("again"));
    let single = tasks(&workspace, 1)[0]["args"].clone();
    assert_eq!(run(&host, "upsert", single).expect_err("no time").code.as_str(), "limit_exceeded");
}

#[test]
fn progress_is_told_after_each_chunk() {
    let workspace = Workspace::new();
    let host = workspace.host();
    run(&host, "bulk", json!({ "ops": tasks(&workspace, 60) })).expect("done");
    let done: Vec<u64> = host.reported().iter().map(|progress| progress.done).collect();
    assert_eq!(done, [25, 50, 60]);
    assert!(host.reported().iter().all(|progress| progress.total == Some(60)));
}

#[test]
fn a_spent_budget_stops_the_rest() {
    let workspace = Workspace::new();
    let limited =
        FaultKind::RateLimited { retry_after_seconds: 1, reason: "public_api_request_rate_limit".to_owned() };
    workspace.fault(Fault::new("POST /v1/pages", limited).after(20).times(5));
    let host = workspace.host();
    let answer = run(&host, "bulk", json!({ "mode": "continue_on_error", "ops": tasks(&workspace, 60) }))
        .expect("an answer");
    assert_eq!(
        (&answer["created"], &answer["failed"], &answer["skipped"]),
        (&json!(20), &json!(5), &json!(35))
    );
    assert_eq!(answer["stopped"]["code"], "rate_limited");
}

#[test]
fn pages_that_cannot_be_linked_are_named_and_the_others_are_linked() {
    let workspace = Workspace::new();
    let pages = workspace.rows(&workspace.ids.tasks_data_source, 12);
    workspace.fault(Fault::new("PATCH /v1/pages/{page_id}", refuse(409, "conflict_error")).after(3));
    let arguments = json!({ "from": pages, "to": workspace.ids.projects[0], "relation_property": "Project" });
    let host = workspace.host();
    let problem = run(&host, "link", arguments.clone()).expect_err("one refused");
    assert!(problem.message.starts_with("1 of 12 pages could not be linked, 11 were."), "{problem}");
    let failed = problem.details.expect("details")["failed"][0]["id"].clone();
    assert!(pages.iter().any(|page| failed == *page));
    let answer = run(&host, "link", arguments).expect("mended");
    assert_eq!(answer, json!({ "action": "linked", "changed": 1, "unchanged": 11 }));
}

#[test]
fn a_call_without_requests_left_stops_and_says_so() {
    let workspace = Workspace::new();
    let spent = Problem::limit_exceeded("one call may make 10 requests");
    let host = workspace.host();
    let ops = tasks(&workspace, 60);
    let host = host.on("POST /v1/pages", spent);
    let answer = run(&host, "bulk", json!({ "mode": "continue_on_error", "ops": ops })).expect("an answer");
    // The route's first answer is the emulator's, all others are the limit.
    assert_eq!(
        (&answer["created"], &answer["failed"], &answer["skipped"]),
        (&json!(1), &json!(24), &json!(35))
    );
    assert_eq!(answer["results"][2]["error"]["message"], "As ops.1.");
    assert_eq!(answer["stopped"]["code"], "limit_exceeded");
}
