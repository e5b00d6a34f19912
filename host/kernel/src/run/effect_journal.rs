//! The journal of a call that is recorded for its effects alone.
//!
//! Each write is in the journal before its first byte, with its outcome after: enough to tell and to find out what was done,
//! not to replay. What is read isn't recorded. An outcome waits for the next write, or for the call's end, to be recorded with: a
//! host that dies in between has to look for it, and a call of one write costs the disk one turn less.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;

use super::journal::{Entry, EntryOutcome, Write};
use super::lease::Lease;
use super::pending::Pending;
use super::runs::{FIRST_FENCE, Runs};
use crate::audit::Event;
use crate::id::CallId;
use crate::ports::StoreError;
use crate::problem::{Code, Problem};

/// The journal of one call's writes, and of those of the calls that it makes.
pub struct EffectJournal {
    runs: Arc<dyn Runs>,
    lease: Lease,
    /// Outcomes that aren't recorded yet.
    unwritten: Mutex<Vec<Entry>>,
    /// Held while entries are recorded, so that none is lost between two who record.
    turn: tokio::sync::Mutex<()>,
}

impl EffectJournal {
    pub(crate) fn new(call: CallId, runs: Arc<dyn Runs>) -> Self {
        Self {
            runs,
            lease: Lease { run: call.into(), fence: FIRST_FENCE },
            unwritten: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Whether it is the journal of this call's own run.
    pub(super) fn is_of(&self, call: CallId) -> bool {
        self.lease.run == call.into()
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

    /// Ends the run together with what is not recorded yet.
    pub(crate) async fn close(&self, is_success: bool, ended: &Event) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let entries = std::mem::take(&mut *self.unwritten.lock());
        self.runs.close(self.lease, &entries, is_success, ended).await
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
        if pending.is_sent.swap(false, Ordering::Relaxed) {
            match self.runs.withdraw(self.lease, &pending.position).await {
                Ok(true) => {}
                // The entry stays open, which says that its outcome has to be looked for.
                Ok(false) => tracing::error!(run = %self.lease.run, "run.lease_ended"),
                Err(error) => tracing::error!(run = %self.lease.run, %error, "run.write_not_withdrawn"),
            }
        }
        Ok(())
    }

    /// Notes what came of a write that was sent.
    pub(super) fn done(&self, pending: &Pending, outcome: EntryOutcome, event: Event) {
        let entry = Entry { event: Some(event), ..pending.entry(Some(outcome)) };
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
