//! Checks: what a call would be refused for, found without writing anything.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use toolbay_kernel::{Access, Limits, Principal};

use crate::world::{World, call, call_as, data, principal};

/// A question about a tool and its arguments, checked up to the first write.
fn question(tool: &str, arguments: Value) -> Value {
    json!({"body": {"tool": tool, "arguments": arguments, "open": [], "extent": "first_write"}})
}

#[tokio::test]
async fn a_check_runs_a_tool_up_to_its_first_write_and_leaves_no_trace() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    for tool in ["careful", "write", "delegate"] {
        let checked = data(call(&door, "check", question(tool, json!({}))).await);
        assert_eq!(checked["refusal"], Value::Null, "{tool}");
    }
    let requests = world.egress.requests.lock();
    assert!(requests.iter().all(|request| request.access == Access::Reads), "only reads are sent");
    assert_eq!(requests.len(), 1, "the tool that reads first has read");
    let rows = world.store.calls();
    assert!(rows.iter().all(|call| call.start.tool.as_str() == "check"), "a check is no call that writes");
}

#[tokio::test]
async fn a_refusal_says_whether_it_depends_on_how_the_world_is() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    for (tool, arguments, code, has_looked) in [
        ("careful", json!({"text": "wrong"}), "invalid_input", false),
        ("careful", json!({"text": "trashed"}), "conflict", true),
        ("careful", json!({"text": 1}), "invalid_input", false),
        ("careful", json!({"txt": "a"}), "invalid_input", false),
        ("destroy", json!({}), "forbidden", false),
        ("nothing", json!({}), "forbidden", false),
    ] {
        let checked = data(call(&door, "check", question(tool, arguments.clone())).await);
        assert_eq!(checked["refusal"]["code"], code, "{tool} {arguments}");
        assert_eq!(checked["has_looked"], has_looked, "{tool} {arguments}");
    }
}

#[tokio::test]
async fn what_stands_at_an_open_place_is_not_judged_and_everything_else_is() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let ask = |arguments: Value| {
        json!({"body": {
            "tool": "careful", "arguments": arguments, "open": ["/text", "/body/a"], "extent": "first_write",
        }})
    };
    let open = json!({"text": {"$ref": "x"}, "body": {"a": {"$ref": "x"}}});
    assert_eq!(data(call(&door, "check", ask(open)).await)["refusal"], Value::Null);
    let wrong = json!({"text": {"$ref": "x"}, "mode": "fats"});
    let checked = data(call(&door, "check", ask(wrong)).await);
    assert_eq!(checked["refusal"]["message"], "`mode` can't be \"fats\"");
    assert!(world.egress.requests.lock().is_empty(), "a tool isn't run on arguments that aren't known");
}

#[tokio::test]
async fn a_check_of_the_arguments_alone_and_of_a_tool_that_reads_ends_at_the_door() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let arguments_alone = json!({"body": {
        "tool": "careful", "arguments": {"text": "wrong"}, "open": [], "extent": "arguments",
    }});
    assert_eq!(data(call(&door, "check", arguments_alone).await)["refusal"], Value::Null);
    assert_eq!(data(call(&door, "check", question("read", json!({}))).await)["refusal"], Value::Null);
    assert!(world.egress.requests.lock().is_empty());
}

#[tokio::test]
async fn a_check_counts_within_the_calls_own_bounds_and_rights() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits { effects: 0, ..Limits::default() });
    let checked = data(call(&door, "check", question("careful", json!({}))).await);
    assert_eq!(checked["refusal"]["code"], "limit_exceeded");
    let narrow = Principal {
        tools: toolbay_kernel::principal::Allowed::Only(["check".parse().unwrap()].into()),
        ..principal()
    };
    let door = world.door(Limits::default());
    let checked = data(call_as(&door, narrow, "check", question("careful", json!({}))).await);
    assert_eq!(checked["refusal"]["code"], "not_found");
}

/// What changes something other than through the gate is not run by a check, whoever asks for it.
#[tokio::test]
async fn a_check_ends_before_what_no_gate_could_end_it_at() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    for tool in ["act", "acts"] {
        let checked = data(call(&door, "check", question(tool, json!({}))).await);
        assert_eq!(checked["refusal"], Value::Null, "{tool}");
        assert_eq!(world.acted.load(Ordering::Relaxed), 0, "{tool}");
    }
    data(call(&door, "acts", json!({})).await);
    assert_eq!(world.acted.load(Ordering::Relaxed), 1, "a call does it");
}
