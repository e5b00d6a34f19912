//! The journal of a call that is recorded for its effects alone.
//!
//! Each write is in the journal before its first byte, with its outcome after: enough to tell and to find out what was done,
//! not to replay. What is read isn't recorded. An outcome waits for the next write, or for the call's end, to be recorded with: a
//! host that dies in between has to look for it, and a call of one write costs the disk one turn less.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;

use super::journal::{Entry, Outcome, Write};
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
}

impl EffectJournal {
    pub(crate) fn new(call: CallId, runs: Arc<dyn Runs>) -> Self {
        Self { runs, lease: Lease { run: call.into(), fence: FIRST_FENCE }, unwritten: Mutex::default() }
    }

    /// Whether it is the journal of this call's own run.
    pub(super) fn is_of(&self, call: CallId) -> bool {
        self.lease.run == call.into()
    }

    /// Records that a write is about to be sent. It may be sent only after this.
    pub(super) async fn sending(&self, pending: &Pending, write: Write) -> Result<(), Problem> {
        let mut entries = self.take_unwritten();
        entries.push(Entry { write: Some(write), ..pending.entry(None) });
        let refusal = match self.runs.record(self.lease, &entries).await {
            Ok(true) => {
                pending.is_sent.store(true, Ordering::Relaxed);
                return Ok(());
            }
            Ok(false) => overdue(),
            Err(error) => error.into(),
        };
        entries.pop();
        self.unwritten.lock().append(&mut entries);
        Err(refusal)
    }

    /// Ends the run together with what is not recorded yet.
    pub(crate) async fn close(&self, is_success: bool, ended: &Event) -> Result<(), StoreError> {
        self.runs.close(self.lease, &self.take_unwritten(), is_success, ended).await
    }

    /// Records what waits to be recorded.
    pub(super) async fn flush(&self) -> Result<(), StoreError> {
        let entries = self.take_unwritten();
        if !entries.is_empty() && !self.runs.record(self.lease, &entries).await? {
            tracing::error!(run = %self.lease.run, "run.lease_ended");
        }
        Ok(())
    }

    fn take_unwritten(&self) -> Vec<Entry> {
        std::mem::take(&mut self.unwritten.lock())
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
    pub(super) fn done(&self, pending: &Pending, outcome: Outcome, event: Event) {
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
