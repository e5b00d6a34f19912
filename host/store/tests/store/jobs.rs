use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use toolbay_kernel::effects::{Done, WriteName};
use toolbay_kernel::jobs::{
    Job, JobEnd, JobQuery, JobStatus, JobStore as _, NewJob, Progress, PutOff, Unfinished,
};
use toolbay_kernel::ports::Principals as _;
use toolbay_kernel::run::{
    Entry, Journal as _, Lease, LeaseState, NewRun, RecordedWrite, Reopened, Repeat, RunKind,
    RunProviders as _, Runs as _, Write,
};
use toolbay_kernel::{Answer, CallId, Code, ConnectionId, JobId, Principal, PrincipalId, Problem, RunId};
use toolbay_store::{AuditQuery, AuditScope, Store};

use crate::harness::{administration, operator, recorded_at, store};

const LEASE: Duration = Duration::from_secs(60);

/// A lease that has ended when it is looked at next.
const NO_LEASE: Duration = Duration::ZERO;

pub(crate) fn job_of(principal: PrincipalId) -> NewJob {
    NewJob {
        id: JobId::new(),
        principal,
        allowance: Principal::operator().allowance(),
        started_by: CallId::new(),
        tool: "bulk".parse().unwrap(),
        connection: Some(ConnectionId::new()),
        arguments: json!({"ops": [{"op": "upsert"}], "z": 1, "a": null}),
        trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok(),
    }
}

pub(crate) fn entry(position: &str, outcome: Option<serde_json::Value>) -> Entry {
    Entry {
        position: position.to_owned(),
        digest: format!("digest of {position}"),
        provider: None,
        write: None,
        outcome: outcome.map(Ok),
        event: None,
    }
}

/// The end of a job that was stopped when it had done something.
fn cancelled() -> JobEnd {
    let ids = vec!["p1".to_owned()];
    let done = Done { carried_out: 1, ids, ..Done::default() };
    JobEnd::Cancelled(Unfinished { done, output: Some(json!({"results": [1]})) })
}

async fn claim(store: &Store, lease: Duration) -> Option<Lease> {
    store.claim(lease, 10).await.unwrap().map(|claimed| claimed.lease)
}

async fn told(store: &Store, job: &NewJob) -> Job {
    store.job(job.id, job.principal).await.unwrap().unwrap()
}

async fn past(lease: Duration) {
    // Leases are kept in whole milliseconds, and the last one still counts.
    tokio::time::sleep(lease + Duration::from_millis(5)).await;
}

#[tokio::test]
async fn a_job_comes_back_as_it_was_and_is_its_owners_alone() {
    let (store, installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    assert_eq!(told(&store, &job).await.status, JobStatus::Queued);
    assert_eq!(store.job(job.id, PrincipalId::new()).await.unwrap(), None);
    assert!(!store.request_cancel(job.id, PrincipalId::new()).await.unwrap());

    let beside = installation.open().await;
    let claimed = beside.claim(LEASE, 10).await.unwrap().unwrap();
    assert_eq!(claimed.job, job);
    let progress = Progress { done: 2, total: Some(5), message: Some("row canary".to_owned()) };
    assert_eq!(beside.renew(claimed.lease, LEASE, Some(&progress)).await.unwrap(), LeaseState::Ours);
    assert_eq!(beside.renew(claimed.lease, LEASE, None).await.unwrap(), LeaseState::Ours);
    let running = told(&store, &job).await;
    assert_eq!((running.status, running.progress, running.end), (JobStatus::Running, Some(progress), None));
    let further = Progress { done: 3, total: None, message: None };
    assert_eq!(beside.renew(claimed.lease, LEASE, Some(&further)).await.unwrap(), LeaseState::Ours);
    let message = Some("row canary".to_owned());
    let expected = Progress { done: 3, total: Some(5), message };
    assert_eq!(told(&store, &job).await.progress, Some(expected), "what isn't said again stays");

    let output = json!({"results": [1, 2]});
    assert!(beside.finish(claimed.lease, &JobEnd::Succeeded(Answer::data(output.clone()))).await.unwrap());
    assert_eq!(told(&store, &job).await.end, Some(JobEnd::Succeeded(Answer::data(output))));
    assert!(!beside.finish(claimed.lease, &cancelled()).await.unwrap(), "an end is the end");

    let other = job_of(job.principal);
    assert!(store.add(&other, 10).await.unwrap());
    let claimed = claim(&store, LEASE).await.unwrap();
    let end =
        JobEnd::Failed(Problem::new(Code::NotFound, "gone").hint("look elsewhere"), Unfinished::default());
    assert!(store.finish(claimed, &end).await.unwrap());
    assert_eq!(told(&store, &other).await.end, Some(end));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_is_claimed_once_however_many_ask() {
    let (store, installation) = store().await;
    for _ in 0..20 {
        assert!(store.add(&job_of(PrincipalId::new()), 10).await.unwrap());
    }
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = installation.open().await;
        tasks.spawn(async move {
            let mut claimed = Vec::new();
            while let Some(claim) = claim(&store, LEASE).await {
                claimed.push(claim.run);
            }
            claimed
        });
    }
    let mut claimed: Vec<RunId> = tasks.join_all().await.into_iter().flatten().collect();
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), 20);
}

#[tokio::test]
async fn who_has_lost_a_job_writes_nothing_more() {
    let (store, _installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let first = claim(&store, NO_LEASE).await.unwrap();
    past(NO_LEASE).await;
    let second = claim(&store, LEASE).await.unwrap();
    assert_eq!((second.run, second.fence), (job.id.into(), first.fence + 1));

    assert_eq!(store.renew(first, LEASE, None).await.unwrap(), LeaseState::Lost);
    assert!(!store.record(first, &[entry("0", None)]).await.unwrap());
    assert!(!store.withdraw(first, "0").await.unwrap());
    assert!(!store.finish(first, &cancelled()).await.unwrap());
    store.release(first).await.unwrap();
    assert_eq!(store.renew(second, LEASE, None).await.unwrap(), LeaseState::Ours);
    assert!(store.record(second, &[entry("0", None)]).await.unwrap());
    assert_eq!(claim(&store, LEASE).await, None);

    store.release(second).await.unwrap();
    let third = claim(&store, LEASE).await.unwrap();
    assert_eq!(store.recorded(third.run).await.unwrap().len(), 1, "the record outlives the run");
}

#[tokio::test]
async fn a_journal_says_what_was_sent_and_what_came_of_it() {
    let (store, installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let claim = claim(&store, LEASE).await.unwrap();
    let answer = json!({"status": 200, "body": {"text": "journal-canary"}});
    let refusal = Problem::new(Code::RateLimited, "wait");
    let refused = Entry { outcome: Some(Err(refusal.clone())), ..entry("3.0", None) };
    let entries = [entry("0", Some(answer.clone())), entry("1", None), entry("2", None), refused];
    assert!(store.record(claim, &entries).await.unwrap());
    assert!(store.record(claim, &[entry("2", Some(json!("later"))), entry("4", None)]).await.unwrap());
    // What was sent and put off is gone; what was answered stays.
    assert!(store.withdraw(claim, "4").await.unwrap() && store.withdraw(claim, "2").await.unwrap());

    let beside = installation.open().await;
    let known = beside.recorded(job.id.into()).await.unwrap();
    let has_outcome = |position: &str| known[position].open_since.is_none();
    assert_eq!(known.len(), 4);
    assert_eq!(["0", "1", "2", "3.0"].map(has_outcome), [true, false, true, true]);
    assert_eq!(known["3.0"].digest, "digest of 3.0");
    assert_eq!(recorded_at(&beside, job.id.into(), "0").await.unwrap(), Some(Ok(answer)));
    assert_eq!(recorded_at(&beside, job.id.into(), "1").await.unwrap(), None);
    assert_eq!(recorded_at(&beside, job.id.into(), "2").await.unwrap(), Some(Ok(json!("later"))));
    assert_eq!(recorded_at(&beside, job.id.into(), "3.0").await.unwrap(), Some(Err(refusal)));

    // An entry that was moved is refused, not told.
    installation.tamper("UPDATE journal SET position = '9' WHERE position = '0'").await.unwrap();
    assert!(recorded_at(&beside, job.id.into(), "9").await.is_err());

    assert!(store.finish(claim, &JobEnd::Succeeded(Answer::data(json!({})))).await.unwrap());
    assert_eq!(store.recorded(job.id.into()).await.unwrap().len(), 4, "it is kept as long as the job");
}

#[tokio::test]
async fn the_writes_of_a_job_that_failed_are_known_as_long_as_the_job() {
    let (store, _installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let claim = claim(&store, LEASE).await.unwrap();
    let write = WriteName {
        method: "PATCH".to_owned(),
        route: "/v1/pages/{page_id}".to_owned(),
        target: "page p1".to_owned(),
    };
    let intent = |position: &str| Entry {
        write: Some(Write { name: write.clone(), request: json!({"body": "request-canary"}) }),
        ..entry(position, None)
    };
    let answer = json!({"status": 200, "body": {"id": "p1"}});
    assert!(
        store.record(claim, &[entry("0", Some(json!("read"))), intent("1"), intent("10")]).await.unwrap()
    );
    assert!(store.record(claim, &[entry("1", Some(answer.clone()))]).await.unwrap());
    let end = JobEnd::Failed(Problem::new(Code::Failed, "it can't go on"), Unfinished::default());
    assert!(store.finish(claim, &end).await.unwrap());

    let sent_at = store.recorded(job.id.into()).await.unwrap()["10"].open_since.unwrap();
    assert!((time::OffsetDateTime::now_utc() - sent_at).abs() < time::Duration::HOUR);
    let recorded = |position: &str, outcome| RecordedWrite {
        position: position.to_owned(),
        write: write.clone(),
        outcome,
    };
    let [first, second] = [recorded("1", Some(Ok(answer))), recorded("10", None)];
    assert_eq!(store.writes(job.id.into(), None, 1).await.unwrap(), std::slice::from_ref(&first));
    assert_eq!(store.writes(job.id.into(), Some("1"), 10).await.unwrap(), std::slice::from_ref(&second));
    assert_eq!(store.writes(job.id.into(), None, 10).await.unwrap(), [first, second]);

    past(NO_LEASE).await;
    assert_eq!(store.remove_ended(RunKind::Job, Duration::ZERO).await.unwrap(), 1);
    assert!(store.recorded(job.id.into()).await.unwrap().is_empty(), "it goes with its job");
}

#[tokio::test]
async fn what_jobs_hold_is_encrypted() {
    let (store, installation) = store().await;
    let mut job = job_of(PrincipalId::new());
    job.arguments = json!({"text": "argument-canary"});
    assert!(store.add(&job, 10).await.unwrap());
    let claim = claim(&store, LEASE).await.unwrap();
    let write = Write {
        name: WriteName { method: "POST".into(), route: "/v1/pages".into(), target: String::new() },
        request: json!({"text": "request-canary"}),
    };
    let entry = Entry { write: Some(write), ..entry("0", Some(json!("journal-canary"))) };
    assert!(store.record(claim, &[entry]).await.unwrap());
    let message = Some("message-canary".to_owned());
    let progress = Progress { done: 1, total: None, message };
    assert_eq!(store.renew(claim, LEASE, Some(&progress)).await.unwrap(), LeaseState::Ours);
    for blob in ["arguments FROM runs", "message FROM runs", "outcome FROM journal", "request FROM journal"] {
        let (column, table) = blob.split_once(' ').unwrap();
        let hex = if crate::harness::on_postgres() {
            format!("encode({column}, 'hex')")
        } else {
            format!("hex({column})")
        };
        let text = installation.ask(&format!("SELECT {hex} {table}")).await.to_lowercase();
        let canary: String = b"canary".iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(text.len() > 40 && !text.contains(&canary), "{blob}: {text}");
    }
}

#[tokio::test]
async fn a_cancelled_job_stops_before_it_begins_or_hears_of_it() {
    let (store, _installation) = store().await;
    let [waiting, running] = [job_of(PrincipalId::new()), job_of(PrincipalId::new())];
    assert!(store.add(&running, 10).await.unwrap());
    let claimed = claim(&store, LEASE).await.unwrap();
    assert!(store.add(&waiting, 10).await.unwrap());
    for job in [&waiting, &running] {
        assert!(store.request_cancel(job.id, job.principal).await.unwrap());
        assert!(store.request_cancel(job.id, job.principal).await.unwrap(), "twice is once");
    }
    assert_eq!(told(&store, &waiting).await.end, Some(JobEnd::Cancelled(Unfinished::default())));
    assert_eq!(claim(&store, LEASE).await, None);
    assert_eq!(store.renew(claimed, LEASE, None).await.unwrap(), LeaseState::CancelRequested);
    assert!(store.finish(claimed, &cancelled()).await.unwrap());
    assert_eq!(told(&store, &running).await.end, Some(cancelled()));
}

#[tokio::test]
async fn an_operator_sees_and_stops_everybodys_jobs_and_that_is_an_event() {
    let (store, _installation) = store().await;
    let administration = administration(&store);
    let [running, waiting, over] = [(); 3].map(|()| job_of(PrincipalId::new()));
    assert!(store.add(&over, 10).await.unwrap());
    let ended = claim(&store, LEASE).await.unwrap();
    assert!(store.finish(ended, &cancelled()).await.unwrap());
    assert!(store.add(&running, 10).await.unwrap());
    let claimed = claim(&store, LEASE).await.unwrap();
    assert!(store.add(&waiting, 10).await.unwrap());

    let listed = administration.jobs().await.unwrap();
    assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [waiting.id, running.id, over.id]);
    assert_eq!((listed[1].status, listed[1].principal), (JobStatus::Running, running.principal));
    assert!(!administration.cancel_job(over.id, &operator()).await.unwrap(), "it has ended");
    assert!(!administration.cancel_job(JobId::new(), &operator()).await.unwrap());
    for job in [&waiting, &running] {
        assert!(administration.cancel_job(job.id, &operator()).await.unwrap());
    }
    assert_eq!(administration.job(waiting.id).await.unwrap().unwrap().status, JobStatus::Cancelled);
    assert!(administration.job(running.id).await.unwrap().unwrap().is_cancelling);
    assert_eq!(store.renew(claimed, LEASE, None).await.unwrap(), LeaseState::CancelRequested);
    let subject = Some(running.id.to_string());
    let events = store.audit(AuditQuery { subject, ..query() }).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].event.act.kind(), &events[0].event.by), ("job", &operator()));
}

#[tokio::test]
async fn a_principals_jobs_are_listed_in_pages_newest_first() {
    let (store, _installation) = store().await;
    let jobs = {
        let principal = PrincipalId::new();
        [(); 5].map(|()| job_of(principal))
    };
    for job in jobs.iter().chain([&job_of(PrincipalId::new())]) {
        assert!(store.add(job, 10).await.unwrap());
    }
    let principal = jobs[0].principal;
    assert!(store.request_cancel(jobs[1].id, principal).await.unwrap());

    let mut wanted = JobQuery { limit: 2, after: None, status: None };
    let mut seen = Vec::new();
    loop {
        let page = store.list(principal, wanted).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        wanted.after = Some(last.cursor());
        seen.extend(page.iter().map(|job| job.id));
    }
    let newest_first: Vec<JobId> = jobs.iter().rev().map(|job| job.id).collect();
    assert_eq!(seen, newest_first, "each once, and nobody else's");

    let cancelled = JobQuery { limit: 10, after: None, status: Some(JobStatus::Cancelled) };
    let cancelled = store.list(principal, cancelled).await.unwrap();
    assert_eq!(cancelled.iter().map(|job| job.id).collect::<Vec<_>>(), [jobs[1].id]);
    assert!(cancelled[0].ended_at.is_some());
}

#[tokio::test]
async fn the_plugins_of_a_job_are_noted_once_and_needed_until_it_has_ended() {
    let (store, installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let lost = claim(&store, NO_LEASE).await.unwrap();
    past(NO_LEASE).await;
    let claimed = claim(&store, LEASE).await.unwrap();
    let tool = "bulk".parse().unwrap();
    assert!(!store.note_provider(lost, &tool, "a").await.unwrap());
    for digest in ["b", "c"] {
        assert!(store.note_provider(claimed, &tool, digest).await.unwrap());
    }
    let beside = installation.open().await;
    assert_eq!(beside.providers(claimed.run).await.unwrap()[&tool], "b", "what it began with");
    assert_eq!(beside.needed().await.unwrap(), ["b".to_owned()].into());
    assert!(store.finish(claimed, &cancelled()).await.unwrap());
    assert!(beside.needed().await.unwrap().is_empty());
    past(NO_LEASE).await;
    assert_eq!(store.remove_ended(RunKind::Job, Duration::ZERO).await.unwrap(), 1);
    assert!(beside.providers(claimed.run).await.unwrap().is_empty(), "it goes with its job");
}

#[tokio::test]
async fn a_job_that_waits_or_failed_is_adopted_with_its_journal_and_that_is_an_event() {
    let (store, _installation) = store().await;
    let providers = HashMap::from([("bulk".parse().unwrap(), "new".to_owned())]);
    for has_failed in [false, true] {
        let job = job_of(PrincipalId::new());
        assert!(store.add(&job, 10).await.unwrap());
        let claimed = claim(&store, LEASE).await.unwrap();
        assert!(store.note_provider(claimed, &"bulk".parse().unwrap(), "old").await.unwrap());
        let running = store.adoptable(job.id).await.unwrap().unwrap();
        assert!(running.is_leased && running.job == job);
        assert!(!store.adopt_run(running.lease, &providers, &operator()).await.unwrap(), "a host runs it");
        let problem = Problem::new(Code::RateLimited, "wait");
        if has_failed {
            let end = JobEnd::Failed(problem, Unfinished::default());
            assert!(store.record(claimed, &[entry("0", Some(json!("read")))]).await.unwrap());
            assert!(store.finish(claimed, &end).await.unwrap());
        } else {
            let entries = [entry("0", Some(json!("read")))];
            let off =
                PutOff { wait: LEASE, attempts: 9, problem: &problem, entries: &entries, reopened: &[] };
            assert!(store.put_off(claimed, off).await.unwrap());
        }
        let found = store.adoptable(job.id).await.unwrap().unwrap();
        assert!(!found.is_leased && found.lease == claimed);
        assert!(store.adopt_run(found.lease, &providers, &operator()).await.unwrap());
        assert!(!store.adopt_run(found.lease, &providers, &operator()).await.unwrap(), "once");
        assert_eq!(told(&store, &job).await.status, JobStatus::Queued);
        let again = store.claim(LEASE, 10).await.unwrap().unwrap();
        assert_eq!((again.job.id, again.attempts), (job.id, 1));
        assert_eq!(store.recorded(again.lease.run).await.unwrap().len(), 1);
        assert_eq!(store.providers(again.lease.run).await.unwrap(), providers);
        let events = store.audit(AuditQuery { subject: Some(job.id.to_string()), ..query() }).await.unwrap();
        assert_eq!(events.iter().map(|event| event.event.act.kind()).collect::<Vec<_>>(), ["job"]);
        assert!(store.finish(again.lease, &cancelled()).await.unwrap());
        let over = store.adoptable(job.id).await.unwrap().unwrap();
        assert!(!store.adopt_run(over.lease, &providers, &operator()).await.unwrap(), "it was cancelled");
    }
}

fn query() -> AuditQuery {
    AuditQuery {
        scope: AuditScope::Everything,
        limit: 10,
        before: None,
        principal: None,
        subject: None,
        call: None,
    }
}

#[tokio::test]
async fn one_owner_takes_neither_every_place_nor_the_whole_disk() {
    let (store, _installation) = store().await;
    let [ada, bob] = [PrincipalId::new(), PrincipalId::new()];
    for expected in [true, true, true, false] {
        assert_eq!(store.add(&job_of(ada), 3).await.unwrap(), expected);
    }
    assert!(store.add(&job_of(bob), 3).await.unwrap());
    let mut owners = Vec::new();
    while let Some(claimed) = store.claim(LEASE, 2).await.unwrap() {
        owners.push(claimed.job.principal);
    }
    assert_eq!(owners, [ada, ada, bob]);
}

#[tokio::test]
async fn attempts_count_from_the_last_headway() {
    let (store, _installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let attempt = async || {
        let claimed = store.claim(NO_LEASE, 10).await.unwrap().unwrap();
        past(NO_LEASE).await;
        claimed.attempts
    };
    assert_eq!([attempt().await, attempt().await], [1, 2]);
    let claimed = store.claim(LEASE, 10).await.unwrap().unwrap();
    assert_eq!(claimed.attempts, 3);
    // What was sent and not answered is none: it may be what ends the host each time.
    assert!(store.record(claimed.lease, &[entry("0", None)]).await.unwrap());
    // A run that is given back, because its host is stopped in order, doesn't count.
    store.release(claimed.lease).await.unwrap();
    let claimed = store.claim(LEASE, 10).await.unwrap().unwrap();
    assert_eq!(claimed.attempts, 3);
    assert!(store.record(claimed.lease, &[entry("0", Some(json!(1)))]).await.unwrap());
    store.release(claimed.lease).await.unwrap();
    assert_eq!([attempt().await, attempt().await], [1, 2]);
    // A refusal for the moment is asked for again: no headway either.
    let claimed = store.claim(LEASE, 10).await.unwrap().unwrap();
    let refused = Entry { outcome: Some(Err(Problem::new(Code::RateLimited, "wait"))), ..entry("1", None) };
    assert!(store.record(claimed.lease, &[refused]).await.unwrap());
    store.release(claimed.lease).await.unwrap();
    assert_eq!(attempt().await, 3);
}

/// A job that was put off for this long by what it was refused, with what it read before.
async fn put_off(store: &Store, job: &NewJob, wait: Duration) {
    let claimed = store.claim(LEASE, 10).await.unwrap().unwrap();
    assert_eq!(claimed.job.id, job.id);
    let problem = Problem::new(Code::RateLimited, "problem-canary");
    let refused = Entry { outcome: Some(Err(problem.clone())), ..entry("1", None) };
    let off = PutOff {
        wait,
        attempts: 4,
        problem: &problem,
        entries: &[entry("0", Some(json!("read"))), refused],
        reopened: &[Reopened { position: "1".to_owned(), is_sent: false }],
    };
    assert!(store.put_off(claimed.lease, off).await.unwrap());
    assert!(!store.put_off(claimed.lease, off).await.unwrap(), "it is nobody's now");
}

#[tokio::test]
async fn a_job_that_is_put_off_waits_and_says_why_and_goes_on_with_what_it_was_told() {
    let (store, _installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    put_off(&store, &job, LEASE).await;
    let waiting = told(&store, &job).await;
    assert_eq!((waiting.status, waiting.end), (JobStatus::Waiting, None));
    assert_eq!(waiting.waiting.unwrap().problem.code, Code::RateLimited);
    assert_eq!(claim(&store, LEASE).await, None, "not before its time");
    let listed = JobQuery { limit: 10, after: None, status: Some(JobStatus::Waiting) };
    let listed = store.list(job.principal, listed).await.unwrap();
    assert!(listed.len() == 1 && listed[0].next_run_at.is_some());
    let row = administration(&store).job(job.id).await.unwrap().unwrap();
    assert_eq!((row.status, row.next_run_at), (JobStatus::Waiting, listed[0].next_run_at));

    let other = job_of(PrincipalId::new());
    assert!(store.add(&other, 10).await.unwrap());
    put_off(&store, &other, NO_LEASE).await;
    let again = store.claim(LEASE, 10).await.unwrap().unwrap();
    assert_eq!((again.job.id, again.attempts, again.is_cancelled), (other.id, 5, false));
    let known = store.recorded(again.lease.run).await.unwrap();
    assert_eq!(known.keys().collect::<Vec<_>>(), ["0"], "what it was refused is asked for again");
    assert_eq!(told(&store, &other).await.status, JobStatus::Running);
}

#[tokio::test]
async fn a_job_that_is_cancelled_while_it_waits_is_claimed_at_once_to_be_ended() {
    let (store, _installation) = store().await;
    for is_operator in [false, true] {
        let job = job_of(PrincipalId::new());
        assert!(store.add(&job, 10).await.unwrap());
        put_off(&store, &job, LEASE).await;
        if is_operator {
            assert!(administration(&store).cancel_job(job.id, &operator()).await.unwrap());
        } else {
            assert!(store.request_cancel(job.id, job.principal).await.unwrap());
        }
        let claimed = store.claim(LEASE, 10).await.unwrap().unwrap();
        assert!(claimed.job.id == job.id && claimed.is_cancelled);
        assert!(store.finish(claimed.lease, &cancelled()).await.unwrap());
        assert_eq!(told(&store, &job).await.end, Some(cancelled()));
    }
    // Asked for while it ran: it doesn't wait either.
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let claimed = claim(&store, LEASE).await.unwrap();
    assert!(store.request_cancel(job.id, job.principal).await.unwrap());
    let problem = Problem::new(Code::RateLimited, "wait");
    let off = PutOff { wait: LEASE, attempts: 1, problem: &problem, entries: &[], reopened: &[] };
    assert!(store.put_off(claimed, off).await.unwrap());
    assert!(store.claim(LEASE, 10).await.unwrap().unwrap().is_cancelled);
}

#[tokio::test]
async fn a_lease_holds_over_a_clock_that_jumps() {
    const HOUR: i64 = 3_600_000;
    let (store, installation) = store().await;
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let jump = async |by: i64| {
        installation.tamper(&format!("UPDATE runs SET lease_until = lease_until + {by}")).await.unwrap();
    };
    let first = claim(&store, LEASE).await.unwrap();
    assert_eq!(claim(&store, LEASE).await, None);
    // The clock was set back: the lease ends later than any that could be taken now.
    jump(HOUR).await;
    let second = store.claim(LEASE, 1).await.unwrap().unwrap().lease;
    assert_eq!((second.run, second.fence), (first.run, first.fence + 1));
    assert_eq!(store.renew(first, LEASE, None).await.unwrap(), LeaseState::Lost);
    assert_eq!(
        store.renew(second, LEASE, None).await.unwrap(),
        LeaseState::Ours,
        "and it ends in time again"
    );
    assert_eq!(claim(&store, LEASE).await, None);
    // The clock was set forward: the lease has ended, and nobody writes by it.
    jump(-HOUR).await;
    assert_eq!(store.renew(second, LEASE, None).await.unwrap(), LeaseState::Lost);
    assert!(!store.record(second, &[entry("0", None)]).await.unwrap());
    assert_eq!(claim(&store, LEASE).await.unwrap().fence, second.fence + 1);
}

#[tokio::test]
async fn the_one_host_that_serves_a_file_takes_every_lease_at_its_start() {
    let installation = crate::harness::sqlite_installation();
    let store = Store::open_serving(installation.settings.clone()).await.unwrap();
    let job = job_of(PrincipalId::new());
    assert!(store.add(&job, 10).await.unwrap());
    let first = claim(&store, LEASE).await.unwrap();
    let beside = installation.open().await;
    assert_eq!(claim(&beside, LEASE).await, None, "who comes beside it takes nothing");
    drop(store);
    // A command's call beside it goes on: whoever serves runs no calls but its own.
    let started = crate::audit::started("upsert", job.principal);
    let call = started.call.unwrap();
    let run = NewRun {
        call,
        principal: job.principal,
        tool: "upsert".parse().unwrap(),
        connection: None,
        lease: LEASE,
        fingerprint: "ab".repeat(32),
        waits: false,
        repeat: Repeat::Never,
    };
    beside.open(&run, &started).await.unwrap();
    let next = Store::open_serving(installation.settings.clone()).await.unwrap();
    assert_eq!(claim(&next, LEASE).await.unwrap().fence, first.fence + 1);
    let lease = Lease { run: call.into(), fence: 1 };
    assert!(beside.record(lease, &[entry("0", None)]).await.unwrap(), "its run is still its own");
}

#[tokio::test]
async fn ended_jobs_are_removed_after_their_time() {
    let (store, _installation) = store().await;
    let [ended, open] = [job_of(PrincipalId::new()), job_of(PrincipalId::new())];
    assert!(store.add(&ended, 10).await.unwrap());
    let claimed = claim(&store, LEASE).await.unwrap();
    assert!(store.finish(claimed, &cancelled()).await.unwrap());
    assert!(store.add(&open, 10).await.unwrap());
    assert_eq!(store.remove_ended(RunKind::Job, LEASE).await.unwrap(), 0);
    past(NO_LEASE).await;
    assert_eq!(store.remove_ended(RunKind::Job, Duration::ZERO).await.unwrap(), 1);
    assert_eq!(store.job(ended.id, ended.principal).await.unwrap(), None);
    assert_eq!(told(&store, &open).await.status, JobStatus::Queued);
}

#[tokio::test]
async fn a_principal_is_found_by_id_while_their_token_is_good() {
    let (store, _installation) = store().await;
    let known = Principal::operator();
    assert_eq!(*store.principal(known.id).await.unwrap().unwrap(), known);
    assert_eq!(store.principal(PrincipalId::new()).await.unwrap(), None);
    let (token, row) =
        administration(&store).create_token(crate::tokens::token("ada"), &operator()).await.unwrap();
    let known = store.authenticate(&token).await.unwrap().unwrap();
    assert_eq!(store.principal(row.id).await.unwrap(), Some(known));
    assert!(administration(&store).revoke_token(row.id, &operator()).await.unwrap());
    assert_eq!(store.principal(row.id).await.unwrap(), None);
}
