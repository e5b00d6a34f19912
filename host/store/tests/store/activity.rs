//! What people look at: pages of events by what is looked for, also of very many.

use std::time::{Duration, Instant};

use serde_json::json;
use toolbay_kernel::activity::{ActivityQuery, ActivityStore};
use toolbay_kernel::audit::{Act, CallStarted, Effect, Event, GrantChange, JobChange, RecordedEvent};
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::jobs::{JobEnd, JobQuery, JobStatus, JobStore as _, Progress, Unfinished};
use toolbay_kernel::ports::AuditLog as _;
use toolbay_kernel::run::{Entry, Journal as _, Write};
use toolbay_kernel::{CallId, Code, PrincipalId, Problem};
use toolbay_store::Store;

use crate::audit::{ended, started};
use crate::harness::{on_postgres, operator, store};
use crate::jobs::{entry, job_of};

const LEASE: Duration = Duration::from_secs(60);

fn page(limit: u32) -> ActivityQuery {
    ActivityQuery { limit, ..ActivityQuery::default() }
}

async fn found(store: &Store, wanted: ActivityQuery) -> Vec<Event> {
    store.activity(&wanted).await.unwrap().into_iter().map(|recorded| recorded.event).collect()
}

fn effect(start: &Event, code: Option<Code>) -> Event {
    let effect = Effect {
        tool: "create_page".parse().unwrap(),
        egress: "notion".to_owned(),
        route: "POST /v1/pages".to_owned(),
        target: "a page".to_owned(),
        digest: "cd".repeat(32),
        code,
        ids: vec!["p1".to_owned()],
        answer_digest: None,
        request_id: None,
    };
    Event { act: Act::Effect(effect), ..start.clone() }
}

fn within(outer: &Event, tool: &str) -> Event {
    let inner = started(tool, outer.by.principal);
    let Act::CallStarted(start) = inner.act else { panic!() };
    Event { act: Act::CallStarted(CallStarted { parent: outer.call, ..start }), ..inner }
}

#[tokio::test]
async fn each_narrowing_finds_what_it_says() {
    let (store, _installation) = store().await;
    let (ada, bob) = (PrincipalId::new(), PrincipalId::new());
    let good = started("create_page", ada);
    let bad = started("trash_page", ada);
    let running = started("create_page", bob);
    let grant = Act::Grant {
        plugin: "notes".parse().unwrap(),
        capability: "notion.read".to_owned(),
        change: GrantChange::Granted,
    };
    let grant = Event::of_host(&operator(), grant);
    let (good_end, bad_end) = (ended(&good, None), ended(&bad, Some(Code::NotFound)));
    let (good_effect, bad_effect) = (effect(&good, None), effect(&bad, Some(Code::NotFound)));
    for event in [&good, &good_effect, &good_end, &grant, &bad, &bad_effect, &bad_end, &running] {
        store.append(event).await.unwrap();
    }
    let all = [&running, &bad_end, &grant, &good_end].map(Clone::clone);
    assert_eq!(found(&store, page(10)).await, all, "a call is one event");
    assert_eq!(found(&store, page(2)).await, all[..2]);
    let of = |principal| ActivityQuery { principal: Some(principal), ..page(10) };
    assert_eq!(found(&store, of(ada)).await, [bad_end.clone(), good_end.clone()]);
    let about = ActivityQuery { subject: Some("create_page".to_owned()), ..page(10) };
    assert_eq!(found(&store, about.clone()).await, [running.clone(), good_end.clone()]);
    assert_eq!(
        found(&store, ActivityQuery { principal: Some(ada), ..about }).await,
        std::slice::from_ref(&good_end)
    );
    let kind = |kind: &str| ActivityQuery { kind: Some(kind.to_owned()), ..page(10) };
    assert_eq!(found(&store, kind("grant")).await, [grant]);
    assert_eq!(found(&store, kind("effect")).await, [bad_effect.clone(), good_effect]);
    assert_eq!(found(&store, kind("call.started")).await, [running.clone(), bad.clone(), good.clone()]);
    let failed = ActivityQuery { only_failed: true, ..page(10) };
    assert_eq!(found(&store, failed.clone()).await, std::slice::from_ref(&bad_end));
    assert_eq!(found(&store, ActivityQuery { principal: Some(bob), ..failed.clone() }).await, []);
    let failed_effects = ActivityQuery { kind: Some("effect".to_owned()), ..failed };
    assert_eq!(found(&store, failed_effects).await, [bad_effect]);

    let of_call = store.events_of_call(good.call.unwrap(), 2).await.unwrap();
    let told: Vec<&Event> = of_call.iter().map(|recorded| &recorded.event).collect();
    assert_eq!(told, [&good, &good_end], "its beginning and its end first of all");
    let of_call = store.events_of_call(good.call.unwrap(), 9).await.unwrap();
    assert!(of_call.len() == 3 && of_call.is_sorted_by_key(|recorded| recorded.seq), "oldest first");
    assert_eq!(store.events_of_call(CallId::new(), 2).await.unwrap(), []);
}

#[tokio::test]
async fn the_calls_of_a_call_are_between_its_beginning_and_its_end() {
    let (store, _installation) = store().await;
    let ada = PrincipalId::new();
    let outer = started("bulk", ada);
    let inner = within(&outer, "create_page");
    let others = started("create_page", PrincipalId::new());
    let events = [&outer, &others, &inner, &effect(&inner, None), &ended(&inner, None), &ended(&outer, None)];
    for event in events {
        store.append(event).await.unwrap();
    }
    let after = started("create_page", ada);
    store.append(&after).await.unwrap();
    let own = store.events_of_call(outer.call.unwrap(), 10).await.unwrap();
    let [first, last] = own.as_slice() else { panic!("{own:?}") };
    let between = store.calls_between(ada, first.seq, last.seq, 100).await.unwrap();
    let told: Vec<&Event> = between.iter().map(|recorded| &recorded.event).collect();
    assert_eq!(told, [events[0], events[2], events[3], events[4], events[5]]);
    assert_eq!(store.calls_between(ada, first.seq, i64::MAX, 3).await.unwrap().len(), 3);

    let newest = store.newest_event().await.unwrap();
    let happened = store.events_after(newest - 1, 10).await.unwrap();
    assert_eq!(
        happened.iter().map(|event| (event.seq, event.principal)).collect::<Vec<_>>(),
        [(newest, ada)]
    );
    assert_eq!(store.events_after(newest, 10).await.unwrap(), []);
}

#[tokio::test]
async fn the_jobs_of_everybody_come_page_after_page_with_why_they_failed() {
    let (store, _installation) = store().await;
    let (first, second, third) =
        (job_of(PrincipalId::new()), job_of(PrincipalId::new()), job_of(PrincipalId::new()));
    let mut known = started("job_start", first.principal);
    known.by.name = "Ada".to_owned();
    store.append(&known).await.unwrap();
    for job in [&first, &second, &third] {
        assert!(store.add(job, 10).await.unwrap());
        // Those of one millisecond have no order that a test knows.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let wanted = |limit, after, status| JobQuery { limit, after, status };
    let claimed = store.claim(LEASE, 10).await.unwrap().unwrap();
    let progress = Progress { done: 2, total: Some(5), message: Some("row".to_owned()) };
    store.renew(claimed.lease, LEASE, Some(&progress)).await.unwrap();
    let open = store.open_jobs(10).await.unwrap();
    let ids: Vec<_> = open.iter().map(|job| (job.id, job.principal)).collect();
    assert_eq!(ids, [&first, &second, &third].map(|job| (job.id, job.principal)));
    assert_ne!(open[0].state, open[1].state, "what has gone on differs");
    let problem = Problem::new(Code::NotFound, "gone").hint("look elsewhere");
    let end = JobEnd::Failed(problem.clone(), Unfinished::default());
    assert!(store.finish(claimed.lease, &end).await.unwrap());
    assert_eq!(store.open_jobs(10).await.unwrap().len(), 2);
    assert_eq!(store.open_jobs(1).await.unwrap().len(), 1);

    let page = store.jobs_of_everybody(wanted(2, None, None)).await.unwrap();
    assert_eq!(page.iter().map(|job| job.job.id).collect::<Vec<_>>(), [third.id, second.id]);
    assert!(page.iter().all(|job| job.problem.is_none() && job.name.is_none()));
    let after = Some(page[1].job.cursor());
    let [last] = store.jobs_of_everybody(wanted(2, after, None)).await.unwrap().try_into().unwrap();
    assert_eq!(
        (last.job.id, last.job.status, last.principal),
        (first.id, JobStatus::Failed, first.principal)
    );
    assert_eq!((last.name.as_deref(), last.problem.clone()), (Some("Ada"), Some(problem)));
    assert_eq!(last.job.progress, Some(progress));
    let failed = store.jobs_of_everybody(wanted(9, None, Some(JobStatus::Failed))).await.unwrap();
    assert_eq!(failed, [last]);

    assert_eq!(store.kept_job(second.id).await.unwrap(), Some(second.clone()));
    assert!(ActivityStore::stop_job(&*store, second.id, &operator()).await.unwrap());
    assert!(!ActivityStore::stop_job(&*store, second.id, &operator()).await.unwrap(), "it has ended");
    let stopped = store.jobs_of_everybody(wanted(9, None, Some(JobStatus::Cancelled))).await.unwrap();
    assert_eq!(stopped.iter().map(|job| job.job.id).collect::<Vec<_>>(), [second.id]);
    store.note_again(&second, &operator()).await.unwrap();
    let noted = found(&store, page_of_jobs()).await;
    let change = |event: &Event| match &event.act {
        Act::Job { job, change, .. } => Some((*job, *change)),
        _ => None,
    };
    let expected = [(second.id, JobChange::StartedAgain), (second.id, JobChange::Cancelled)];
    assert_eq!(noted.iter().filter_map(change).collect::<Vec<_>>(), expected);
}

fn page_of_jobs() -> ActivityQuery {
    ActivityQuery { kind: Some("job".to_owned()), ..page(10) }
}

#[tokio::test]
async fn a_write_is_told_as_the_journal_has_it_unless_it_is_large() {
    let (store, _installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let lease = store.claim(LEASE, 10).await.unwrap().unwrap().lease;
    let name = WriteName { method: "POST".into(), route: "/v1/pages".into(), target: "a page".into() };
    let write = |text: &str| Some(Write { name: name.clone(), request: json!({"text": text}) });
    let answer = json!({"status": 200, "text": "{}"});
    let entries = [
        entry("0", Some(json!("read"))),
        Entry { write: write("small"), ..entry("1", Some(answer.clone())) },
        Entry { write: write(&"large ".repeat(1_000)), ..entry("2", None) },
    ];
    assert!(store.record(lease, &entries).await.unwrap());
    let told = store.kept_writes(job.id.into(), 10, 1_000).await.unwrap();
    let [small, large] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((&small.digest, &small.name), (&"digest of 1".to_owned(), &name));
    assert_eq!((&small.request, &small.outcome), (&Some(json!({"text": "small"})), &Some(Ok(answer))));
    assert_eq!((&large.request, &large.outcome), (&None, &None));
    assert_eq!(store.kept_writes(job.id.into(), 1, 1_000).await.unwrap().len(), 1);
    assert_eq!(store.kept_writes(CallId::new().into(), 10, 1_000).await.unwrap(), []);
}

/// Each page of a hundred thousand events is there at once, whatever is looked for.
#[tokio::test]
async fn pages_of_very_many_events_are_fast() {
    let (store, installation) = store().await;
    let ada = PrincipalId::new();
    let call = started("create_page", ada);
    store.append(&call).await.unwrap();
    store.append(&ended(&call, Some(Code::NotFound))).await.unwrap();
    let grant = Act::Grant {
        plugin: "notes".parse().unwrap(),
        capability: "notion.read".to_owned(),
        change: GrantChange::Granted,
    };
    store.append(&Event::of_host(&operator(), grant)).await.unwrap();
    // Calls of somebody else and of the same one, all of which succeeded.
    let [newest]: [RecordedEvent; 1] =
        store.events_of_call(call.call.unwrap(), 1).await.unwrap().try_into().unwrap();
    let details = "'{\"tool\":\"search\",\"code\":null,\"summary\":\"search: succeeded\",\"touched\":[],\"effects\":1,\"duration_ms\":3}'";
    let numbers = if on_postgres() {
        "SELECT n FROM generate_series(1, 100000) AS n".to_owned()
    } else {
        "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 100000) SELECT n FROM counted"
            .to_owned()
    };
    let insert = format!(
        "INSERT INTO audit_events (happened_at, kind, subject, principal_id, principal_name, surface, call_id, connection_id, details) \
         SELECT 1764000000000, 'call.ended', 'search', CASE WHEN n % 2 = 0 THEN '{ada}' ELSE '{}' END, 'Ada', 'mcp', \
         NULL, NULL, {details} FROM ({numbers}) AS numbers",
        PrincipalId::new()
    );
    installation.tamper(&insert).await.unwrap();
    if on_postgres() {
        installation.tamper("ANALYZE audit_events").await.unwrap();
    }
    let of = |principal: Option<PrincipalId>| ActivityQuery { principal, ..page(50) };
    for (what, wanted, expected) in [
        ("own", of(Some(ada)), 50),
        ("everybody's", of(None), 50),
        ("far back", ActivityQuery { before: Some(newest.seq + 60), ..of(None) }, 50),
        ("what failed", ActivityQuery { only_failed: true, ..of(None) }, 1),
        ("what failed of one's own", ActivityQuery { only_failed: true, ..of(Some(ada)) }, 1),
        ("of a kind", ActivityQuery { kind: Some("grant".to_owned()), ..of(None) }, 1),
        ("of a kind that nobody has", ActivityQuery { kind: Some("key".to_owned()), ..of(None) }, 0),
        ("of a tool", ActivityQuery { subject: Some("create_page".to_owned()), ..of(Some(ada)) }, 1),
    ] {
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            let begun = Instant::now();
            assert_eq!(store.activity(&wanted).await.unwrap().len(), expected, "{what}");
            fastest = fastest.min(begun.elapsed());
        }
        println!("{what}: {fastest:?}");
        assert!(fastest < Duration::from_millis(250), "{what} took {fastest:?}");
    }
}
