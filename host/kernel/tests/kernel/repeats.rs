//! Calls that are asked for again: under a key, after their caller left, and after their host was gone.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::Response;
use toolbay_kernel::{
    Code, Dispatcher, Invocation, Limits, Outcome, Principal, PrincipalId, Problem, Settling, Surface,
};
use toolbay_testing::{PAGE, Shown};

use crate::world::{World, data, principal, refusal};

/// Whether a call goes on when its caller leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Surfaces {
    Driven,
    Stopped,
}

fn invocation(who: &Principal, tool: &str, arguments: Value, key: Option<&str>) -> Invocation {
    let mut invocation = Invocation::new(tool, arguments, Arc::new(who.clone()), Surface::Rest);
    invocation.key = key.map(|key| key.parse().unwrap());
    invocation
}

async fn keyed(door: &Dispatcher, tool: &str, arguments: Value, key: &str) -> Outcome {
    door.call(invocation(&principal(), tool, arguments, Some(key))).await
}

/// Asks, and leaves after a while.
async fn leave(
    door: &Dispatcher,
    tool: &str,
    arguments: Value,
    key: Option<&str>,
    surface: Surfaces,
    after: u64,
) {
    let mut asked = invocation(&principal(), tool, arguments, key);
    asked.is_driven = surface == Surfaces::Driven;
    let answered = tokio::time::timeout(Duration::from_millis(after), door.call(asked)).await;
    assert!(answered.is_err(), "it was answered before the caller left");
}

async fn settled(world: &World) {
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if world.store.runs.lock().values().all(|run| !run.is_open || !run.is_held) {
            return;
        }
    }
    panic!("a run doesn't end");
}

fn writes(world: &World) -> usize {
    world.egress.requests.lock().iter().filter(|request| request.writes()).count()
}

fn lost() -> Sent {
    Sent::Unknown(Problem::new(Code::UpstreamFailed, "Notion answered 502"))
}

fn answered(id: &str) -> Sent {
    Sent::Answered(Response { status: 200, body: json!({"id": id}).into() })
}

#[tokio::test]
async fn the_same_call_under_one_key_is_carried_out_once() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let first = keyed(&door, "write", json!({"count": 1}), "k").await;
    assert_eq!(first.replayed, None);
    let run = first.call.into();
    let told = data(first);
    for _ in 0..3 {
        let again = keyed(&door, "write", json!({"count": 1}), "k").await;
        assert_eq!(again.replayed, Some(run));
        assert_eq!(data(again), told);
    }
    assert_eq!(writes(&world), 1);

    // Another wish under the same key, another tool, another principal, and no key.
    let other = refusal(keyed(&door, "write", json!({"count": 2}), "k").await);
    assert_eq!(other.code, Code::KeyReused);
    assert_eq!(writes(&world), 1);
    data(keyed(&door, "writes", json!({"count": 1}), "k").await);
    let stranger = Principal { id: PrincipalId::new(), ..principal() };
    let theirs = door.call(invocation(&stranger, "write", json!({"count": 1}), Some("k"))).await;
    assert_eq!(theirs.replayed, None);
    data(door.call(invocation(&principal(), "write", json!({"count": 1}), None)).await);
    assert_eq!(writes(&world), 4);
}

/// What is only read is told again up to a size; beyond it, neither the answer nor what was read is kept.
#[tokio::test]
async fn a_long_answer_of_a_call_that_only_reads_is_read_anew() {
    for (bytes, is_kept) in [(1_000, true), (100_000, false)] {
        let world = World::with_connections(&["only"]);
        let door = world.door(Limits::default());
        let page = |text: &str| {
            let body = json!({"id": "x", "text": text.repeat(bytes)});
            Sent::Answered(Response { status: 200, body: body.into() })
        };
        world.egress.answers.lock().extend([page("a"), page("b")]);
        let first = data(keyed(&door, "read", json!({}), "k").await);
        let again = keyed(&door, "read", json!({}), "k").await;
        assert_eq!(again.replayed.is_some(), is_kept, "{bytes}");
        assert_eq!(data(again) == first, is_kept, "{bytes}");
        assert_eq!(world.egress.requests.lock().len(), if is_kept { 1 } else { 2 }, "{bytes}");
    }
}

#[tokio::test]
async fn a_key_may_stand_among_the_arguments_and_must_not_contradict() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let within = json!({"count": 1, "idempotency_key": "k"});
    data(door.call(invocation(&principal(), "write", within.clone(), None)).await);
    assert!(keyed(&door, "write", json!({"count": 1}), "k").await.replayed.is_some(), "it is the same key");
    assert_eq!(refusal(keyed(&door, "write", within, "other").await).code, Code::InvalidInput);
    for bad in [json!(""), json!("k".repeat(256)), json!("ключ"), json!(7)] {
        let wrong = json!({"idempotency_key": bad});
        assert_eq!(
            refusal(door.call(invocation(&principal(), "write", wrong, None)).await).code,
            Code::InvalidInput
        );
    }
    // What it does for another call belongs to that one.
    let nested = json!({"body": {"count": 1, "idempotency_key": "k"}});
    assert_eq!(refusal(keyed(&door, "passes_on", nested, "outer").await).code, Code::InvalidInput);
    assert_eq!(writes(&world), 1);
}

#[tokio::test]
async fn of_many_at_once_under_one_key_one_is_run() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.egress.slow_reads_ms.store(50, std::sync::atomic::Ordering::Relaxed);
    let calls = (0..64).map(|_| {
        let door = door.clone();
        tokio::spawn(async move { keyed(&door, "careful", json!({}), "k").await })
    });
    let mut codes = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        codes.push(call.await.unwrap().result.err().map(|problem| {
            let wait = problem.details.as_ref().and_then(|details| details["retry_after_seconds"].as_u64());
            assert!(wait.is_some(), "{problem:?}");
            problem.code
        }));
    }
    assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
    assert!(codes.iter().flatten().all(|code| *code == Code::Conflict), "{codes:?}");
    assert_eq!(writes(&world), 1);
    data(keyed(&door, "careful", json!({}), "k").await);
    assert_eq!(writes(&world), 1);
}

/// What was refused for this moment alone is asked for again, and what was done before it is not done twice.
#[tokio::test]
async fn a_call_that_was_put_off_goes_on_under_its_key() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let busy = || Sent::Busy {
        wait: Duration::from_secs(90),
        problem: Problem::new(Code::RateLimited, "wait"),
        retryable: true,
    };
    world.egress.answers.lock().extend([answered("a"), busy()]);
    let problem = refusal(keyed(&door, "writes_through", json!({"count": 3}), "k").await);
    assert_eq!(problem.code, Code::RateLimited);
    assert!(problem.hint.as_ref().unwrap().contains("under the same key"), "{problem:?}");
    assert_eq!(writes(&world), 2);
    let again = keyed(&door, "writes_through", json!({"count": 3}), "k").await;
    assert_eq!(again.replayed, None, "it went on");
    data(again);
    assert_eq!(writes(&world), 4, "the first was done, the second was put off");
    assert!(keyed(&door, "writes_through", json!({"count": 3}), "k").await.replayed.is_some());
}

#[tokio::test]
async fn a_refusal_that_says_something_of_the_wish_is_its_answer() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world
        .egress
        .answers
        .lock()
        .push_back(Sent::Refused(Problem::new(Code::InvalidInput, "no such property")));
    let first = refusal(keyed(&door, "write", json!({}), "k").await);
    let again = keyed(&door, "write", json!({}), "k").await;
    assert!(again.replayed.is_some());
    assert_eq!(refusal(again), first);
    assert_eq!(writes(&world), 1);
}

/// Where a look can tell, the key's next call is told; where it can't, the outcome stays unknown, and nothing is sent.
#[tokio::test]
async fn a_key_goes_on_looking_for_an_unknown_outcome() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.egress.answers.lock().push_back(lost());
    for _ in 0..2 {
        let problem = refusal(keyed(&door, "write", json!({}), "k").await);
        assert_eq!(problem.code, Code::OutcomeUnknown, "{problem:?}");
        assert_eq!(writes(&world), 1);
    }
    *world.egress.probe.lock() = Some(Shown::Made);
    let told = data(keyed(&door, "write", json!({}), "k").await);
    assert_eq!((told["id"].as_str(), writes(&world)), (Some(PAGE), 1));
    assert!(keyed(&door, "write", json!({}), "k").await.replayed.is_some());
}

/// Once the outside can't be working on it any more, a write that isn't there was not carried out, and is sent.
#[tokio::test]
async fn a_write_that_is_proved_absent_is_sent_again() {
    let world = World::with_connections(&["only"]);
    let door = world.settling_door(Limits::default(), Duration::from_millis(300));
    *world.egress.probe.lock() = Some(Shown::Absent);
    world.egress.answers.lock().push_back(lost());
    let begun = std::time::Instant::now();
    data(door.call(invocation(&principal(), "write", json!({}), None)).await);
    assert_eq!(writes(&world), 2);
    assert!(begun.elapsed() >= Duration::from_millis(300), "a look before that proves nothing");
}

#[tokio::test]
async fn an_interrupted_call_goes_on_under_its_key_and_is_not_run_twice() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.egress.answers.lock().extend([answered("a"), answered("b")]);
    *world.egress.hangs_after.lock() = Some(2);
    let calling = {
        let door = door.clone();
        tokio::spawn(async move { keyed(&door, "writes_through", json!({"count": 3}), "k").await })
    };
    while writes(&world) < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The host is gone: nobody has the run, and the third write is open.
    world.host_is_gone();
    *world.egress.hangs_after.lock() = None;
    *world.egress.probe.lock() = Some(Shown::Made);
    let next = world.door(Limits::default());
    data(keyed(&next, "writes_through", json!({"count": 3}), "k").await);
    assert_eq!(writes(&world), 3, "two were recorded, and of the third a look tells");
    calling.abort();
}

/// Over REST a call with a key comes to its end without its caller; over MCP it stops before its next write.
#[tokio::test]
async fn a_keyed_call_whose_caller_left_is_driven_or_stops_and_goes_on() {
    for (surface, before) in [(Surfaces::Driven, 3), (Surfaces::Stopped, 1)] {
        let world = World::with_connections(&["only"]);
        let door = world.door(Limits::default());
        world.egress.slow_writes_ms.store(100, std::sync::atomic::Ordering::Relaxed);
        leave(&door, "writes_through", json!({"count": 3}), Some("k"), surface, 50).await;
        settled(&world).await;
        assert_eq!(writes(&world), before, "the one that was on its way came to its end");
        let told = keyed(&door, "writes_through", json!({"count": 3}), "k").await;
        assert_eq!(told.replayed.is_some(), surface == Surfaces::Driven);
        data(told);
        assert_eq!(writes(&world), 3);
    }
}

/// A client that asks again after its connection broke has one wish, not two.
#[tokio::test]
async fn a_call_without_a_key_is_the_same_when_its_caller_left_before_the_answer() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.egress.slow_writes_ms.store(100, std::sync::atomic::Ordering::Relaxed);
    let ask =
        async |arguments: Value| door.call(invocation(&principal(), "writes_through", arguments, None)).await;
    leave(&door, "writes_through", json!({"count": 3}), None, Surfaces::Driven, 50).await;
    // It joins the first, which is coming to its end, and goes on where that stopped.
    data(ask(json!({"count": 3})).await);
    assert_eq!(writes(&world), 3, "the first one was carried out, and is told from the record");

    // An answered call is never taken for a repeat, and neither is another wish.
    data(ask(json!({"count": 3})).await);
    assert_eq!(writes(&world), 6);
    leave(&door, "writes_through", json!({"count": 1}), None, Surfaces::Driven, 50).await;
    data(ask(json!({"count": 2})).await);
    assert_eq!(writes(&world), 9);
    let told = ask(json!({"count": 1})).await;
    assert!(told.replayed.is_some(), "it came to its end after its caller had left");
    data(told);
    assert_eq!(writes(&world), 9);
    assert!(ask(json!({"count": 1})).await.replayed.is_none(), "who was told is answered");
    assert_eq!(writes(&world), 10);
}

#[tokio::test]
async fn a_setting_and_the_time_end_what_counts_as_asked_again() {
    for resend_time in [Duration::ZERO, Duration::from_millis(100)] {
        let world = World::with_connections(&["only"]);
        let door = world.door(Limits { resend_time, ..Limits::default() });
        world.egress.slow_writes_ms.store(50, std::sync::atomic::Ordering::Relaxed);
        leave(&door, "write", json!({}), None, Surfaces::Driven, 20).await;
        settled(&world).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        let told = door.call(invocation(&principal(), "write", json!({}), None)).await;
        assert_eq!((told.replayed, writes(&world)), (None, 2));
    }
}

/// What a crash left open is looked for, and the run ends with what is known.
#[tokio::test]
async fn runs_that_nobody_has_end_with_what_is_known() {
    for (shown, code, after) in [
        (Some(Shown::Made), Code::Cancelled, 1),
        (Some(Shown::Absent), Code::Cancelled, 2),
        (None, Code::OutcomeUnknown, 1),
    ] {
        let world = World::with_connections(&["only"]);
        let door = world.settling_door(Limits::default(), Duration::ZERO);
        *world.egress.hangs_after.lock() = Some(0);
        let calling = {
            let door = door.clone();
            tokio::spawn(async move { door.call(invocation(&principal(), "write", json!({}), None)).await })
        };
        while writes(&world) < 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.host_is_gone();
        calling.abort();
        *world.egress.hangs_after.lock() = None;
        world.egress.probe.lock().clone_from(&shown);
        let next = world.settling_door(Limits::default(), Duration::ZERO);
        Settling::new(next.clone(), world.store.clone()).look().await.unwrap();
        let calls = world.store.calls();
        assert_eq!(calls[0].end.as_ref().unwrap().code, Some(code), "{:?}", calls[0].end);
        assert_eq!(writes(&world), 1, "it sends nothing but reads");
        // Asked again, it goes on: what was carried out is told, what wasn't is sent.
        let told = next.call(invocation(&principal(), "write", json!({}), None)).await;
        assert_eq!((told.result.is_ok(), writes(&world)), (shown.is_some(), after), "{:?}", told.result);
    }
}

/// A host that ends before a call's run does leaves what isn't known open: nobody sends it again on hope.
#[tokio::test]
async fn what_is_not_known_when_the_host_ends_is_not_sent_again() {
    for key in [None, Some("k")] {
        let world = World::with_connections(&["only"]);
        let door = world.door(Limits::default());
        world.egress.answers.lock().extend([lost(), answered("b")]);
        *world.egress.hangs_after.lock() = Some(2);
        let calling = {
            let (door, asked) = (door.clone(), invocation(&principal(), "writes", json!({"count": 3}), key));
            tokio::spawn(async move { door.call(asked).await })
        };
        while writes(&world) < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.host_is_gone();
        calling.abort();
        *world.egress.hangs_after.lock() = None;
        let next = world.door(Limits::default());
        let told = next.call(invocation(&principal(), "writes", json!({"count": 3}), key)).await;
        assert_eq!(writes(&world), 3, "{key:?}: nothing is sent again: {:?}", told.result);
        let codes = data(told)["codes"].clone();
        assert_eq!(codes, json!(["outcome_unknown", "ok", "outcome_unknown"]), "{key:?}");
    }
}

/// What earlier executions of a run have done is told with a refusal, also when the tool was told nothing of it.
#[tokio::test]
async fn a_refusal_tells_what_earlier_executions_did() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    let busy = Sent::Busy {
        wait: Duration::from_secs(90),
        problem: Problem::new(Code::RateLimited, "wait"),
        retryable: true,
    };
    world.egress.answers.lock().extend([answered("a"), busy]);
    refusal(keyed(&door, "writes_through", json!({"count": 2}), "k").await);
    // The plugin was replaced meanwhile: it asks for something else.
    for entry in world.store.journal.lock().values_mut() {
        entry.digest = "another".to_owned();
    }
    let problem = refusal(keyed(&door, "writes_through", json!({"count": 2}), "k").await);
    assert_eq!(problem.code, Code::Conflict, "{problem:?}");
    assert_eq!(problem.details.unwrap()["done"]["writes"], 1);
}

/// An inner call that is dropped when the time is over doesn't mean that somebody has left.
#[tokio::test]
async fn a_call_whose_time_ends_within_an_inner_one_was_not_left() {
    let world = World::with_connections(&["only"]);
    *world.egress.hangs_after.lock() = Some(0);
    let limits = Limits { call_time: Duration::from_millis(300), ..Limits::default() };
    let door = world.door(limits);
    let arguments = json!({"body": {"count": 1}});
    let told = door.call(invocation(&principal(), "passes_on", arguments, None)).await;
    assert!(told.result.is_err());
    let runs = world.store.runs.lock();
    assert!(runs.values().all(|run| run.left_at.is_none()), "{runs:#?}");
}
