//! The journal of a call that is recorded for its effects alone.
//!
//! Each write is in the journal before its first byte, with its outcome after: enough to tell and to find out what was done,
//! not to replay. What is read isn't recorded.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

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
}

impl EffectJournal {
    pub(crate) fn new(call: CallId, runs: Arc<dyn Runs>) -> Self {
        Self { runs, lease: Lease { run: call.into(), fence: FIRST_FENCE } }
    }

    pub(crate) fn lease(&self) -> Lease {
        self.lease
    }

    /// Records that a write is about to be sent. It may be sent only after this.
    pub(super) async fn sending(&self, pending: &Pending, write: Write) -> Result<(), Problem> {
        let entry = Entry { write: Some(write), ..pending.entry(None) };
        match self.runs.record(self.lease, &[entry]).await {
            Ok(true) => {
                pending.is_sent.store(true, Ordering::Relaxed);
                Ok(())
            }
            Ok(false) => Err(overdue()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes back that a write was sent.
    pub(super) async fn put_off(&self, pending: &Pending) -> Result<(), Problem> {
        if pending.is_sent.swap(false, Ordering::Relaxed) {
            let withdrawn = self.runs.withdraw(self.lease, &pending.position).await;
            self.note(&withdrawn);
        }
        Ok(())
    }

    /// Records what came of a write that was sent.
    pub(super) async fn done(&self, pending: Pending, outcome: Outcome, event: Option<Event>) {
        let entry = Entry { event, ..pending.entry(Some(outcome)) };
        let recorded = self.runs.record(self.lease, &[entry]).await;
        self.note(&recorded);
    }

    /// The write has happened, or has not: the caller gets the answer also when it can't be recorded. Then the entry stays
    /// open, which says that its outcome has to be looked for.
    fn note(&self, recorded: &Result<bool, StoreError>) {
        match recorded {
            Ok(true) => {}
            Ok(false) => tracing::error!(run = %self.lease.run, "run.lease_ended"),
            Err(error) => tracing::error!(run = %self.lease.run, %error, "run.outcome_not_written"),
        }
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
