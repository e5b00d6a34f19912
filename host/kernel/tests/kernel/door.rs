//! Invariants 1 and 7: one door, deny by default.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use toolbay_kernel::principal::{Allowed, PrincipalKind};
use toolbay_kernel::{Access, Code, ConnectionId, Invocation, Limits, Principal, Profile, Surface};

use toolbay_testing::{CallRecord, PAGE};

use crate::world::{World, call, call_as, data, principal, refusal};

#[tokio::test]
async fn arguments_are_repaired_validated_and_freed_of_the_hosts_own() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let own = ConnectionId::of_environment("only").to_string();
    let sent = json!({"count": "12", "body": "{\"a\": 1}", "connection_id": own});
    assert_eq!(data(call(&door, "echo", sent).await), json!({"count": 12, "body": {"a": 1}}));

    let problem = refusal(call(&door, "echo", json!({"mode": "fats"})).await);
    assert_eq!((problem.code, problem.message.as_str()), (Code::InvalidInput, "`mode` can't be \"fats\""));
    assert_eq!(problem.hint.as_deref(), Some("did you mean `fast`? valid are: fast, safe"));
}

#[tokio::test]
async fn a_tool_that_was_not_given_is_not_there_and_one_that_does_more_is_refused() {
    let door = World::with_connections(&["only"]).door(Limits::default());
    let reader = Principal { strongest: Access::Reads, ..principal() };
    let problem = refusal(call_as(&door, reader, "write", json!({})).await);
    assert_eq!((problem.code, problem.needs), (Code::Forbidden, None));
    assert_eq!(problem.message, "`write` writes, and your token or profile ends at `reads`");
    let narrow = Principal { tools: Allowed::Only(BTreeSet::from(["list".parse().unwrap()])), ..principal() };
    let problem = refusal(call_as(&door, narrow, "lsit", json!({})).await);
    assert_eq!(problem.hint.as_deref(), Some("did you mean `list`?"));
    let problem = refusal(call(&door, "ehco", json!({})).await);
    assert_eq!(problem.hint.as_deref(), Some("did you mean `echo`?"));
}

#[tokio::test]
async fn a_connection_is_chosen_by_id_by_name_or_by_being_the_default() {
    let door = World::with_connections(&["Acme", "default"]).door(Limits::default());
    let acme = ConnectionId::of_environment("Acme").to_string();
    for called in [acme.as_str(), "Acme", "acme"] {
        assert_eq!(data(call(&door, "read", json!({"connection_id": called})).await)["id"], PAGE, "{called}");
    }
    assert_eq!(data(call(&door, "read", json!({})).await)["id"], PAGE, "the default");
    assert_eq!(refusal(call(&door, "read", json!({"connection_id": "Acm"})).await).code, Code::NotFound);

    // Names in other letters count only where one is meant.
    let door = World::with_connections(&["ACME", "acme"]).door(Limits::default());
    assert_eq!(refusal(call(&door, "read", json!({"connection_id": "Acme"})).await).code, Code::NotFound);
    let problem = refusal(call(&door, "read", json!({})).await);
    assert_eq!(problem.code, Code::InvalidInput);
    assert!(problem.hint.unwrap().contains("`acme`"));
}

/// What the arguments make of a tool is what counts: who may only read calls it, and is refused at its first write.
#[tokio::test]
async fn a_tool_whose_arguments_decide_is_held_to_what_its_caller_may_do() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let reader = || Principal { strongest: Access::Reads, ..principal() };
    assert_eq!(data(call_as(&door, reader(), "either", json!({})).await)["id"], PAGE);
    assert!(world.store.calls().is_empty(), "nothing that only reads is recorded");

    let refused = call_as(&door, reader(), "either", json!({"mode": "fast"})).await;
    assert!(refused.done.ids.is_empty() && refused.done.unknown_writes.is_empty());
    let problem = refusal(refused);
    assert_eq!(problem.code, Code::Forbidden);
    assert_eq!(problem.message, "POST /v1/pages writes, and your token or profile ends at `reads`");
    assert!(problem.hint.unwrap().contains("--strongest writes"));
    assert_eq!(data(call(&door, "either", json!({"mode": "fast"})).await)["id"], PAGE);

    // Within a tool that only reads it may do no more than that tool, whoever calls.
    assert_eq!(data(call(&door, "pretend", json!({"text": "either"})).await)["id"], PAGE);
    let hurried = json!({"text": "either", "body": {"mode": "fast"}});
    let problem = refusal(call(&door, "pretend", hurried).await);
    assert!(problem.message.starts_with("`either` was called by a tool that reads"), "{}", problem.message);
}

/// A client asks a person for more only of what it sees, and only they decide; beyond what they may do themselves there is
/// nothing to ask for.
#[tokio::test]
async fn a_client_sees_what_it_can_ask_for_and_nothing_beyond() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let client = |most| Principal {
        kind: PrincipalKind::OAuth,
        strongest: Access::Reads,
        may_ask_for: most,
        ..principal()
    };
    let names = |of: &Principal| {
        let catalog = world.catalogs().current();
        catalog.tools_shown_to(of).map(|tool| tool.name().to_string()).collect::<Vec<_>>()
    };

    let asking = client(Some(Access::Writes));
    assert!(names(&asking).contains(&"write".to_owned()));
    let problem = refusal(call_as(&door, asking.clone(), "write", json!({})).await);
    assert_eq!((problem.code, problem.needs), (Code::Forbidden, Some(Access::Writes)));

    let of_a_reader = client(Some(Access::Reads));
    assert!(!names(&of_a_reader).contains(&"write".to_owned()));
    let problem = refusal(call_as(&door, of_a_reader, "write", json!({})).await);
    assert_eq!((problem.code, problem.needs), (Code::Forbidden, None));
    // A profile narrows what can be asked for too.
    let reading = Profile { strongest: Access::Reads, ..Profile::default() };
    assert!(!names(&asking.within(&reading)).contains(&"write".to_owned()));
}

#[tokio::test]
async fn another_principals_connection_answers_as_one_that_does_not_exist() {
    let world = World::with_connections(&["mine", "theirs"]);
    let door = world.door(Limits::default());
    let mine = ConnectionId::of_environment("mine");
    let me = || Principal { connections: Allowed::Only(BTreeSet::from([mine])), ..principal() };
    let theirs = ConnectionId::of_environment("theirs");
    let foreign = refusal(call_as(&door, me(), "read", json!({"connection_id": theirs.to_string()})).await);
    let absent = ConnectionId::of_environment("absent");
    let unknown = refusal(call_as(&door, me(), "read", json!({"connection_id": absent.to_string()})).await);
    assert_eq!(foreign.code, Code::NotFound);
    assert_eq!(
        foreign.message.replace(&theirs.to_string(), "X"),
        unknown.message.replace(&absent.to_string(), "X")
    );
    let unknown = refusal(call_as(&door, me(), "read", json!({"connection_id": "theirs"})).await);
    assert_eq!((unknown.code, unknown.message.as_str()), (Code::NotFound, "there is no connection `theirs`"));
    // With one that is theirs to use, it need not be named; with two it must be.
    assert_eq!(data(call_as(&door, me(), "read", json!({})).await)["id"], PAGE);
    let problem = refusal(call(&door, "read", json!({})).await);
    assert_eq!(problem.code, Code::InvalidInput);
    assert!(problem.hint.unwrap().contains("theirs"));
}

#[tokio::test]
async fn every_call_that_writes_has_an_audit_row_and_without_one_nothing_is_done() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    data(call(&door, "write", json!({"text": "b", "count": 1})).await);
    data(call(&door, "read", json!({})).await);
    {
        let rows = world.store.calls();
        assert_eq!(rows.len(), 1);
        let CallRecord { start, end, by, .. } = &rows[0];
        assert_eq!((start.tool.as_str(), by.surface, start.access), ("write", Surface::Rest, Access::Writes));
        let end = end.as_ref().unwrap();
        assert_eq!((end.code, end.touched.as_slice(), end.effects), (None, [PAGE.to_owned()].as_slice(), 1));
    }
    world.store.fails.store(true, Ordering::Relaxed);
    let problem = refusal(call(&door, "write", json!({})).await);
    assert_eq!(problem.code, Code::Unavailable);
    assert!(!problem.to_string().contains("/secret/path"), "what the store said is for the operator");
    assert_eq!(world.egress.requests.lock().len(), 2, "the write that could not be audited was not sent");
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline_and_a_caller_who_goes_cancels_it() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits { call_time: Duration::from_millis(50), ..Limits::default() });
    // The call's clock is the process's, so the paused one only saves the waiting in the tool.
    let problem = refusal(call(&door, "sleep", json!({})).await);
    assert_eq!(problem.code, Code::LimitExceeded);

    let door = world.door(Limits::default());
    let invocation = Invocation::new("sleep", json!({}), Arc::new(principal()), Surface::Mcp);
    invocation.cancel.cancel();
    assert_eq!(refusal(door.call(invocation).await).code, Code::Cancelled);
}

#[tokio::test]
async fn a_providers_panic_costs_its_own_call() {
    let door = World::with_connections(&["only"]).door(Limits::default());
    let problem = refusal(call(&door, "panic", json!({})).await);
    assert_eq!(problem.code, Code::Failed);
    assert!(!problem.message.contains("bug"));
    assert_eq!(data(call(&door, "echo", json!({"count": 1})).await), json!({"count": 1}));
}

#[tokio::test]
async fn answers_are_objects_bounded_and_as_declared() {
    let door = World::with_connections(&["only"]).door(Limits::default());
    assert_eq!(data(call(&door, "list", json!({})).await), json!({"result": ["a", "b"]}));
    assert_eq!(refusal(call(&door, "large", json!({})).await).code, Code::LimitExceeded);
    assert_eq!(data(call(&door, "declared", json!({"count": 1, "text": null})).await), json!({"count": 1}));
    let problem = refusal(call(&door, "declared", json!({})).await);
    assert_eq!((problem.code, problem.hint.as_deref()), (Code::Failed, Some("`count` is missing")));
}

#[tokio::test]
async fn calls_of_one_principal_are_bounded_and_nested_ones_share_the_budget() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits { concurrent_calls: 1, effects: 5, ..Limits::default() });
    assert_eq!(refusal(call(&door, "flood", json!({})).await).code, Code::LimitExceeded);
    assert_eq!(world.egress.requests.lock().len(), 5);
    let problem = refusal(call(&door, "nest", json!({})).await);
    assert_eq!(problem.message, "tools may call tools 4 levels deep");
    let problem = refusal(call(&door, "reach", json!({})).await);
    assert_eq!((problem.code, problem.message.contains("tools.call for `destroy`")), (Code::Forbidden, true));

    let door = world.door(Limits { concurrent_calls: 0, ..Limits::default() });
    assert_eq!(refusal(call(&door, "echo", json!({})).await).code, Code::RateLimited);
}
