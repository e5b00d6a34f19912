//! Jobs over a store in memory: what a run that goes on after an interruption does again, and what it does not.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::Response;
use toolbay_kernel::jobs::{
    Adoptable, Adoption, Claimed, Job, JobEnd, JobQuery, JobStatus, JobStore, ListedJob, MAX_ATTEMPTS,
    NewJob, Progress, PutOff, Unfinished,
};
use toolbay_kernel::ports::{Principals, StoreError};
use toolbay_kernel::run::{
    Entry, EntryOutcome, Journal, Lease, LeaseState, Priority, RecordedEntry, RecordedWrite, RunProviders,
    SentWrite,
};
use toolbay_kernel::{CallId, Code, JobId, Jobs, Limits, Principal, PrincipalId, Problem, RunId, ToolName};

use toolbay_testing::{PAGE, Shown};

use crate::world::{World, principal};

/// A store with one job, whose journal can be looked at and altered.
struct Desk {
    job: NewJob,
    waiting: AtomicBool,
    is_lost: AtomicBool,
    attempts: AtomicU32,
    is_cancelled: AtomicBool,
    adopted: AtomicU32,
    /// What each run was put off by, after how many without headway.
    put_off: Mutex<Vec<(u32, Code)>>,
    /// The owner as the store has them now.
    owner: Mutex<Option<Principal>>,
    journal: Mutex<BTreeMap<String, Entry>>,
    /// The plugins that its tools came from.
    providers: Mutex<HashMap<ToolName, String>>,
    /// The positions of each write to the journal.
    written: Mutex<Vec<Vec<String>>>,
    end: Mutex<Option<JobEnd>>,
    ended: CancellationToken,
}

impl Desk {
    fn with(journal: BTreeMap<String, Entry>) -> Arc<Self> {
        Self::reading(journal, 1)
    }

    /// The same for a tool that reads so often before it writes.
    fn reading(journal: BTreeMap<String, Entry>, count: usize) -> Arc<Self> {
        Self::calling("steps", json!({"count": count}), journal)
    }

    /// A job of any tool.
    fn calling(tool: &str, arguments: Value, journal: BTreeMap<String, Entry>) -> Arc<Self> {
        let job = NewJob {
            id: JobId::new(),
            principal: principal().id,
            allowance: principal().allowance(),
            started_by: CallId::new(),
            tool: tool.parse().unwrap(),
            connection: None,
            arguments,
            trace: None,
        };
        Arc::new(Self {
            job,
            waiting: AtomicBool::new(true),
            is_lost: AtomicBool::new(false),
            attempts: AtomicU32::new(1),
            is_cancelled: AtomicBool::new(false),
            adopted: AtomicU32::new(0),
            put_off: Mutex::default(),
            owner: Mutex::new(Some(principal())),
            journal: Mutex::new(journal),
            written: Mutex::default(),
            providers: Mutex::default(),
            end: Mutex::default(),
            ended: CancellationToken::new(),
        })
    }

    /// Runs the job to its end, or until it is lost.
    async fn run(self: &Arc<Self>, world: &Arc<World>) -> Option<JobEnd> {
        let jobs = Jobs::new(self.clone(), self.clone(), self.clone());
        let stop = CancellationToken::new();
        let running = tokio::spawn(jobs.run(world.door(Limits::default()), stop.clone()));
        let _over = tokio::time::timeout(Duration::from_secs(60), self.ended.cancelled()).await;
        stop.cancel();
        running.await.unwrap();
        self.end.lock().clone()
    }
}

#[async_trait]
impl Principals for Desk {
    async fn authenticate(&self, _token: &SecretString) -> Result<Option<Arc<Principal>>, StoreError> {
        Ok(None)
    }

    async fn principal(&self, id: PrincipalId) -> Result<Option<Arc<Principal>>, StoreError> {
        Ok(self.owner.lock().clone().filter(|owner| owner.id == id).map(Arc::new))
    }
}

#[async_trait]
impl RunProviders for Desk {
    async fn providers(&self, _run: RunId) -> Result<HashMap<ToolName, String>, StoreError> {
        Ok(self.providers.lock().clone())
    }

    async fn note_provider(&self, _lease: Lease, tool: &ToolName, digest: &str) -> Result<bool, StoreError> {
        self.providers.lock().entry(tool.clone()).or_insert_with(|| digest.to_owned());
        Ok(!self.is_lost.load(Ordering::Relaxed))
    }

    async fn needed(&self) -> Result<BTreeSet<String>, StoreError> {
        Ok(self.providers.lock().values().cloned().collect())
    }
}

#[async_trait]
impl JobStore for Desk {
    async fn add(&self, _job: &NewJob, _most: u32) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn job(&self, _id: JobId, _principal: PrincipalId) -> Result<Option<Job>, StoreError> {
        Ok(None)
    }

    async fn list(&self, _principal: PrincipalId, _wanted: JobQuery) -> Result<Vec<ListedJob>, StoreError> {
        Ok(Vec::new())
    }

    async fn request_cancel(&self, _id: JobId, _principal: PrincipalId) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn claim(&self, _time: Duration, _most_of_one: u32) -> Result<Option<Claimed>, StoreError> {
        let lease = Lease { run: self.job.id.into(), fence: 1 };
        let is_waiting = self.waiting.swap(false, Ordering::Relaxed);
        let attempts = self.attempts.load(Ordering::Relaxed);
        let is_cancelled = self.is_cancelled.load(Ordering::Relaxed);
        let (job, age) = (self.job.clone(), Duration::ZERO);
        Ok(is_waiting.then_some(Claimed { lease, job, attempts, age, is_cancelled }))
    }

    async fn renew(
        &self,
        _lease: Lease,
        _time: Duration,
        _progress: Option<&Progress>,
    ) -> Result<LeaseState, StoreError> {
        let is_cancelled = self.is_cancelled.load(Ordering::Relaxed);
        Ok(if is_cancelled { LeaseState::CancelRequested } else { LeaseState::Ours })
    }

    async fn finish(&self, _lease: Lease, end: &JobEnd) -> Result<bool, StoreError> {
        *self.end.lock() = Some(end.clone());
        self.ended.cancel();
        Ok(true)
    }

    async fn put_off(&self, lease: Lease, off: PutOff<'_>) -> Result<bool, StoreError> {
        self.put_off.lock().push((off.attempts, off.problem.code));
        self.record(lease, off.entries).await?;
        let mut journal = self.journal.lock();
        for reopened in off.reopened {
            journal.remove(&reopened.position);
        }
        self.attempts.store(off.attempts + 1, Ordering::Relaxed);
        self.waiting.store(true, Ordering::Relaxed);
        Ok(true)
    }

    async fn adoptable(&self, id: JobId) -> Result<Option<Adoptable>, StoreError> {
        let (job, lease) = (self.job.clone(), Lease { run: id.into(), fence: 1 });
        let is_leased = self.is_lost.load(Ordering::Relaxed);
        let is_cancelled = self.is_cancelled.load(Ordering::Relaxed);
        let status = JobStatus::Waiting;
        Ok((id == self.job.id).then_some(Adoptable { job, lease, status, is_leased, is_cancelled }))
    }

    async fn adopt_run(
        &self,
        _lease: Lease,
        _providers: &HashMap<ToolName, String>,
        _by: &Actor,
    ) -> Result<bool, StoreError> {
        self.adopted.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }

    async fn release(&self, _lease: Lease) -> Result<(), StoreError> {
        Ok(())
    }
}

#[async_trait]
impl Journal for Desk {
    async fn recorded(&self, _run: RunId) -> Result<HashMap<String, RecordedEntry>, StoreError> {
        let known = |entry: &Entry| RecordedEntry {
            digest: entry.digest.clone(),
            open_since: entry.outcome.is_none().then(OffsetDateTime::now_utc),
            bytes: 100,
        };
        Ok(self.journal.lock().iter().map(|(position, entry)| (position.clone(), known(entry))).collect())
    }

    async fn reached(&self, _lease: Lease) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn open_writes(&self, _run: RunId) -> Result<Vec<SentWrite>, StoreError> {
        Ok(Vec::new())
    }

    async fn outcomes(
        &self,
        _run: RunId,
        positions: &[String],
    ) -> Result<HashMap<String, EntryOutcome>, StoreError> {
        let journal = self.journal.lock();
        let told = positions
            .iter()
            .filter_map(|position| Some((position.clone(), journal.get(position)?.outcome.clone()?)));
        Ok(told.collect())
    }

    async fn withdraw(&self, _lease: Lease, position: &str) -> Result<bool, StoreError> {
        self.journal.lock().remove(position);
        Ok(!self.is_lost.load(Ordering::Relaxed))
    }

    async fn record(&self, _lease: Lease, entries: &[Entry]) -> Result<bool, StoreError> {
        if self.is_lost.load(Ordering::Relaxed) {
            return Ok(false);
        }
        self.written.lock().push(entries.iter().map(|entry| entry.position.clone()).collect());
        for entry in entries {
            let mut journal = self.journal.lock();
            let before = journal.get(&entry.position).and_then(|entry| entry.write.clone());
            let write = entry.write.clone().or(before);
            journal.insert(entry.position.clone(), Entry { write, ..entry.clone() });
        }
        Ok(true)
    }

    async fn writes(
        &self,
        _run: RunId,
        after: Option<&str>,
        max: u32,
    ) -> Result<Vec<RecordedWrite>, StoreError> {
        let journal = self.journal.lock();
        let rest = journal.values().filter(|entry| after.is_none_or(|after| entry.position.as_str() > after));
        let writes = rest.filter_map(|entry| {
            let write = entry.write.clone()?.name;
            Some(RecordedWrite { position: entry.position.clone(), write, outcome: entry.outcome.clone() })
        });
        Ok(writes.take(max as usize).collect())
    }
}

fn world() -> Arc<World> {
    World::with_connections(&["only"])
}

/// The routes that were sent, in order.
fn sent(world: &World) -> Vec<String> {
    world.egress.requests.lock().iter().map(|request| request.route()).collect()
}

const READ: &str = "GET /v1/pages/{page_id}";
const CREATE: &str = "POST /v1/pages";
const CHANGE: &str = "PATCH /v1/data_sources/{data_source_id}";

fn answered() -> Sent {
    Sent::Answered(Response { status: 200, body: json!({"id": PAGE}).into() })
}

/// The codes of the three steps, `ok` where there is none.
fn codes(end: Option<JobEnd>) -> Value {
    match end {
        Some(JobEnd::Succeeded(answer)) => answer.data.unwrap()["codes"].clone(),
        other => panic!("{other:?}"),
    }
}

/// What a run that wasn't interrupted leaves.
async fn whole_journal() -> BTreeMap<String, Entry> {
    let (world, desk) = (world(), Desk::with(BTreeMap::new()));
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "ok", "ok"]));
    assert_eq!(sent(&world), [READ, CREATE, CHANGE]);
    assert!(world.limiter.priorities.lock().iter().all(|priority| *priority == Priority::Background));
    // A read waits for the next write; a write is there before it is sent, and again with its outcome, at the latest together with
    // what comes next.
    let written = desk.written.lock().clone();
    assert_eq!(written[0], ["0", "1"]);
    assert_eq!(written.concat(), ["0", "1", "1", "2", "2"]);
    let journal = desk.journal.lock().clone();
    assert!(journal.values().all(|entry| entry.outcome.is_some()));
    journal
}

#[tokio::test]
async fn a_run_after_an_interruption_asks_for_nothing_that_is_recorded() {
    let mut journal = whole_journal().await;
    let (world, desk) = (world(), Desk::with(journal.clone()));
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "ok", "ok"]));
    assert_eq!(sent(&world), [""; 0]);
    // The event of the call that ends the job has what all of them touched.
    assert_eq!(world.store.calls()[0].end.as_ref().unwrap().touched.len(), 1);

    journal.remove("2");
    let (world, desk) = (self::world(), Desk::with(journal));
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "ok", "ok"]));
    assert_eq!(sent(&world), [CHANGE], "where the record ends, the run is live");
}

#[tokio::test]
async fn what_was_sent_and_not_answered_is_repeated_only_where_that_changes_nothing() {
    let mut journal = whole_journal().await;
    for position in ["1", "2"] {
        journal.get_mut(position).unwrap().outcome = None;
    }
    let (world, desk) = (world(), Desk::with(journal));
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "outcome_unknown", "ok"]));
    assert_eq!(sent(&world), [CHANGE]);
    let told = desk.journal.lock()["1"].outcome.clone();
    assert_eq!(told.unwrap().unwrap_err().code, Code::OutcomeUnknown, "and the next run is told the same");
}

#[tokio::test]
async fn a_write_that_was_put_off_is_not_done_and_the_next_run_sends_it() {
    let (world, desk) = (world(), Desk::with(BTreeMap::new()));
    let problem = Problem::new(Code::RateLimited, "wait");
    let busy = Sent::Busy { wait: Duration::from_secs(60), problem, retryable: true };
    world.egress.answers.lock().extend([answered(), busy]);
    let (jobs, stop) = (Jobs::new(desk.clone(), desk.clone(), desk.clone()), CancellationToken::new());
    let running = tokio::spawn(jobs.run(world.door(Limits::default()), stop.clone()));
    while world.limiter.pauses.lock().is_empty() || desk.journal.lock().contains_key("1") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    running.await.unwrap();
    assert_eq!(*desk.end.lock(), None, "the job is given back");
    assert_eq!(audited(&world), Some(Code::Cancelled));

    let journal = desk.journal.lock().clone();
    let (world, desk) = (self::world(), Desk::with(journal));
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "ok", "ok"]));
    assert_eq!(sent(&world), [CREATE, CHANGE]);
}

#[tokio::test]
async fn a_tool_that_asks_for_something_else_than_before_is_ended() {
    let mut journal = whole_journal().await;
    journal.get_mut("1").unwrap().digest = "of another request".to_owned();
    let (world, desk) = (world(), Desk::with(journal));
    let Some(JobEnd::Failed(problem, _)) = desk.run(&world).await else { panic!("it went on") };
    assert_eq!(problem.code, Code::Conflict);
    assert_eq!(sent(&world), [""; 0]);
    // The tool answers as if nothing had happened.
    assert_eq!(audited(&world), Some(Code::Conflict), "the audit has the same end");
}

/// How the audit says that the job's call ended.
fn audited(world: &World) -> Option<Code> {
    world.store.calls()[0].end.as_ref().unwrap().code
}

#[tokio::test(start_paused = true)]
async fn who_has_lost_the_job_sends_nothing() {
    let (world, desk) = (world(), Desk::with(BTreeMap::new()));
    desk.is_lost.store(true, Ordering::Relaxed);
    assert_eq!(desk.run(&world).await, None);
    assert_eq!(sent(&world), [READ], "a write is sent only when it is in the journal");
}

#[tokio::test]
async fn what_is_read_does_not_pile_up_in_memory() {
    let (world, desk) = (world(), Desk::reading(BTreeMap::new(), 150));
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "ok", "ok"]));
    let written: Vec<usize> = desk.written.lock().iter().map(Vec::len).collect();
    assert_eq!(written[..3], [64, 64, 23], "the rest of the reads goes with the first write");
    assert_eq!(written.iter().sum::<usize>(), 64 + 64 + 23 + 3);
}

#[tokio::test]
async fn what_a_check_found_is_recorded_and_told_again() {
    let arguments = json!({"text": "and write", "body": {
        "tool": "careful", "arguments": {"text": "trashed"}, "open": [], "extent": "first_write",
    }});
    let (world, desk) = (world(), Desk::calling("check", arguments.clone(), BTreeMap::new()));
    let Some(JobEnd::Succeeded(first)) = desk.run(&world).await else { panic!("it failed") };
    assert_eq!(first.data.as_ref().unwrap()["refusal"]["code"], "conflict");
    assert_eq!(sent(&world), [READ, CREATE]);
    assert!(world.limiter.priorities.lock().iter().all(|priority| *priority == Priority::Background));

    let journal = desk.journal.lock().clone();
    assert_eq!(journal.len(), 2, "the check is one entry, whatever it reads");
    let (world, desk) = (self::world(), Desk::calling("check", arguments, journal));
    let Some(JobEnd::Succeeded(again)) = desk.run(&world).await else { panic!("it failed") };
    assert_eq!(again, first);
    assert_eq!(sent(&world), [""; 0]);
}

/// Writes what a test needs to see of an end that isn't a success.
async fn failed(desk: &Arc<Desk>, world: &Arc<World>) -> Problem {
    match desk.run(world).await {
        Some(JobEnd::Failed(problem, _)) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_job_that_is_given_up_tells_what_it_has_done() {
    let mut journal = whole_journal().await;
    journal.get_mut("2").unwrap().outcome = None;
    let (world, desk) = (world(), Desk::with(journal));
    desk.attempts.store(11, Ordering::Relaxed);
    let problem = failed(&desk, &world).await;
    assert_eq!(problem.code, Code::OutcomeUnknown, "one of its writes may or may not have been carried out");
    assert!(problem.message.contains("10 times in a row"), "{problem}");
    let done = &problem.details.unwrap()["done"];
    assert_eq!((&done["writes"], &done["ids"]), (&json!(1), &json!([PAGE])));
    assert_eq!(done["unknown"][0]["route"], "/v1/data_sources/{data_source_id}");
    assert_eq!(sent(&world), [""; 0]);
}

#[tokio::test]
async fn a_job_ends_before_its_next_effect_when_its_owner_may_no_longer_do_it() {
    let narrowed = Principal { strongest: toolbay_kernel::Access::Reads, ..principal() };
    for (owner, code) in [(None, Code::Unauthenticated), (Some(narrowed), Code::Forbidden)] {
        // Before it begins, and between two runs.
        let mut journal = whole_journal().await;
        journal.remove("2");
        let (world, desk) = (world(), Desk::with(journal));
        *desk.owner.lock() = owner.clone();
        let problem = desk.run(&world).await;
        if code == Code::Unauthenticated {
            let Some(JobEnd::Failed(problem, _)) = problem else { panic!("{problem:?}") };
            assert_eq!(problem.code, code);
            assert_eq!(problem.details.unwrap()["done"]["writes"], 1, "what was done is told");
        }
        assert_eq!(sent(&world), [""; 0]);

        // While it runs: it reads for longer than a look at the owner holds, and then would write.
        let (world, desk) = (self::world(), Desk::reading(BTreeMap::new(), 3));
        world.egress.slow_reads_ms.store(600, Ordering::Relaxed);
        let (changing, watched) = (desk.clone(), world.clone());
        let change = tokio::spawn(async move {
            while watched.egress.requests.lock().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            *changing.owner.lock() = owner;
        });
        let problem = failed(&desk, &world).await;
        change.await.unwrap();
        assert_eq!(problem.code, code, "{problem}");
        assert!(problem.message.contains("The token that started this job"), "{problem}");
        assert!(sent(&world).iter().all(|route| route == READ), "{:?}", sent(&world));
    }
}

#[tokio::test]
async fn a_run_that_goes_on_looks_what_became_of_its_own_write() {
    for (shown, position) in [(Shown::CarriedOut, "1"), (Shown::Made, "1"), (Shown::CarriedOut, "2")] {
        let mut journal = whole_journal().await;
        journal.get_mut(position).unwrap().outcome = None;
        let (world, desk) = (world(), Desk::with(journal));
        *world.egress.probe.lock() = Some(shown);
        assert_eq!(codes(desk.run(&world).await), json!(["ok", "ok", "ok"]));
        assert_eq!(sent(&world), [READ], "one look, no second write");
    }
    // What can't be seen is repeated only where that changes nothing.
    let mut journal = whole_journal().await;
    for position in ["1", "2"] {
        journal.get_mut(position).unwrap().outcome = None;
    }
    let (world, desk) = (world(), Desk::with(journal));
    *world.egress.probe.lock() = Some(Shown::Nothing);
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "outcome_unknown", "ok"]));
    assert_eq!(sent(&world), [READ, READ, CHANGE]);
}

#[tokio::test]
async fn what_a_look_finds_of_the_last_write_is_recorded_though_nothing_follows() {
    let mut journal = whole_journal().await;
    journal.get_mut("2").unwrap().outcome = None;
    let (world, desk) = (world(), Desk::with(journal));
    *world.egress.probe.lock() = Some(Shown::CarriedOut);
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "ok", "ok"]));
    let journal = desk.journal.lock();
    assert!(journal["2"].outcome.is_some(), "the next run is told the same");
    assert_eq!(journal["2"].event.as_ref().unwrap().act.kind(), "effect");
}

/// A replay would do again what no journal has.
#[tokio::test]
async fn a_job_calls_nothing_that_a_replay_would_do_again() {
    let (world, desk) = (world(), Desk::calling("acts", json!({}), BTreeMap::new()));
    let Some(JobEnd::Failed(problem, _)) = desk.run(&world).await else { panic!("{:?}", desk.end.lock()) };
    assert_eq!(problem.code, Code::Forbidden, "{problem:?}");
    assert_eq!(world.acted.load(Ordering::Relaxed), 0);
}

/// What the outside refuses for this moment, without having done it.
fn overloaded() -> Sent {
    Sent::Refused(Problem::new(Code::UpstreamFailed, "overloaded"))
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_tool_ends_with_what_passes_goes_on_later_and_doubles_nothing() {
    let (world, desk) = (world(), Desk::calling("writes_through", json!({"count": 3}), BTreeMap::new()));
    world.egress.answers.lock().extend([answered(), overloaded(), overloaded()]);
    let end = desk.run(&world).await;
    assert!(matches!(end, Some(JobEnd::Succeeded(_))), "{end:?}");
    // The first run had headway, the second had none.
    assert_eq!(*desk.put_off.lock(), [(1, Code::UpstreamFailed), (2, Code::UpstreamFailed)]);
    assert_eq!(sent(&world), [CREATE; 5], "three writes, of which one was refused twice");
    assert!(desk.journal.lock().values().all(|entry| entry.outcome.as_ref().is_some_and(Result::is_ok)));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_comes_no_further_is_given_up_with_what_it_has_done() {
    let (world, desk) = (world(), Desk::calling("writes_through", json!({"count": 2}), BTreeMap::new()));
    world.egress.answers.lock().push_back(answered());
    world.egress.answers.lock().extend((0..20).map(|_| overloaded()));
    let Some(JobEnd::Failed(problem, Unfinished { done, output })) = desk.run(&world).await else {
        panic!("{:?}", desk.end.lock())
    };
    assert_eq!((problem.code, output), (Code::UpstreamFailed, None));
    assert_eq!(problem.details.unwrap()["done"]["writes"], 1);
    assert_eq!((done.carried_out, done.last_writes.len()), (1, 1));
    let attempts: Vec<u32> = desk.put_off.lock().iter().map(|(attempts, _)| *attempts).collect();
    assert_eq!(attempts, (1..MAX_ATTEMPTS).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_person_has_to_mend_ends_a_job_at_once() {
    let (world, desk) = (world(), Desk::calling("writes_through", json!({"count": 1}), BTreeMap::new()));
    world.egress.answers.lock().push_back(Sent::Refused(Problem::new(Code::NotFound, "gone")));
    assert_eq!(failed(&desk, &world).await.code, Code::NotFound);
    assert_eq!(desk.put_off.lock().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_job_keeps_what_its_tool_answered_and_what_it_did() {
    let (world, desk) = (world(), Desk::calling("writes", json!({"count": 3}), whole_writes().await));
    desk.journal.lock().remove("2");
    desk.is_cancelled.store(true, Ordering::Relaxed);
    let Some(JobEnd::Cancelled(unfinished)) = desk.run(&world).await else { panic!("{:?}", desk.end.lock()) };
    assert_eq!(unfinished.done.carried_out, 2, "by its journal: it was ended before it began");
    assert_eq!(sent(&world), [""; 0]);

    // While it runs, its tool tells what became of each part.
    let (world, desk) = (self::world(), Desk::calling("writes", json!({"count": 3}), BTreeMap::new()));
    let cancelling = desk.clone();
    let watched = world.clone();
    let cancel = tokio::spawn(async move {
        while watched.egress.requests.lock().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        cancelling.is_cancelled.store(true, Ordering::Relaxed);
    });
    world.egress.slow_writes_ms.store(3_000, Ordering::Relaxed);
    let Some(JobEnd::Cancelled(unfinished)) = desk.run(&world).await else { panic!("{:?}", desk.end.lock()) };
    cancel.await.unwrap();
    let codes = unfinished.output.unwrap()["codes"].clone();
    assert_eq!((&codes[0], &codes[2]), (&json!("ok"), &json!("cancelled")), "{codes}");
    assert!(unfinished.done.carried_out >= 1);
}

/// The journal of three writes.
async fn whole_writes() -> BTreeMap<String, Entry> {
    let (world, desk) = (world(), Desk::calling("writes", json!({"count": 3}), BTreeMap::new()));
    assert_eq!(codes(desk.run(&world).await), json!(["ok", "ok", "ok"]));
    desk.journal.lock().clone()
}

impl Desk {
    async fn adopt(self: &Arc<Self>, world: &Arc<World>) -> Result<Adoption, Problem> {
        let jobs = Jobs::new(self.clone(), self.clone(), self.clone());
        jobs.adopt(&world.door(Limits::default()), self.job.id, &Actor::operator()).await
    }

    /// What can be seen of it: the journal, and how often it was adopted.
    fn seen(&self) -> (BTreeMap<String, Entry>, u32, usize) {
        let adopted = self.adopted.load(Ordering::Relaxed);
        (self.journal.lock().clone(), adopted, self.written.lock().len())
    }
}

#[tokio::test]
async fn a_job_is_adopted_by_what_asks_for_all_that_it_has_recorded() {
    let whole = whole_journal().await;
    // From nothing recorded to all of it; what was sent and not answered is asked for too.
    for kept in 0..=whole.len() {
        for is_open in [false, true] {
            let mut journal: BTreeMap<String, Entry> = whole.clone().into_iter().take(kept).collect();
            if let (true, Some(mut last)) = (is_open, journal.last_entry()) {
                last.get_mut().outcome = None;
            }
            let (world, desk) = (world(), Desk::with(journal.clone()));
            assert_eq!(desk.adopt(&world).await, Ok(Adoption::Adopted), "{kept} {is_open}");
            assert_eq!(desk.seen(), (journal, 1, 0));
            assert_eq!(sent(&world), [""; 0], "without any effect");
            assert!(world.store.calls().is_empty(), "not even an event");
        }
    }
}

#[tokio::test]
async fn what_asks_for_something_else_adopts_no_job_and_changes_nothing() {
    let whole = whole_journal().await;
    let mut altered = whole.clone();
    altered.get_mut("1").unwrap().digest = "of another request".to_owned();
    let mut longer = whole.clone();
    longer.insert("3".to_owned(), whole["2"].clone());
    for (journal, differing) in [(altered, "1"), (longer, "3")] {
        let (world, desk) = (world(), Desk::with(journal.clone()));
        let Ok(Adoption::Differs { position, .. }) = desk.adopt(&world).await else { panic!("{differing}") };
        assert_eq!(position, differing);
        assert_eq!((desk.seen(), sent(&world)), ((journal, 0, 0), Vec::<String>::new()));
    }
    // A call that is refused at the door asks for nothing.
    let (world, desk) = (self::world(), Desk::calling("gone", json!({}), whole.clone()));
    let Ok(Adoption::Differs { position, because }) = desk.adopt(&world).await else { panic!("adopted") };
    assert_eq!(position, "0");
    assert!(because.unwrap().contains("there is no tool `gone`"));
}

#[tokio::test]
async fn a_job_that_runs_or_is_to_stop_is_not_adopted() {
    let desk = Desk::with(BTreeMap::new());
    desk.is_cancelled.store(true, Ordering::Relaxed);
    assert_eq!(desk.adopt(&world()).await.unwrap_err().code, Code::Conflict);
    desk.is_lost.store(true, Ordering::Relaxed);
    let problem = desk.adopt(&world()).await.unwrap_err();
    assert!(problem.message.contains("runs the job now"), "{problem}");
    assert_eq!(desk.adopted.load(Ordering::Relaxed), 0);
}
