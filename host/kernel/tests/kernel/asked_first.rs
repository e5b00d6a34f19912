//! A surface that asks somebody before anything is changed: the door holds the call, whatever its provider makes of that.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use toolbay_kernel::{Access, Code, Dispatcher, Invocation, Limits, Outcome, Principal, Surface};

use crate::world::{World, data, principal};

async fn asked_first(door: &Dispatcher, who: Principal, tool: &str, arguments: Value) -> Outcome {
    let mut invocation = Invocation::new(tool, arguments, Arc::new(who), Surface::Chat);
    invocation.asks_first = true;
    door.call(invocation).await
}

#[tokio::test]
async fn a_call_that_would_change_something_ends_before_it_and_says_so() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    for (tool, arguments) in [
        ("write", json!({})),
        ("steps", json!({"count": 3})),
        // Its arguments decide.
        ("either", json!({"mode": "fast"})),
        // It calls one that writes, and tells nobody that it was refused.
        ("hides", json!({})),
        // Not through the gate, and by way of another tool.
        ("act", json!({})),
        ("acts", json!({})),
        ("delegate", json!({})),
        // It says that it reads, and keeps something.
        ("read", json!({"text": "keep"})),
        // Nobody knows that it reads but whoever made it.
        ("list", json!({})),
        ("pretend", json!({"text": "read", "body": {"text": "keep"}})),
    ] {
        let outcome = asked_first(&door, principal(), tool, arguments).await;
        let held = outcome.held.expect("it is held");
        assert_eq!(held.access, Access::Writes, "{tool}");
        let is_on_one = !matches!(tool, "act" | "acts");
        assert!(!is_on_one || held.connection.is_some_and(|own| own.name == "only"), "{tool}");
        let refused = outcome.result.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden, "{tool}");
        assert!(refused.message.contains("asked first"), "{tool}: {refused}");
    }
    assert!(!world.egress.sent().iter().any(|sent| !sent.starts_with("GET")), "{:?}", world.egress.sent());
    assert_eq!(world.acted.load(Ordering::Relaxed), 0);
    assert!(world.store.runs.lock().is_empty(), "what does nothing has no run");
}

#[tokio::test]
async fn what_only_reads_and_what_nobody_could_allow_is_not_asked_about() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let read = asked_first(&door, principal(), "either", json!({})).await;
    assert_eq!(read.held, None);
    assert!(data(read).is_object());
    let reader = Principal { strongest: Access::Reads, ..principal() };
    for (who, tool, arguments, code) in [
        // Wrong arguments are told at once.
        (principal(), "write", json!({"mode": "fats"}), Code::InvalidInput),
        // It declares that it reads.
        (principal(), "lie", json!({}), Code::Forbidden),
        (reader.clone(), "write", json!({}), Code::Forbidden),
        (reader, "either", json!({"mode": "fast"}), Code::Forbidden),
    ] {
        let outcome = asked_first(&door, who, tool, arguments).await;
        assert_eq!((outcome.held, outcome.result.unwrap_err().code), (None, code), "{tool}");
    }
}
