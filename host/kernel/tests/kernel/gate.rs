//! Invariants 2 and 5: one gate, no blind resend.

use std::time::Duration;

use serde_json::json;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::run::Priority;
use toolbay_kernel::{Code, Limits, Problem};

use toolbay_testing::PAGE;

use crate::world::{World, call, data, refusal};

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
    world.egress.answers.lock().push_back(unknown());
    let problem = refusal(call(&world.door(Limits::default()), "write", json!({})).await);
    assert_eq!(problem.code, Code::OutcomeUnknown);
    assert_eq!(
        problem.message,
        "POST /v1/pages (a thing) may or may not have been carried out: Notion answered 502"
    );
    assert_eq!(world.egress.requests.lock().len(), 1);
    assert_eq!(world.store.calls()[0].end.as_ref().unwrap().code, Some(Code::OutcomeUnknown));
}

#[tokio::test(start_paused = true)]
async fn a_read_and_what_was_certainly_not_carried_out_are_sent_again() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.egress.answers.lock().extend([unknown(), unknown()]);
    assert_eq!(data(call(&door, "read", json!({})).await)["id"], PAGE);
    assert_eq!(world.egress.requests.lock().len(), 3);

    world.egress.requests.lock().clear();
    let not_sent = Sent::NotSent(Problem::new(Code::UpstreamFailed, "no connection"));
    world.egress.answers.lock().extend([busy(true), not_sent]);
    assert_eq!(data(call(&door, "write", json!({})).await)["id"], PAGE);
    assert_eq!(world.egress.requests.lock().len(), 3);
    assert_eq!(
        world.limiter.pauses.lock().as_slice(),
        [Duration::from_millis(1)],
        "the whole connection waits"
    );
}

#[tokio::test(start_paused = true)]
async fn the_limiter_hears_of_every_attempt_how_soon_its_answer_is_needed() {
    let world = World::with_connections(&["only"]);
    world.egress.answers.lock().push_back(busy(true));
    data(call(&world.door(Limits::default()), "write", json!({})).await);
    assert_eq!(world.limiter.priorities.lock().as_slice(), [Priority::Interactive, Priority::Interactive]);
}

#[tokio::test(start_paused = true)]
async fn resending_ends() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.egress.answers.lock().extend((0..10).map(|_| unknown()));
    assert_eq!(refusal(call(&door, "read", json!({})).await).code, Code::UpstreamFailed);
    assert_eq!(world.egress.requests.lock().len(), 4);

    world.egress.answers.lock().clear();
    world.egress.requests.lock().clear();
    world.egress.answers.lock().push_back(busy(false));
    assert_eq!(refusal(call(&door, "read", json!({})).await).code, Code::RateLimited);
    assert_eq!(world.egress.requests.lock().len(), 1, "a blocked connection never ends by waiting");
}

#[tokio::test]
async fn an_effect_without_a_connection_is_refused_with_what_would_help() {
    let world = World::with_connections(&[]);
    let problem = refusal(call(&world.door(Limits::default()), "read", json!({})).await);
    assert!(problem.hint.unwrap().contains("NOTION_TOKEN"));
    assert!(world.egress.requests.lock().is_empty());
}

#[tokio::test]
async fn a_tool_does_nothing_stronger_than_it_declares() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let problem = refusal(call(&door, "lie", json!({})).await);
    assert_eq!(problem.code, Code::Forbidden);
    assert_eq!(problem.message, "`lie` declares that it reads, and POST /v1/pages writes");
    let problem = refusal(call(&door, "pretend", json!({})).await);
    assert_eq!(problem.message, "`pretend` declares that it reads, and `write` writes");
    assert!(world.egress.requests.lock().is_empty());
}

/// What a connection's own write may have made wrong is never answered from memory.
#[tokio::test(start_paused = true)]
async fn schemas_are_remembered_until_they_change() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let requests = || world.egress.requests.lock().len();
    let schema = async |max_age: Option<u64>| {
        let arguments = max_age.map_or(json!({}), |seconds| json!({"count": seconds}));
        data(call(&door, "schema", arguments).await)
    };

    let first = schema(Some(60)).await;
    assert_eq!(schema(Some(60)).await, first);
    assert_eq!(requests(), 1, "the second answer was remembered");
    schema(None).await;
    assert_eq!(requests(), 2, "who names no age gets a fresh answer");
    schema(Some(0)).await;
    assert_eq!(requests(), 3, "and so does who wants none that is older than now");

    data(call(&door, "change_schema", json!({})).await);
    schema(Some(60)).await;
    assert_eq!(requests(), 5, "a changed schema is read again");

    let refused = Problem::new(Code::InvalidInput, "Status is not a property that exists");
    world.egress.answers.lock().push_back(Sent::Refused(refused));
    refusal(call(&door, "write", json!({})).await);
    schema(Some(60)).await;
    assert_eq!(requests(), 7, "a refused write may have been made from an old schema");
}

#[tokio::test(start_paused = true)]
async fn that_there_is_nothing_is_remembered_and_a_failure_is_not() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let aged = || json!({"count": 60});
    world
        .egress
        .answers
        .lock()
        .push_back(Sent::Refused(Problem::new(Code::Forbidden, "not with this token")));
    assert_eq!(refusal(call(&door, "schema", aged()).await).code, Code::Forbidden);
    world.egress.answers.lock().push_back(Sent::Refused(Problem::new(Code::NotFound, "no such data source")));
    for _ in 0..2 {
        assert_eq!(refusal(call(&door, "schema", aged()).await).code, Code::NotFound);
    }
    assert_eq!(world.egress.requests.lock().len(), 2);
}

#[tokio::test]
async fn a_credential_that_is_for_good_and_refused_is_not_tried_again() {
    let world = World::with_connections(&["only"]);
    let refused = Problem::new(Code::Forbidden, "the token no longer works");
    world.egress.answers.lock().push_back(Sent::Unauthorized(refused));
    let problem = refusal(call(&world.door(Limits::default()), "write", json!({})).await);
    assert_eq!(problem.message, "the token no longer works");
    assert_eq!(world.egress.requests.lock().len(), 1);
}
