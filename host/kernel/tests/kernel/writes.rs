//! A write's answer is the truth: what was begun and not answered is an unknown outcome, however the call ends, and what was
//! carried out is told.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use serde_json::{Value, json};
use toolbay_kernel::audit::{Act, CallEnded};
use toolbay_kernel::egress::Sent;
use toolbay_kernel::{Code, Dispatcher, Invocation, Limits, Outcome, Problem, Surface};

use toolbay_testing::{PAGE, Shown};

use crate::world::{World, call, data, principal, refusal};

/// Short enough to wait for.
fn short() -> Limits {
    Limits {
        call_time: Duration::from_millis(400),
        answer_time: Duration::from_millis(200),
        ..Limits::default()
    }
}

/// A world in which so many writes are answered, and the next one never is.
fn hanging(after: usize) -> Arc<World> {
    let world = World::with_connections(&["only"]);
    *world.egress.hangs_after.lock() = Some(after);
    world
}

fn unknown() -> Sent {
    Sent::Unknown(Problem::new(Code::UpstreamFailed, "Notion answered 502"))
}

fn audited(world: &World) -> CallEnded {
    world.store.calls()[0].end.clone().unwrap()
}

fn is_told_as_unknown(problem: &Problem, carried_out: u64) {
    assert_eq!(problem.code, Code::OutcomeUnknown, "{problem:?}");
    assert!(problem.message.contains("POST /v1/pages (a thing) may or may not have been"), "{problem:?}");
    assert!(!problem.hint.as_ref().unwrap().contains("less"), "{problem:?}");
    let done = &problem.details.as_ref().unwrap()["done"];
    assert_eq!(done["writes"], carried_out, "{problem:?}");
    assert_eq!(done["unknown"], json!([{"method": "POST", "route": "/v1/pages", "target": "a thing"}]));
    if carried_out > 0 {
        assert_eq!(done["ids"], json!([PAGE]), "{problem:?}");
        assert!(problem.hint.as_ref().unwrap().contains(PAGE), "{problem:?}");
    }
}

#[tokio::test]
async fn a_write_under_way_when_the_time_ends_is_an_unknown_outcome() {
    for carried_out in [0, 2] {
        for (tool, arguments) in [
            ("writes_through", json!({"count": 3})),
            ("gives_up", json!({"count": 3})),
            ("passes_on", json!({"body": {"count": 3}})),
        ] {
            let world = hanging(carried_out);
            let problem = refusal(call(&world.door(short()), tool, arguments).await);
            is_told_as_unknown(&problem, carried_out as u64);
            let end = audited(&world);
            assert_eq!(end.code, Some(Code::OutcomeUnknown));
            assert!(end.summary.contains("unknown: 1 (POST /v1/pages)"), "{}", end.summary);
            assert_eq!(end.touched.len(), usize::from(carried_out > 0));
        }
    }
}

#[tokio::test]
async fn a_caller_who_goes_leaves_the_truth_in_the_audit() {
    let world = hanging(1);
    let door = world.door(Limits::default());
    let invocation =
        Invocation::new("writes_through", json!({"count": 2}), Arc::new(principal()), Surface::Mcp);
    let gone = invocation.cancel.clone();
    let running = tokio::spawn(async move { door.call(invocation).await });
    while world.egress.requests.lock().len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    gone.cancel();
    is_told_as_unknown(&refusal(running.await.unwrap()), 1);
    assert_eq!(audited(&world).code, Some(Code::OutcomeUnknown));
    assert_eq!(audited(&world).touched, [PAGE]);
}

/// A caller that asks so many times whether its call has ended, and leaves. True when it has ended by then.
async fn leaves_after(polls: usize, door: &Dispatcher, tool: &str, arguments: Value) -> bool {
    let mut calling = Box::pin(call(door, tool, arguments));
    for _ in 0..polls {
        let asked = poll_fn(|context| Poll::Ready(calling.as_mut().poll(context).is_ready())).await;
        if asked {
            return true;
        }
        // Only now does the call's own task go on.
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test]
async fn a_caller_that_leaves_at_any_await_leaves_no_row_without_its_end() {
    // One that ends by itself, one that never does, and one whose write is another tool's.
    for (tool, may_end) in [("write", true), ("runs_on", false), ("delegate", true)] {
        let mut seen_rows = 0;
        for polls in 0.. {
            let world = World::with_connections(&["only"]);
            world.store.yields.store(true, Ordering::Relaxed);
            let door = world.door(Limits::default());
            let has_ended = leaves_after(polls, &door, tool, json!({})).await;
            let is_over = || world.store.calls().iter().all(|call| call.end.is_some());
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            assert!(is_over(), "{tool} after {polls} polls: {:#?}", world.store.calls());
            let rows = world.store.calls().len();
            seen_rows = seen_rows.max(rows);
            // Whatever was sent is in a row.
            assert!(world.egress.requests.lock().is_empty() || rows > 0, "{tool} after {polls} polls");
            if has_ended || (!may_end && polls == 40) {
                break;
            }
            assert!(polls < 1_000, "{tool} never ends");
        }
        assert_eq!(seen_rows, if tool == "delegate" { 2 } else { 1 }, "{tool}");
    }
}

#[tokio::test]
async fn a_provider_hears_of_its_hanging_write_in_time_to_tell_what_it_has_done() {
    let world = hanging(2);
    world.egress.heeds_deadlines.store(true, Ordering::Relaxed);
    let told = data(call(&world.door(short()), "writes", json!({"count": 3})).await);
    assert_eq!(told, json!({"codes": ["ok", "ok", "outcome_unknown"]}));
    let end = audited(&world);
    assert_eq!(end.code, None);
    assert_eq!(end.summary, "writes: succeeded (carried out: 2, unknown: 1 (POST /v1/pages))");
}

#[tokio::test]
async fn a_refusal_after_writes_tells_them() {
    let world = World::with_connections(&["only"]);
    let problem = refusal(call(&world.door(Limits::default()), "gives_up", json!({"count": 2})).await);
    assert_eq!(problem.code, Code::InvalidInput);
    assert!(problem.hint.unwrap().starts_with("2 writes of the call were carried out"));
    assert_eq!(problem.details.unwrap()["done"], json!({"writes": 2, "ids": [PAGE]}));

    // Also when the time ends while nothing is under way.
    let world = World::with_connections(&["only"]);
    let problem = refusal(call(&world.door(short()), "runs_on", json!({"count": 1})).await);
    assert_eq!(problem.code, Code::LimitExceeded);
    assert_eq!(problem.details.unwrap()["done"]["writes"], 1);
}

/// A caller's words are in what the caller reads, and nowhere else.
#[tokio::test]
async fn no_argument_is_in_the_audit() {
    let canary = json!({"text": "argument-canary", "count": 1});
    let answers = [
        vec![],
        vec![Sent::Refused(Problem::new(Code::InvalidInput, "argument-canary is not a property"))],
        vec![Sent::Unknown(Problem::new(Code::UpstreamFailed, "argument-canary"))],
        vec![Sent::NotSent(Problem::new(Code::Unavailable, "argument-canary"))],
    ];
    for answers in answers {
        for tool in ["gives_up", "write", "writes", "writes_through"] {
            let world = World::with_connections(&["only"]);
            let copies = answers.iter().flat_map(|sent| (0..5).map(move |_| again(sent)));
            world.egress.answers.lock().extend(copies);
            let _told = call(&world.door(Limits::default()), tool, canary.clone()).await;
            let audit = format!("{:?}", world.store.events.lock());
            assert!(!audit.contains("canary"), "{audit}");
        }
    }
}

fn again(sent: &Sent) -> Sent {
    match sent {
        Sent::Refused(problem) => Sent::Refused(problem.clone()),
        Sent::Unknown(problem) => Sent::Unknown(problem.clone()),
        Sent::NotSent(problem) => Sent::NotSent(problem.clone()),
        _ => panic!("no other is used here"),
    }
}

#[tokio::test]
async fn a_look_tells_what_became_of_a_write_whose_answer_was_lost() {
    let outcome = async |shown: Option<Shown>| -> (Arc<World>, Outcome) {
        let world = World::with_connections(&["only"]);
        *world.egress.probe.lock() = shown;
        world.egress.answers.lock().push_back(unknown());
        let outcome = call(&world.door(Limits::default()), "writes_through", json!({})).await;
        (world, outcome)
    };
    for shown in [Shown::CarriedOut, Shown::Made] {
        let (world, outcome) = outcome(Some(shown)).await;
        assert_eq!(data(outcome), json!({"ok": true}));
        assert_eq!(world.egress.requests.lock().len(), 2, "one look");
        assert_eq!(audited(&world).touched, [PAGE]);
    }
    for (shown, requests) in [(Some(Shown::Nothing), 2), (None, 1)] {
        let (world, outcome) = outcome(shown).await;
        is_told_as_unknown(&refusal(outcome), 0);
        assert_eq!(world.egress.requests.lock().len(), requests, "no second write");
    }
}

/// Two writes of the same words made two things; one that was made by the first is not what the second made.
#[tokio::test]
async fn what_one_write_made_is_not_taken_for_what_another_one_did() {
    let world = World::with_connections(&["only"]);
    *world.egress.probe.lock() = Some(Shown::Made);
    world.egress.answers.lock().extend([unknown(), answered(), unknown(), answered()]);
    let told = data(call(&world.door(Limits::default()), "writes", json!({"count": 2})).await);
    assert_eq!(told["codes"], json!(["ok", "outcome_unknown"]));
}

fn answered() -> Sent {
    let body: Value = json!({"id": PAGE});
    Sent::Answered(toolbay_kernel::gate::Response { status: 200, body: body.into() })
}

/// A call that nobody records for replay has a run all the same: each write is in its journal before it is sent.
#[tokio::test]
async fn each_write_of_any_call_is_in_the_journal_of_its_run() {
    let busy = || Sent::Busy {
        wait: Duration::from_secs(60),
        problem: Problem::new(Code::RateLimited, "wait"),
        retryable: true,
    };
    // One answered, one refused, one lost, and one that was certainly not carried out.
    let refused = Sent::Refused(Problem::new(Code::InvalidInput, "no such property"));
    let world = World::with_connections(&["only"]);
    world.egress.answers.lock().extend([answered(), refused, unknown(), busy()]);
    let told = data(call(&world.door(Limits::default()), "writes", json!({"count": 4})).await);
    assert_eq!(told["codes"], json!(["ok", "invalid_input", "outcome_unknown", "rate_limited"]));

    let journal = world.store.journal.lock().clone();
    let call = world.store.calls()[0].call;
    assert!(journal.keys().all(|(run, _)| *run == call.into()), "{journal:#?}");
    let codes: Vec<_> = journal
        .iter()
        .map(|((_, position), entry)| {
            let write = entry.write.as_ref().unwrap();
            assert_eq!(write.name.route, "/v1/pages");
            assert_eq!(write.request[0], "POST");
            let outcome = entry.outcome.as_ref();
            (position.as_str(), outcome.map(|outcome| outcome.as_ref().err().map(|problem| problem.code)))
        })
        .collect();
    // What isn't known has no outcome: whoever goes on looks for it.
    assert_eq!(codes, [("0", Some(None)), ("1", Some(Some(Code::InvalidInput))), ("2", None)]);

    // And each is an event of the audit, between the call's first and its last.
    let events = world.store.events.lock().clone();
    let kinds: Vec<&str> = events.iter().map(|event| event.act.kind()).collect();
    assert_eq!(kinds, ["call.started", "effect", "effect", "effect", "call.ended"]);
    assert!(events.iter().all(|event| event.call == Some(call)));
    let Act::Effect(effect) = &events[1].act else { panic!("{events:#?}") };
    assert_eq!((effect.route.as_str(), effect.target.as_str()), ("POST /v1/pages", "a thing"));
    assert_eq!((effect.code, effect.ids.as_slice()), (None, [PAGE.to_owned()].as_slice()));
    assert_eq!(effect.answer_digest.as_ref().map(String::len), Some(64));
    let Act::Effect(refused) = &events[2].act else { panic!("{events:#?}") };
    assert_eq!((&refused.answer_digest, &refused.request_id), (&None, &None));
    assert!(!world.store.runs.lock()[&call.into()].is_open, "the run has ended");
}

/// What the outside calls a request is in the audit, where its answer or its refusal says so, and nothing else that it says.
#[tokio::test]
async fn an_effect_has_the_outsides_own_id_of_the_request() {
    let answered = |id: Value| {
        let body = json!({"id": PAGE, "request_id": id}).into();
        Sent::Answered(toolbay_kernel::gate::Response { status: 200, body })
    };
    let refused = Problem::new(Code::InvalidInput, "no such property").details(json!({"request_id": "r-2"}));
    let world = World::with_connections(&["only"]);
    let long = "r".repeat(65);
    world.egress.answers.lock().extend([
        answered(json!("r-1")),
        Sent::Refused(refused),
        answered(json!("not an\nid")),
        answered(json!(long)),
    ]);
    data(call(&world.door(Limits::default()), "writes", json!({"count": 4})).await);
    let events = world.store.events.lock().clone();
    let ids: Vec<Option<&str>> = events
        .iter()
        .filter_map(|event| match &event.act {
            Act::Effect(effect) => Some(effect.request_id.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [Some("r-1"), Some("r-2"), None, None]);
}

/// What a call inside a call writes is in the journal of the outer one's run.
#[tokio::test]
async fn the_writes_of_a_nested_call_belong_to_the_run_around_it() {
    let world = World::with_connections(&["only"]);
    data(call(&world.door(Limits::default()), "passes_on", json!({"body": {"count": 2}})).await);
    let calls = world.store.calls();
    let [outer, inner] = calls.as_slice() else { panic!("{calls:#?}") };
    assert_eq!(inner.start.parent, Some(outer.call));
    let journal = world.store.journal.lock();
    let keys: Vec<_> = journal.keys().cloned().collect();
    assert_eq!(keys, [(outer.call.into(), "0.0".to_owned()), (outer.call.into(), "0.1".to_owned())]);
    assert_eq!(world.store.runs.lock().len(), 1);
}

/// A write that is under way when its caller goes stays open in the journal: its outcome has to be looked for.
#[tokio::test]
async fn a_write_that_nobody_saw_the_end_of_is_open_in_the_journal() {
    let world = hanging(1);
    let problem = refusal(call(&world.door(short()), "writes_through", json!({"count": 2})).await);
    is_told_as_unknown(&problem, 1);
    let journal = world.store.journal.lock();
    let open: Vec<_> =
        journal.iter().map(|((_, at), entry)| (at.as_str(), entry.outcome.is_none())).collect();
    assert_eq!(open, [("0", false), ("1", true)]);
}

/// What can't be recorded isn't sent.
#[tokio::test]
async fn a_write_that_can_not_be_recorded_is_not_sent() {
    let world = World::with_connections(&["only"]);
    let door = world.door(Limits::default());
    world.store.journal_fails.store(true, Ordering::Relaxed);
    let problem = refusal(call(&door, "write", json!({})).await);
    assert_eq!(problem.code, Code::Unavailable, "{problem:?}");
    assert!(world.egress.requests.lock().is_empty());
}

/// Whatever was answered is in the journal with its outcome and its event, at whatever await the caller leaves.
#[tokio::test]
async fn a_caller_that_leaves_at_any_await_leaves_no_answered_write_without_its_outcome() {
    let alone = ("runs_on", json!({"count": 3}));
    let nested = ("passes_on", json!({"body": {"count": 3}}));
    for (polls, (tool, arguments)) in (0..80).flat_map(|polls| [(polls, &alone), (polls, &nested)]) {
        let world = World::with_connections(&["only"]);
        world.store.yields.store(true, Ordering::Relaxed);
        let door = world.door(Limits::default());
        leaves_after(polls, &door, tool, arguments.clone()).await;
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        let calls = world.store.calls();
        let Some(end) = calls.first().map(|call| call.end.clone().unwrap()) else { continue };
        let journal = world.store.journal.lock();
        let recorded = journal.values().filter(|entry| entry.outcome.is_some()).count();
        let events = world.store.events.lock();
        let effects = events.iter().filter(|event| matches!(event.act, Act::Effect(_))).count();
        let carried_out = end
            .summary
            .split_once("carried out: ")
            .and_then(|(_, rest)| rest.split([',', ')']).next()?.parse().ok())
            .unwrap_or(0);
        let summary = &end.summary;
        assert_eq!((recorded, effects), (carried_out, carried_out), "after {polls} polls: {summary}");
        // What the calls inside it did comes before its end.
        let last = events.last().unwrap();
        assert_eq!((last.call, last.act.kind()), (Some(calls[0].call), "call.ended"), "{events:#?}");
    }
}
