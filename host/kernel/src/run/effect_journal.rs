//! The journal of a call that is recorded for its effects alone.
//!
//! Each write is in the journal before its first byte, with its outcome after: enough to tell and to find out what was done,
//! not to replay. What is read isn't recorded. An outcome waits for the next write, or for the call's end, to be recorded with: a
//! host that dies in between has to look for it, and a call of one write costs the disk one turn less.
//!
//! A call that goes on with the run of an earlier one reads again, and is told the outcome of each write that the record has:
//! each recorded one once, whatever its position was.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use time::OffsetDateTime;

use super::journal::{Entry, EntryOutcome, RecordedEntry, Write};
use super::lease::Lease;
use super::outcome::{is_passing, reopened};
use super::pending::{Begun, Pending};
use super::runs::{FIRST_FENCE, Reopened, Runs};
use crate::audit::Event;
use crate::id::CallId;
use crate::ports::StoreError;
use crate::problem::{Code, Problem};

/// The journal of one call's writes, and of those of the calls that it makes.
pub struct EffectJournal {
    runs: Arc<dyn Runs>,
    lease: Lease,
    call: CallId,
    /// What earlier executions of the run have recorded, by the digest of what was asked; the first of each is the last.
    earlier: Mutex<HashMap<String, Vec<Earlier>>>,
    /// Outcomes that aren't recorded yet.
    unwritten: Mutex<Vec<Entry>>,
    /// Held while entries are recorded, so that none is lost between two who record.
    turn: tokio::sync::Mutex<()>,
    /// Writes whose outcome isn't known, or holds no longer.
    open: Mutex<Vec<Reopened>>,
}

/// A write of an earlier execution.
struct Earlier {
    position: String,
    open_since: Option<OffsetDateTime>,
}

impl EffectJournal {
    /// The journal of a call's own run, which is new.
    pub(crate) fn new(call: CallId, lease: Lease, runs: Arc<dyn Runs>) -> Self {
        Self {
            runs,
            lease,
            call,
            earlier: Mutex::default(),
            unwritten: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            open: Mutex::default(),
        }
    }

    /// The journal of a call that goes on with an earlier one's run.
    pub(crate) async fn resume(call: CallId, lease: Lease, runs: Arc<dyn Runs>) -> Result<Self, StoreError> {
        let mut earlier: HashMap<String, Vec<Earlier>> = HashMap::new();
        for (position, RecordedEntry { digest, open_since, .. }) in runs.recorded(lease.run).await? {
            earlier.entry(digest).or_default().push(Earlier { position, open_since });
        }
        for same in earlier.values_mut() {
            same.sort_by(|one, other| other.position.cmp(&one.position));
        }
        Ok(Self { earlier: Mutex::new(earlier), ..Self::new(call, lease, runs) })
    }

    /// Whether it is the journal of this call's own run.
    pub(super) fn is_of(&self, call: CallId) -> bool {
        self.call == call
    }

    pub(super) fn lease(&self) -> Lease {
        self.lease
    }

    /// Begins something that the provider asks for: the record tells what became of a write that is in it.
    pub(super) async fn begin(&self, pending: Pending) -> Result<Begun, Problem> {
        loop {
            let earlier = self.earlier.lock().get_mut(&pending.digest).and_then(Vec::pop);
            let Some(Earlier { position, open_since }) = earlier else {
                return Ok(Begun::Live(self.placed(pending)));
            };
            if let Some(sent_at) = open_since {
                return Ok(Begun::Lost(Pending { position, was_sent: true, ..pending }, sent_at));
            }
            let read = self.runs.outcomes(self.lease.run, std::slice::from_ref(&position)).await;
            let outcome = match read {
                Ok(mut outcomes) => outcomes.remove(&position),
                Err(error) => {
                    // It is there for whoever asks once more.
                    let again = Earlier { position, open_since };
                    self.earlier.lock().entry(pending.digest.clone()).or_default().push(again);
                    return Err(error.into());
                }
            };
            match outcome {
                Some(Ok(told)) => return Ok(Begun::Recorded(Ok(told))),
                Some(Err(problem)) if !is_passing(problem.code) => return Ok(Begun::Recorded(Err(problem))),
                // What became of it isn't known, nor when it was sent.
                Some(Err(problem)) if problem.code == Code::OutcomeUnknown => {
                    let sent_at = OffsetDateTime::UNIX_EPOCH;
                    return Ok(Begun::Lost(Pending { position, was_sent: true, ..pending }, sent_at));
                }
                // It was certainly not carried out, for a reason that may hold no longer.
                Some(Err(_)) | None => {}
            }
        }
    }

    /// Each execution has positions of its own: it may ask in another order.
    fn placed(&self, pending: Pending) -> Pending {
        if self.lease.fence == FIRST_FENCE {
            return pending;
        }
        Pending { position: format!("{}:{}", self.lease.fence, pending.position), ..pending }
    }

    /// Records that a write is about to be sent. It may be sent only after this.
    ///
    /// In a task of its own: a caller who goes away must not take the outcomes along that are recorded with it.
    pub(super) async fn sending(self: &Arc<Self>, pending: &Pending, write: Write) -> Result<(), Problem> {
        let intent = Entry { write: Some(write), ..pending.entry(None) };
        let journal = Arc::clone(self);
        let recorded = tokio::spawn(async move { journal.record_with(Some(intent)).await });
        match recorded.await {
            Ok(Ok(true)) => {
                pending.is_sent.store(true, Ordering::Relaxed);
                Ok(())
            }
            Ok(Ok(false)) => Err(overdue()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Problem::new(Code::Failed, "the host failed while it recorded a write")),
        }
    }

    /// What isn't recorded yet, for the run's last transaction, and what is open then.
    pub(crate) async fn rest(&self) -> (Vec<Entry>, Vec<Reopened>) {
        let _turn = self.turn.lock().await;
        (std::mem::take(&mut *self.unwritten.lock()), std::mem::take(&mut *self.open.lock()))
    }

    /// Records what waits to be recorded.
    pub(super) async fn flush(self: &Arc<Self>) -> Result<(), StoreError> {
        if self.unwritten.lock().is_empty() {
            return Ok(());
        }
        let journal = Arc::clone(self);
        match tokio::spawn(async move { journal.record_with(None).await }).await {
            Ok(recorded) => recorded.map(drop),
            Err(_) => Ok(()),
        }
    }

    /// Records what waits, and an intent. What could not be recorded waits on, for the run's end.
    async fn record_with(&self, intent: Option<Entry>) -> Result<bool, StoreError> {
        let _turn = self.turn.lock().await;
        let mut entries = std::mem::take(&mut *self.unwritten.lock());
        let waiting = entries.len();
        entries.extend(intent);
        let recorded = self.runs.record(self.lease, &entries).await;
        if !matches!(recorded, Ok(true)) {
            entries.truncate(waiting);
            self.unwritten.lock().splice(0..0, entries);
        }
        recorded
    }

    /// Takes back that a write was sent.
    pub(super) async fn put_off(&self, pending: &Pending) -> Result<(), Problem> {
        if pending.may_be_put_off() && pending.is_sent.swap(false, Ordering::Relaxed) {
            match self.runs.withdraw(self.lease, &pending.position).await {
                Ok(true) => {}
                // The entry stays open, which says that its outcome has to be looked for.
                Ok(false) => tracing::error!(run = %self.lease.run, "run.lease_ended"),
                Err(error) => tracing::error!(run = %self.lease.run, %error, "run.write_not_withdrawn"),
            }
        }
        Ok(())
    }

    /// Notes what came of a write that was sent, by this execution or an earlier one.
    pub(super) fn done(&self, pending: &Pending, outcome: EntryOutcome, event: Event) {
        self.open.lock().extend(reopened(&pending.position, &outcome));
        // One that isn't known stays open: whoever goes on looks for it, also when this host doesn't come to the run's end.
        let outcome = Some(outcome)
            .filter(|outcome| !outcome.as_ref().is_err_and(|problem| problem.code == Code::OutcomeUnknown));
        let entry = Entry { event: Some(event), ..pending.entry(outcome) };
        self.unwritten.lock().push(entry);
    }
}

impl fmt::Debug for EffectJournal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("EffectJournal").field(&self.lease).finish()
    }
}

fn overdue() -> Problem {
    Problem::new(Code::LimitExceeded, "The call has run longer than its record may be written to.")
        .hint("Ask for less at once.")
}
