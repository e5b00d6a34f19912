//! One execution of a recorded run, and the record that makes the next one go on where it ended.
//!
//! The tool runs again from its start, and is told everything again: an answer that the journal has is not asked for
//! twice. Where the record ends, the run is live. A write is in the journal before it is sent, so a run that finds one
//! without an outcome knows that it may have been carried out: it looks, and repeats it only where that changes nothing.
//!
//! What is read is recorded together with the next write, or when much has gathered. Losing it is no loss: it is read again,
//! and nothing was done that depended on it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::journal::{Entry, EntryOutcome, Journal, RecordedEntry, Write};
use super::lease::Lease;
use super::owner::Owner;
use super::passing::Passing;
use super::pending::{Begun, Pending};
use super::read_ahead::{self, ReadAhead};
use super::runs::Reopened;
use super::tail::Tail;
use crate::audit::Event;
use crate::id::CallId;
use crate::ports::StoreError;
use crate::principal::Principal;
use crate::problem::{Code, Problem};

/// Answers that wait for a write to be recorded with. Each may have as much as Notion answers at once, and they are in
/// memory.
const MAX_UNWRITTEN: usize = 64;

/// Longest time that the outcome of a write waits.
const WAITS: Duration = Duration::from_millis(10);

/// Why a run does nothing more.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// The host is stopping; another run goes on.
    HostStops,
    /// The owner wants it.
    Cancelled,
    /// Somebody else has the lease.
    Lost,
    /// The journal can't be read or written.
    Unrecorded(Problem),
    /// The tool asked for something else than in an earlier run.
    Diverged(Problem),
    /// Its owner may no longer do it.
    Refused(Problem),
}

impl Ending {
    /// What came of a call that ended so, whatever its provider made of it.
    fn problem(self) -> Problem {
        match self {
            Self::HostStops => Problem::new(Code::Cancelled, "the host stopped; the job goes on later"),
            Self::Cancelled => Problem::new(Code::Cancelled, "the job was cancelled"),
            Self::Lost => Problem::new(Code::Cancelled, "the run was lost to another execution"),
            Self::Unrecorded(problem) | Self::Diverged(problem) | Self::Refused(problem) => problem,
        }
    }
}

/// One execution of a recorded run.
pub struct Recording {
    journal: Arc<dyn Journal>,
    lease: Lease,
    whose: Whose,
    known: Mutex<ReadAhead>,
    begun: Instant,
    /// How much was told again so far.
    replayed: AtomicU32,
    /// Whether something was asked for that no earlier execution was told.
    is_live: AtomicBool,
    unwritten: Mutex<Vec<Entry>>,
    /// Held while entries are written, so that nothing is sent before what it depends on is recorded.
    turn: tokio::sync::Mutex<()>,
    ending: Mutex<Option<Ending>>,
    ended: CancellationToken,
    /// Whether somebody records a little later.
    flushes: AtomicBool,
    /// Whether the journal could not be written, whatever else ended the run before.
    has_failed: AtomicBool,
    /// Positions that were told something that holds for this moment alone, or whose outcome isn't known.
    passing: Passing,
    /// What is asked for again when a job is put off.
    tail: Tail,
}

/// Whose run is recorded.
pub(crate) enum Whose {
    /// A job's, as long as its owner may do what it does.
    Job {
        /// The call that started it.
        started_by: CallId,
        owner: Owner,
    },
    /// That of a call with an idempotency key, whose caller the surface knows.
    Call(CallId),
}

/// What a recording goes on with.
pub(crate) struct Resumption {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) lease: Lease,
    pub(crate) whose: Whose,
}

impl Recording {
    /// The first execution of a run.
    pub(crate) fn first(resumption: Resumption) -> Self {
        Self::knowing(resumption, HashMap::new())
    }

    /// A run that goes on where the journal ends.
    pub(crate) async fn resume(resumption: Resumption) -> Result<Self, StoreError> {
        let known = resumption.journal.recorded(resumption.lease.run).await?;
        Ok(Self::knowing(resumption, known))
    }

    fn knowing(resumption: Resumption, known: HashMap<String, RecordedEntry>) -> Self {
        let Resumption { journal, lease, whose } = resumption;
        Self {
            journal,
            lease,
            whose,
            known: Mutex::new(ReadAhead::of(known)),
            begun: Instant::now(),
            replayed: AtomicU32::new(0),
            is_live: AtomicBool::new(false),
            unwritten: Mutex::new(Vec::new()),
            turn: tokio::sync::Mutex::new(()),
            ending: Mutex::new(None),
            ended: CancellationToken::new(),
            flushes: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            passing: Passing::default(),
            tail: Tail::default(),
        }
    }

    /// The call that started the job, if it is one's run.
    pub(crate) fn started_by(&self) -> Option<CallId> {
        match self.whose {
            Whose::Job { started_by, .. } => Some(started_by),
            Whose::Call(_) => None,
        }
    }

    /// Whether it is the record of this call's own run.
    pub(super) fn is_of(&self, call: CallId) -> bool {
        matches!(self.whose, Whose::Call(own) if own == call)
    }

    pub(super) fn lease(&self) -> Lease {
        self.lease
    }

    /// What isn't recorded yet, for the run's last transaction, and what is asked for again when the run goes on.
    pub(super) async fn rest(&self) -> (Vec<Entry>, Vec<Reopened>) {
        let _turn = self.turn.lock().await;
        (std::mem::take(&mut *self.unwritten.lock()), self.passing.take())
    }

    /// The provider takes a position.
    pub(super) fn taken(&self, position: &str) {
        self.tail.taken(position);
    }

    /// What a job that is put off records last: entries that wait, and what is asked for again.
    pub(crate) async fn put_off_rest(&self) -> (Vec<Entry>, Vec<Reopened>) {
        let _turn = self.turn.lock().await;
        (std::mem::take(&mut *self.unwritten.lock()), self.tail.take())
    }

    /// Whether something came of this execution that stands.
    pub(crate) fn has_headway(&self) -> bool {
        self.tail.has_headway()
    }

    /// The run does nothing more. The first reason counts.
    pub(crate) fn end(&self, ending: Ending) {
        self.ending.lock().get_or_insert(ending);
        self.ended.cancel();
    }

    /// Why the run did nothing more; none when it came to its own end.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending.lock().clone()
    }

    /// Why the run did nothing more, in the place of what its provider answers then.
    pub(super) fn refusal(&self) -> Option<Problem> {
        self.ending().map(Ending::problem)
    }

    /// The owner of a job, as long as they may do what it does; else the run ends. None for a call, whose caller is there.
    pub(crate) async fn check_owner(&self) -> Result<Option<Arc<Principal>>, Problem> {
        let Whose::Job { owner, .. } = &self.whose else { return Ok(None) };
        match owner.check().await {
            Ok(Ok(owner)) => Ok(Some(owner)),
            Ok(Err(problem)) => {
                self.end(Ending::Refused(problem.clone()));
                Err(problem)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Waits for something that needn't be waited for once the run does nothing more.
    pub(crate) async fn while_it_runs<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        tokio::select! {
            biased;
            () = self.ended.cancelled() => Err(stopped()),
            done = work => Ok(done),
        }
    }

    /// Begins something that the tool asks for.
    pub(super) async fn begin(&self, pending: Pending) -> Result<Begun, Problem> {
        self.check()?;
        let known = self.known.lock().take(&pending.position);
        let Some(known) = known else {
            self.goes_on();
            return Ok(Begun::Live(pending));
        };
        self.replayed.fetch_add(1, Ordering::Relaxed);
        if known.digest != pending.digest {
            return Err(self.diverged());
        }
        if let Some(sent_at) = known.open_since {
            self.tail.went_on(&pending.position);
            return Ok(Begun::Lost(Pending { was_sent: true, ..pending }, sent_at));
        }
        match read_ahead::told(&self.known, &self.journal, self.lease.run, &pending.position).await {
            Ok(Some(outcome)) => {
                self.passing.told(&pending.position, &pending.digest, &outcome);
                self.tail.went_on(&pending.position);
                self.tail.told(&pending.position, &outcome);
                Ok(Begun::Recorded(outcome))
            }
            Ok(None) => Err(self.lost()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The run asks for what no earlier execution was told.
    fn goes_on(&self) {
        let entries = self.replayed.load(Ordering::Relaxed);
        if entries > 0 && !self.is_live.swap(true, Ordering::Relaxed) {
            let took = self.begun.elapsed();
            tracing::info!(run = %self.lease.run, entries, took_ms = took.as_millis(), "run.replayed");
        }
    }

    /// Records that a write is about to be sent. It may be sent only after this.
    pub(super) async fn sending(&self, pending: &Pending, write: Write) -> Result<(), Problem> {
        self.check()?;
        self.check_owner().await?;
        self.tail.went_on(&pending.position);
        self.write(Entry { write: Some(write), ..pending.entry(None) }).await?;
        // From here on it is sent, also when the run is ended meanwhile: else the record would say what isn't so.
        pending.is_sent.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The execution is where an earlier one ended, and waits there: whatever ends it meanwhile isn't the run's fault.
    pub(super) async fn reached(&self) {
        match self.journal.reached(self.lease).await {
            Ok(true) => {}
            Ok(false) => drop(self.lost()),
            Err(error) => drop(self.failed(error)),
        }
    }

    /// Takes back that a write was sent: it was certainly not carried out, and it may be long until it is sent again.
    pub(super) async fn put_off(&self, pending: &Pending) -> Result<(), Problem> {
        if !pending.may_be_put_off() || !pending.is_sent.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        match self.journal.withdraw(self.lease, &pending.position).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.lost()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Records what came of it. What ended because the run ended is not what came of it.
    pub(super) async fn done(
        self: &Arc<Self>,
        pending: Pending,
        outcome: EntryOutcome,
        event: Option<Event>,
    ) -> Result<(), Problem> {
        let is_sent = pending.is_sent.load(Ordering::Relaxed);
        self.passing.told(&pending.position, &pending.digest, &outcome);
        self.tail.came(&pending.position, &outcome);
        let entry = Entry { event, ..pending.entry(Some(outcome)) };
        if is_sent && !pending.was_sent {
            // With the next intent, the run's end, or a little later: a host that dies before that looks for it.
            self.unwritten.lock().push(entry);
            self.flush_soon();
            return Ok(());
        }
        if is_sent {
            return self.write(entry).await;
        }
        self.check()?;
        // What became of a write of an earlier execution is known from here on: nothing else may flush it.
        if pending.was_sent {
            return self.write(entry).await;
        }
        self.unwritten.lock().push(entry);
        if self.unwritten.lock().len() < MAX_UNWRITTEN { Ok(()) } else { self.flush().await }
    }

    /// Records a little later what waits, unless somebody does so before.
    fn flush_soon(self: &Arc<Self>) {
        if self.flushes.swap(true, Ordering::Relaxed) {
            return;
        }
        let recording = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(WAITS).await;
            recording.flushes.store(false, Ordering::Relaxed);
            // What it fails with is in the recording's ending.
            let _recorded = recording.flush().await;
        });
    }

    async fn write(&self, entry: Entry) -> Result<(), Problem> {
        self.unwritten.lock().push(entry);
        self.flush().await
    }

    /// Records what waits.
    pub(crate) async fn flush(&self) -> Result<(), Problem> {
        let _turn = self.turn.lock().await;
        let entries = std::mem::take(&mut *self.unwritten.lock());
        if entries.is_empty() {
            // Whoever had the turn before has written it, or failed to.
            return if self.has_failed.load(Ordering::Relaxed) { Err(stopped()) } else { Ok(()) };
        }
        // In a task of its own: a caller whose time is over must not take along what was done.
        let (journal, lease) = (Arc::clone(&self.journal), self.lease);
        let recording = tokio::spawn(async move { (journal.record(lease, &entries).await, entries) });
        match recording.await {
            Ok((Ok(true), _)) => Ok(()),
            Ok((Ok(false), entries)) => {
                self.put_back(entries);
                Err(self.lost())
            }
            Ok((Err(error), entries)) => {
                self.put_back(entries);
                Err(self.failed(error))
            }
            Err(_) => Err(self.lost()),
        }
    }

    /// What could not be recorded waits for the run's last transaction.
    fn put_back(&self, entries: Vec<Entry>) {
        self.unwritten.lock().splice(0..0, entries);
    }

    fn check(&self) -> Result<(), Problem> {
        if self.ended.is_cancelled() { Err(stopped()) } else { Ok(()) }
    }

    fn lost(&self) -> Problem {
        self.has_failed.store(true, Ordering::Relaxed);
        self.end(Ending::Lost);
        stopped()
    }

    /// Without its journal a run can't go on. The lease ends, and another run does.
    fn failed(&self, error: StoreError) -> Problem {
        tracing::error!(run = %self.lease.run, %error, "run.journal_failed");
        self.has_failed.store(true, Ordering::Relaxed);
        let mut problem = Problem::from(error);
        // It is logged once.
        let _logged = problem.take_cause();
        self.end(Ending::Unrecorded(problem));
        stopped()
    }

    fn diverged(&self) -> Problem {
        let (message, hint) = match self.whose {
            Whose::Job { .. } => (
                "the job was interrupted, and the tool now asks for something else than before",
                "the plugin may have been replaced meanwhile: see what is done, and start a job for the rest",
            ),
            Whose::Call(_) => (
                "The call was interrupted, and the tool now asks for something else than before.",
                "The plugin may have been replaced meanwhile: see what is done, and ask for the rest under a new key.",
            ),
        };
        let problem = Problem::new(Code::Conflict, message).hint(hint);
        self.end(Ending::Diverged(problem.clone()));
        problem
    }
}

fn stopped() -> Problem {
    Problem::new(Code::Cancelled, "the run does nothing more")
}
