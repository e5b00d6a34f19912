//! Invariants 2 and 5: one gate, no blind resend.

use std::time::Duration;

use serde_json::json;
use toolbay_kernel::ports::Sent;
use toolbay_kernel::{Code, Limits, Problem};

use crate::world::{PAGE, World, call, data, refusal};

fn unknown() -> Sent {
    Sent::Unknown(Problem::new(Code::UpstreamFailed, "Notion answered 502"))
}

fn busy(retryable: bool) -> Sent {
    let problem = Problem::new(Code::RateLimited, "Notion's limit is reached");
    Sent::Busy { wait: Duration::from_millis(1), problem, retryable }
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_outcome_is_unknown_is_never_sent_again() {
    let world = World::with_connections(&["only"]);
    world.answers.lock().push_back(unknown());
    let problem = refusal(call(&world.door(Limits::default()), "write", json!({})).await);
    assert_eq!(problem.code, Code::OutcomeUnknown);
    assert!(problem.hint.unwrap().contains("POST /v1/pages may have been carried out"));
    assert_eq!(world.requests.lock().len(), 1);
    assert_eq!(world.audit.lock()[0].1.as_ref().unwrap().code, Some(Code::OutcomeUnknown));
}

#[tokio::test(start_paused = true)]
async fn a_read_and_what_was_certainly_not_carried_out_are_sent_again() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.answers.lock().extend([unknown(), unknown()]);
    assert_eq!(data(call(&door, "read", json!({})).await)["id"], PAGE);
    assert_eq!(world.requests.lock().len(), 3);

    world.requests.lock().clear();
    let not_sent = Sent::NotSent(Problem::new(Code::UpstreamFailed, "no connection"));
    world.answers.lock().extend([busy(true), not_sent]);
    assert_eq!(data(call(&door, "write", json!({})).await)["id"], PAGE);
    assert_eq!(world.requests.lock().len(), 3);
    assert_eq!(world.pauses.lock().as_slice(), [Duration::from_millis(1)], "the whole connection waits");
}

#[tokio::test(start_paused = true)]
async fn resending_ends() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.answers.lock().extend((0..10).map(|_| unknown()));
    assert_eq!(refusal(call(&door, "read", json!({})).await).code, Code::UpstreamFailed);
    assert_eq!(world.requests.lock().len(), 4);

    world.answers.lock().clear();
    world.requests.lock().clear();
    world.answers.lock().push_back(busy(false));
    assert_eq!(refusal(call(&door, "read", json!({})).await).code, Code::RateLimited);
    assert_eq!(world.requests.lock().len(), 1, "a blocked connection never ends by waiting");
}

#[tokio::test]
async fn an_effect_without_a_connection_is_refused_with_what_would_help() {
    let world = World::with_connections(&[]);
    let problem = refusal(call(&world.door(Limits::default()), "read", json!({})).await);
    assert!(problem.hint.unwrap().contains("NOTION_TOKEN"));
    assert!(world.requests.lock().is_empty());
}

#[tokio::test]
async fn a_tool_does_nothing_stronger_than_it_declares() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let problem = refusal(call(&door, "lie", json!({})).await);
    assert_eq!(problem.code, Code::Forbidden);
    assert_eq!(problem.message, "`lie` declares that it reads, and POST /v1/pages writes");
    let problem = refusal(call(&door, "pretend", json!({})).await);
    assert_eq!(problem.message, "`pretend` declares that it reads, and write writes");
    assert!(world.requests.lock().is_empty());
}
