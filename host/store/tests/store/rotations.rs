//! Keys change while others read, write and renew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::task::JoinSet;
use toolbay_kernel::administration::{Refused, Workspace};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::connecting::{ConnectingStore as _, Turn};
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::jobs::{JobEnd, JobStore as _};
use toolbay_kernel::ports::Credentials as _;
use toolbay_kernel::run::{Entry, Journal as _, RunKind, Runs as _, Write};
use toolbay_kernel::{Answer, ConnectionId, PrincipalId, System};
use toolbay_store::Store;

use crate::connecting::{authorized, digest, pending};
use crate::harness::{connect, on_postgres, operator, recorded_at, store};
use crate::jobs::{entry, job_of};
use crate::keys::{keys, large};

const MINUTE: Duration = Duration::from_secs(60);

/// Long enough for others to get their turn.
const PAUSE: Duration = Duration::from_millis(5);

fn silent(_: u64, _: u64) {}

/// Replaces the active key and removes the one that was.
async fn rotate(by: &Arc<Store>) {
    let keys = keys(by);
    let key = keys.add(&operator()).await.unwrap();
    keys.promote(key, &operator()).await.unwrap();
    let done = keys.reencrypt(&operator(), &silent).await.unwrap();
    assert_eq!((done.busy, done.unreadable), (0, 0));
    keys.retire(key - 1, &operator()).await.unwrap();
}

/// Work beside the rotations, until they are done.
#[derive(Clone, Default)]
struct Load {
    is_done: Arc<AtomicBool>,
    turns: Arc<AtomicU64>,
}

impl Load {
    fn goes_on(&self) -> bool {
        self.turns.fetch_add(1, Ordering::Relaxed);
        !self.is_done.load(Ordering::Relaxed)
    }
}

async fn read_credentials(store: Arc<Store>, ids: Vec<ConnectionId>, load: Load) -> u64 {
    let mut reads = 0;
    while load.goes_on() {
        for (bot, id) in ids.iter().enumerate() {
            let credential = store.credential(*id).await.unwrap().unwrap();
            let of_bot = format!("ntn_bot{bot}_");
            assert!(credential.expose_secret().starts_with(&of_bot));
            reads += 1;
        }
        tokio::time::sleep(PAUSE).await;
    }
    reads
}

/// Renews one connection again and again; answers the number of its last credential.
async fn renew(store: Arc<Store>, id: ConnectionId, bot: String, load: Load) -> u64 {
    let mut number = 1;
    while load.goes_on() {
        let turn = store.turn(id, MINUTE).await.unwrap();
        let Turn::Ours(lease) = turn else { panic!("{turn:?}") };
        assert_eq!(lease.credential.expose_secret(), format!("ntn_{bot}_{number}"));
        assert_eq!(lease.refresh_credential.expose_secret(), format!("nrt_{bot}_{number}"));
        number += 1;
        assert!(store.renewed(id, &lease, &authorized(&bot, number), &Actor::host()).await.unwrap());
        tokio::time::sleep(PAUSE).await;
    }
    u64::from(number)
}

async fn run_jobs(store: Arc<Store>, reader: Arc<Store>, load: Load) -> u64 {
    let mut jobs = 0;
    let principal = PrincipalId::new();
    while load.goes_on() {
        let job = job_of(principal);
        assert!(store.add(&job, 10).await.unwrap());
        let claimed = reader.claim(MINUTE, 10).await.unwrap().unwrap();
        assert_eq!(claimed.job, job);
        let name = WriteName { method: "PATCH".into(), route: "/v1/pages".into(), target: "p".into() };
        let write = Some(Write { name, request: json!({"job": jobs}) });
        let intent = Entry { write: write.clone(), ..entry("0", None) };
        assert!(store.record(claimed.lease, &[intent]).await.unwrap());
        let outcome = Entry { write, ..entry("0", Some(json!({"answer": jobs}))) };
        assert!(store.record(claimed.lease, &[outcome, entry("1", Some(json!(jobs)))]).await.unwrap());
        let run = job.id.into();
        assert_eq!(recorded_at(&reader, run, "0").await.unwrap(), Some(Ok(json!({"answer": jobs}))));
        assert_eq!(reader.writes(run, None, 10).await.unwrap().len(), 1);
        let end = JobEnd::Succeeded(Answer::data(json!({"jobs": jobs})));
        assert!(store.finish(claimed.lease, &end).await.unwrap());
        assert_eq!(reader.job(job.id, principal).await.unwrap().unwrap().end, Some(end));
        jobs += 1;
        if jobs % 25 == 0 {
            tokio::time::sleep(PAUSE).await;
            store.remove_ended(RunKind::Job, Duration::ZERO).await.unwrap();
        }
        tokio::time::sleep(PAUSE).await;
    }
    jobs
}

async fn authorize(store: Arc<Store>, taker: Arc<Store>, byte: u8, load: Load) -> u64 {
    let mut authorizations = 0;
    let principal = PrincipalId::new();
    while load.goes_on() {
        assert!(store.begin(digest(byte), &pending(principal), MINUTE, 5).await.unwrap());
        tokio::time::sleep(PAUSE).await;
        assert_eq!(taker.take(digest(byte)).await.unwrap(), Some(pending(principal)));
        authorizations += 1;
    }
    authorizations
}

/// Two hosts are at work, and the keys are changed by both and by a third process.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_rotations_under_load_lose_nothing() {
    let (one, installation) = store().await;
    let other = installation.open().await;
    let mut ids = Vec::new();
    for bot in 0..4 {
        let given = authorized(&format!("bot{bot}"), 1);
        ids.push(one.adopt(&System::Notion, &given, &operator(), None).await.unwrap().id);
    }
    let load = Load::default();
    let mut renewals = JoinSet::new();
    let mut work = JoinSet::new();
    for (bot, id) in ids.iter().enumerate() {
        let store = [&one, &other][bot % 2];
        renewals.spawn({
            let renewing = renew(Arc::clone(store), *id, format!("bot{bot}"), load.clone());
            async move { (bot, renewing.await) }
        });
    }
    for store in [&one, &other] {
        work.spawn(read_credentials(Arc::clone(store), ids.clone(), load.clone()));
    }
    work.spawn(run_jobs(Arc::clone(&one), Arc::clone(&other), load.clone()));
    work.spawn(authorize(Arc::clone(&one), Arc::clone(&other), 1, load.clone()));
    work.spawn(authorize(Arc::clone(&other), Arc::clone(&one), 2, load.clone()));

    let third = installation.open().await;
    for number in 0..100 {
        let before = load.turns.load(Ordering::Relaxed);
        rotate([&third, &one, &other][number % 3]).await;
        let met = async {
            while load.turns.load(Ordering::Relaxed) == before {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(MINUTE, met).await.expect("each rotation meets others at work");
    }
    load.is_done.store(true, Ordering::Relaxed);

    while let Some(done) = work.join_next().await {
        assert!(done.unwrap() >= 20, "there was work beside");
    }
    while let Some(last) = renewals.join_next().await {
        let (bot, number) = last.unwrap();
        assert!(number >= 20, "credentials were renewed beside");
        for store in [&one, &other] {
            let credential = store.credential(ids[bot]).await.unwrap().unwrap();
            assert_eq!(credential.expose_secret(), format!("ntn_bot{bot}_{number}"), "the last one is kept");
        }
    }
    let verified = keys(&one).verify(&|_| {}).await.unwrap();
    assert!(verified.unreadable.is_empty(), "{verified:?}");
    assert_eq!(verified.values.keys().copied().collect::<Vec<_>>(), [101]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_beside_the_move_is_kept() {
    let (one, installation) = store().await;
    let other = installation.open().await;
    let id = one.adopt(&System::Notion, &authorized("a", 1), &operator(), None).await.unwrap().id;
    let load = Load::default();
    let renewing = tokio::spawn(renew(Arc::clone(&other), id, "a".to_owned(), load.clone()));
    for _ in 0..10 {
        rotate(&one).await;
    }
    load.is_done.store(true, Ordering::Relaxed);
    let number = renewing.await.unwrap();
    let credential = one.credential(id).await.unwrap().unwrap();
    assert_eq!(credential.expose_secret(), format!("ntn_a_{number}"));
}

#[tokio::test]
async fn a_move_that_was_interrupted_goes_on() {
    let (store, installation) = store().await;
    for number in 0..150 {
        let secret = SecretString::from(format!("ntn_{number}"));
        connect(&store, &format!("c{number:03}"), &secret, Workspace::default()).await.unwrap();
    }
    // Two that don't fit into one transaction.
    let job = job_of(PrincipalId::new());
    for _ in 0..3 {
        let job = toolbay_kernel::jobs::NewJob {
            id: toolbay_kernel::JobId::new(),
            arguments: large(),
            ..job.clone()
        };
        assert!(store.add(&job, 10).await.unwrap());
    }
    let key = keys(&store).add(&operator()).await.unwrap();
    keys(&store).promote(key, &operator()).await.unwrap();
    let begun = tokio::sync::Notify::new();
    let progress = |moved: u64, found: u64| {
        assert_eq!(found, 153);
        if moved > 0 {
            begun.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = begun.notified() => {}
        done = async { keys(&store).reencrypt(&operator(), &progress).await.unwrap() } => panic!("{done:?}"),
    }
    let values: Vec<u64> = keys(&store).status().await.unwrap().iter().map(|status| status.values).collect();
    assert!(values[0] > 0 && values[1] > 0 && values[0] + values[1] == 153, "{values:?}");

    let again = installation.open().await;
    let done = keys(&again).reencrypt(&operator(), &silent).await.unwrap();
    assert_eq!((done.found, done.moved), (values[0], values[0]));
    let verified = keys(&again).verify(&|_| {}).await.unwrap();
    assert_eq!((verified.values, verified.unreadable.len()), ([(key, 153)].into(), 0));
}

/// With SQLite who writes is alone, so that no promotion finds anybody in the middle of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_began_to_write_before_a_promotion_is_waited_for() {
    if !on_postgres() {
        return;
    }
    let (store, installation) = store().await;
    let other = installation.open().await;
    let key = keys(&other).add(&operator()).await.unwrap();
    let mut holder = PgConnection::connect(&installation.settings.database_url).await.unwrap();
    let run = async |connection: &mut PgConnection, sql: &'static str| {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
    };
    let waiting = "SELECT CAST(COUNT(*) AS TEXT) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                   AND datname = current_database()";
    // Whoever wants the same name has encrypted, and waits to hear whether the name is free.
    run(&mut holder, "BEGIN").await;
    run(
        &mut holder,
        "INSERT INTO connections (id, name, credential, created_at, updated_at) VALUES ('x', 'late', '', 0, 0)",
    )
    .await;
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { connect(&store, "late", &SecretString::from("ntn_late"), Workspace::default()).await }
    });
    while installation.ask(waiting).await != "1" {
        assert!(!writing.is_finished());
        tokio::time::sleep(PAUSE).await;
    }
    keys(&other).promote(key, &operator()).await.unwrap();
    let retiring = tokio::spawn({
        let keys = keys(&other);
        async move { keys.retire(key - 1, &operator()).await }
    });
    while installation.ask(waiting).await != "2" {
        assert!(!retiring.is_finished(), "it must wait for who writes");
        tokio::time::sleep(PAUSE).await;
    }
    // Others aren't held up meanwhile.
    connect(&other, "new", &SecretString::from("ntn_new"), Workspace::default()).await.unwrap();
    run(&mut holder, "ROLLBACK").await;
    let late = writing.await.unwrap().unwrap();
    let refused = retiring.await.unwrap();
    assert!(matches!(refused, Err(Refused::KeyInUse { key: 1, values: 1 })), "{refused:?}");
    keys(&other).reencrypt(&operator(), &silent).await.unwrap();
    keys(&other).retire(1, &operator()).await.unwrap();
    assert_eq!(store.credential(late).await.unwrap().unwrap().expose_secret(), "ntn_late");
}
