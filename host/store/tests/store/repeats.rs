//! Runs of calls that are asked for again.

use std::time::Duration;

use serde_json::json;
use toolbay_kernel::audit::{Act, CallEnded, Effect, Event};
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::run::{
    Closing, EarlierRun, EarlierState, Entry, Journal as _, Lease, NewRun, Opening, Reopened, Repeat,
    RunOutcome, Runs, Write,
};
use toolbay_kernel::{Answer, Code, ConnectionId, PrincipalId, Problem};
use toolbay_store::{AuditQuery, AuditScope, Store};

use crate::audit::started;
use crate::harness::{installation, recorded_at, sqlite_installation, store};
use crate::jobs::entry;

const LEASE: Duration = Duration::from_secs(60);
const WINDOW: Duration = Duration::from_secs(600);

fn run(principal: PrincipalId, wish: &str, repeat: Repeat) -> (NewRun, Event) {
    let event = started("create_page", principal);
    let run = NewRun {
        call: event.call.unwrap(),
        principal,
        tool: "create_page".parse().unwrap(),
        connection: Some(ConnectionId::of_environment("default")),
        lease: LEASE,
        fingerprint: wish.to_owned(),
        repeat,
        waits: false,
    };
    (run, event)
}

fn key(text: &str) -> Repeat {
    Repeat::Key(text.to_owned())
}

async fn open(store: &Store, (run, event): &(NewRun, Event)) -> Opening {
    store.open(run, event).await.unwrap()
}

fn lease(run: &NewRun, fence: i64) -> Lease {
    Lease { run: run.call.into(), fence }
}

fn ended(event: &Event) -> Event {
    let act = Act::CallEnded(CallEnded {
        tool: "create_page".parse().unwrap(),
        code: None,
        summary: "create_page: succeeded".to_owned(),
        touched: Vec::new(),
        effects: 1,
        duration_ms: 1,
    });
    Event { act, ..event.clone() }
}

fn outcome() -> RunOutcome {
    RunOutcome(Ok(Answer::data(json!({"id": "canary-of-an-answer"}))))
}

async fn close(
    store: &Store,
    run: &(NewRun, Event),
    fence: i64,
    outcome: Option<&RunOutcome>,
    is_left: bool,
) {
    let event = ended(&run.1);
    let closing = Closing {
        is_success: true,
        outcome,
        is_left,
        forgets: outcome.is_some(),
        reopened: &[],
        ended: &event,
    };
    Runs::close(store, lease(&run.0, fence), &[], closing).await.unwrap();
}

/// A run that is there, under its first lease.
fn earlier(run: &NewRun, state: EarlierState) -> Opening {
    earlier_of(run, 1, state)
}

fn earlier_of(run: &NewRun, fence: i64, state: EarlierState) -> Opening {
    Opening::Earlier(EarlierRun { lease: lease(run, fence), connection: run.connection, state })
}

fn resumed(run: &NewRun, fence: i64) -> Opening {
    earlier_of(run, fence, EarlierState::Resumed)
}

/// The writes of a run, as sent.
fn sent(position: &str) -> Entry {
    let name =
        WriteName { method: "POST".to_owned(), route: "/v1/pages".to_owned(), target: "a page".to_owned() };
    let request = json!(["POST", ["v1", "pages"], [], {"properties": "canary-of-a-request"}]);
    Entry { write: Some(Write { name, request }), ..entry(position, None) }
}

#[tokio::test]
async fn a_key_is_its_principals_and_its_tools_and_is_kept_as_a_digest() {
    let (store, _installation) = store().await;
    let who = PrincipalId::new();
    let first = run(who, "wish", key("k"));
    assert_eq!(store.keyed(who, &first.0.tool, "k").await.unwrap(), None);
    assert_eq!(open(&store, &first).await, Opening::New);
    assert_eq!(store.keyed(who, &first.0.tool, "k").await.unwrap(), Some(first.0.connection));
    assert_eq!(open(&store, &run(who, "wish", key("k"))).await, earlier(&first.0, EarlierState::Running));
    assert_eq!(
        open(&store, &run(who, "another", key("k"))).await,
        earlier(&first.0, EarlierState::OtherArguments)
    );
    assert_eq!(open(&store, &run(PrincipalId::new(), "wish", key("k"))).await, Opening::New);
    assert_eq!(open(&store, &run(who, "wish", key("other"))).await, Opening::New);
    assert_eq!(open(&store, &run(who, "wish", Repeat::Never)).await, Opening::New);

    close(&store, &first, 1, Some(&outcome()), false).await;
    for _ in 0..2 {
        let told = open(&store, &run(who, "wish", key("k"))).await;
        assert_eq!(told, earlier(&first.0, EarlierState::Ended(outcome())));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_open_under_one_key_one_does() {
    let installation = installation().await;
    let (who, mut tasks) = (PrincipalId::new(), tokio::task::JoinSet::new());
    for _ in 0..4 {
        let store = installation.open().await;
        for _ in 0..16 {
            let (store, run) = (store.clone(), run(who, "wish", key("k")));
            tasks.spawn(async move { open(&store, &run).await });
        }
    }
    let opened = tasks.join_all().await;
    assert_eq!(opened.iter().filter(|opening| **opening == Opening::New).count(), 1, "{opened:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_take_an_interrupted_run_over_one_does() {
    let installation = installation().await;
    let store = installation.open().await;
    let who = PrincipalId::new();
    for repeat in [key("k"), Repeat::Left(WINDOW)] {
        let mut first = run(who, "wish", repeat.clone());
        first.0.lease = Duration::ZERO;
        assert_eq!(open(&store, &first).await, Opening::New);
        tokio::time::sleep(Duration::from_millis(10)).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (store, run) = (installation.open().await, run(who, "wish", repeat.clone()));
            tasks.spawn(async move { open(&store, &run).await });
        }
        let opened = tasks.join_all().await;
        let taken = resumed(&first.0, 2);
        assert_eq!(opened.iter().filter(|opening| **opening == taken).count(), 1, "{opened:#?}");
        let is_new = opened.iter().filter(|opening| **opening == Opening::New).count();
        match repeat {
            Repeat::Key(_) => assert_eq!(is_new, 0, "{opened:#?}"),
            // Who asks while another goes on is a caller of its own: nobody has left that one.
            _ => assert_eq!(is_new, 15, "{opened:#?}"),
        }
    }
}

#[tokio::test]
async fn a_call_that_was_left_is_found_until_somebody_is_told() {
    let (store, _installation) = store().await;
    let who = PrincipalId::new();
    let again = |wish: &str| run(who, wish, Repeat::Left(WINDOW));
    // Answered: never a repeat.
    let answered = again("answered");
    assert_eq!(open(&store, &answered).await, Opening::New);
    assert_eq!(open(&store, &again("answered")).await, Opening::New, "its caller is there");
    close(&store, &answered, 1, None, false).await;
    assert_eq!(open(&store, &again("answered")).await, Opening::New);

    let left = again("left");
    assert_eq!(open(&store, &left).await, Opening::New);
    store.leave(lease(&left.0, 1), None).await.unwrap();
    assert_eq!(open(&store, &again("left")).await, earlier(&left.0, EarlierState::Running));
    assert_eq!(open(&store, &again("another")).await, Opening::New);
    assert_eq!(open(&store, &run(PrincipalId::new(), "left", Repeat::Left(WINDOW))).await, Opening::New);
    assert_eq!(open(&store, &run(who, "left", Repeat::Never)).await, Opening::New);
    close(&store, &left, 1, Some(&outcome()), true).await;
    assert_eq!(open(&store, &again("left")).await, earlier(&left.0, EarlierState::Ended(outcome())));
    assert_eq!(open(&store, &again("left")).await, Opening::New, "somebody was told");
    // Nobody was there for that either.
    store.leave(lease(&left.0, 1), Some(&outcome())).await.unwrap();
    assert_eq!(open(&store, &again("left")).await, earlier(&left.0, EarlierState::Ended(outcome())));

    // Who notes it late, when somebody else has been told, changes nothing.
    let stale = Lease { fence: 0, ..lease(&left.0, 1) };
    store.leave(stale, Some(&outcome())).await.unwrap();
    assert_eq!(open(&store, &again("left")).await, Opening::New);

    // Stopped on its way: it goes on.
    let stopped = again("stopped");
    assert_eq!(open(&store, &stopped).await, Opening::New);
    close(&store, &stopped, 1, None, true).await;
    let went_on = open(&store, &again("stopped")).await;
    assert_eq!(went_on, resumed(&stopped.0, 2));

    // Too long ago.
    let late = again("late");
    assert_eq!(open(&store, &late).await, Opening::New);
    close(&store, &late, 1, Some(&outcome()), true).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let window = Repeat::Left(Duration::from_millis(5));
    assert_eq!(open(&store, &run(who, "late", window)).await, Opening::New);
}

#[tokio::test]
async fn who_has_lost_a_run_changes_nothing_of_it_and_what_it_did_is_told() {
    let (store, _installation) = store().await;
    let mut first = run(PrincipalId::new(), "wish", key("k"));
    first.0.lease = Duration::ZERO;
    assert_eq!(open(&store, &first).await, Opening::New);
    tokio::time::sleep(Duration::from_millis(10)).await;
    let second = run(first.0.principal, "wish", key("k"));
    assert_eq!(open(&store, &second).await, resumed(&first.0, 2));
    let resumed = lease(&first.0, 2);
    assert!(store.record(resumed, &[sent("0")]).await.unwrap());
    assert!(!store.record(lease(&first.0, 1), &[sent("1")]).await.unwrap());
    assert!(!store.extend(lease(&first.0, 1), LEASE).await.unwrap());
    assert!(store.extend(resumed, LEASE).await.unwrap());
    let effect = Act::Effect(Effect {
        tool: first.0.tool.clone(),
        egress: "notion".to_owned(),
        route: "POST /v1/pages".to_owned(),
        target: "a page".to_owned(),
        digest: "cd".repeat(32),
        code: None,
        ids: Vec::new(),
        answer_digest: None,
        request_id: None,
    });
    let effect = Event { act: effect, ..first.1.clone() };
    let lost =
        Entry { event: Some(effect.clone()), ..entry("0", Some(json!({"status": 200, "text": "{}"}))) };
    let event = ended(&first.1);
    let closing = Closing {
        is_success: true,
        outcome: Some(&outcome()),
        is_left: false,
        forgets: true,
        reopened: &[],
        ended: &event,
    };
    Runs::close(store.as_ref(), lease(&first.0, 1), &[lost], closing).await.unwrap();
    assert!(store.recorded(first.0.call.into()).await.unwrap()["0"].open_since.is_some());
    assert_eq!(
        open(&store, &run(first.0.principal, "wish", key("k"))).await,
        earlier_of(&first.0, 2, EarlierState::Running)
    );
    let newest = store.audit(AuditQuery::newest(AuditScope::Everything, 2)).await.unwrap();
    let newest: Vec<_> = newest.into_iter().map(|recorded| recorded.event).collect();
    assert_eq!(newest, [event, effect], "it is in the audit all the same");
}

#[tokio::test]
async fn what_is_asked_for_again_is_open_or_gone() {
    let (store, _installation) = store().await;
    let first = run(PrincipalId::new(), "wish", key("k"));
    assert_eq!(open(&store, &first).await, Opening::New);
    let (own, id) = (lease(&first.0, 1), first.0.call.into());
    assert!(store.record(own, &[sent("0"), sent("1")]).await.unwrap());
    let unknown = Problem::new(Code::OutcomeUnknown, "it may have been carried out");
    let read = Problem::new(Code::UpstreamFailed, "502");
    let entries = [
        entry("0", Some(json!({"status": 200, "text": "{}"}))),
        Entry { outcome: Some(Err(unknown)), ..entry("1", None) },
        Entry { outcome: Some(Err(read)), ..entry("2", None) },
    ];
    let reopened = [("1", true), ("2", false)]
        .map(|(position, is_sent)| Reopened { position: position.to_owned(), is_sent });
    let event = ended(&first.1);
    let closing = Closing {
        is_success: false,
        outcome: None,
        is_left: false,
        forgets: false,
        reopened: &reopened,
        ended: &event,
    };
    Runs::close(store.as_ref(), own, &entries, closing).await.unwrap();
    let known = store.recorded(id).await.unwrap();
    assert_eq!(known.len(), 2, "{known:?}");
    assert!(known["0"].open_since.is_none() && known["1"].open_since.is_some(), "{known:?}");
    let open_writes = store.open_writes(id).await.unwrap();
    assert_eq!((open_writes.len(), &open_writes[0].write), (1, sent("1").write.as_ref().unwrap()));
}

#[tokio::test]
async fn a_run_that_nobody_has_is_taken_and_ends_or_is_given_back() {
    let (store, installation) = store().await;
    let mut lost = run(PrincipalId::new(), "wish", Repeat::Left(WINDOW));
    lost.0.lease = Duration::ZERO;
    let held = run(PrincipalId::new(), "wish", Repeat::Left(WINDOW));
    for run in [&lost, &held] {
        assert_eq!(open(&store, run).await, Opening::New);
    }
    assert!(store.record(lease(&held.0, 1), &[sent("0")]).await.unwrap());
    tokio::time::sleep(Duration::from_millis(10)).await;
    let beside = installation.open().await;
    for fence in [2, 3] {
        let taken = beside.take_interrupted(LEASE, 10).await.unwrap();
        assert_eq!(taken.len(), 1, "{taken:?}");
        assert_eq!((taken[0].lease, &taken[0].tool), (lease(&lost.0, fence), &lost.0.tool));
        assert_eq!(taken[0].connection, lost.0.connection);
        assert!(store.take_interrupted(LEASE, 10).await.unwrap().is_empty(), "one has it");
        beside.settle(taken[0].lease, &[], &[], None).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let taken = beside.take_interrupted(LEASE, 10).await.unwrap();
    let end = ended(&lost.1);
    let stale = Lease { fence: 1, ..taken[0].lease };
    beside.settle(stale, &[sent("0")], &[], Some(&end)).await.unwrap();
    beside.settle(taken[0].lease, &[entry("0", Some(json!(1)))], &[], Some(&end)).await.unwrap();
    assert_eq!(recorded_at(&store, lost.0.call.into(), "0").await.unwrap(), Some(Ok(json!(1))));
    assert!(store.take_interrupted(LEASE, 10).await.unwrap().is_empty());
    let events = store.audit(AuditQuery::newest(AuditScope::Everything, 10)).await.unwrap();
    let ends = events.iter().filter(|event| event.event.act.kind() == "call.ended").count();
    assert_eq!(ends, 1, "{events:#?}");
    // Asked again, it goes on: its host left it, and so its caller did.
    let again = run(lost.0.principal, "wish", Repeat::Left(WINDOW));
    assert!(matches!(
        open(&store, &again).await,
        Opening::Earlier(EarlierRun { state: EarlierState::Resumed, .. })
    ));
}

/// What a clock says that was set back doesn't keep anybody from a run.
#[tokio::test]
async fn a_lease_from_the_future_is_none() {
    let (store, installation) = store().await;
    let first = run(PrincipalId::new(), "wish", key("k"));
    assert_eq!(open(&store, &first).await, Opening::New);
    let ahead = "UPDATE runs SET lease_until = lease_until + 86400000, created_at = created_at + 86400000";
    assert_eq!(installation.tamper(ahead).await.unwrap(), 1);
    let again = open(&store, &run(first.0.principal, "wish", key("k"))).await;
    assert_eq!(again, resumed(&first.0, 2));
}

#[tokio::test]
async fn the_one_host_that_serves_a_file_takes_its_own_calls_at_its_start() {
    let installation = sqlite_installation();
    let serving = Store::open_serving(installation.settings.clone()).await.unwrap();
    let beside = installation.open().await;
    let [own, of_command] = ["own", "of a command"].map(|wish| run(PrincipalId::new(), wish, key(wish)));
    assert_eq!(open(&serving, &own).await, Opening::New);
    assert_eq!(open(&beside, &of_command).await, Opening::New);
    drop(serving);
    let next = Store::open_serving(installation.settings.clone()).await.unwrap();
    let taken = next.take_interrupted(LEASE, 10).await.unwrap();
    assert_eq!(taken.iter().map(|run| run.lease.run).collect::<Vec<_>>(), [own.0.call.into()]);
}
