//! A replay that does nothing: whether a provider asks for what a run has recorded.
//!
//! The provider is told what the record has, as in a replay. What the record doesn't have isn't done: there the provider waits
//! until all that is recorded has been asked for, and then it is ended. Nothing is sent, and nothing is recorded.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::journal::Journal;
use super::pending::Begun;
use super::read_ahead::{self, ReadAhead};
use crate::id::{CallId, RunId};
use crate::ports::StoreError;
use crate::problem::{Code, Problem};

/// A replay of one run that does nothing.
pub struct Rehearsal {
    journal: Arc<dyn Journal>,
    run: RunId,
    started_by: CallId,
    /// What is recorded and hasn't been asked for.
    known: Mutex<ReadAhead>,
    verdict: Mutex<Option<Verdict>>,
    ended: CancellationToken,
}

/// What a rehearsal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The provider asked the same for all that is recorded.
    Agrees,
    /// It asked for something else at this position.
    Differs(String),
}

impl Rehearsal {
    /// A rehearsal of what a run has recorded so far.
    pub(crate) async fn of(
        journal: Arc<dyn Journal>,
        run: RunId,
        started_by: CallId,
    ) -> Result<Self, StoreError> {
        let known = Mutex::new(ReadAhead::of(journal.recorded(run).await?));
        let (verdict, ended) = (Mutex::default(), CancellationToken::new());
        Ok(Self { journal, run, started_by, known, verdict, ended })
    }

    pub(super) fn started_by(&self) -> CallId {
        self.started_by
    }

    /// Waits until it is known whether the provider asks the same.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// What was found; none while something that is recorded hasn't been asked for.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let found = self.verdict.lock().clone();
        found.or_else(|| self.known.lock().is_empty().then_some(Verdict::Agrees))
    }

    /// The first position that is recorded and hasn't been asked for.
    pub(crate) fn first_left(&self) -> Option<String> {
        self.known.lock().first_left()
    }

    /// The provider asks for something.
    pub(super) async fn begin(&self, position: String, digest: &str) -> Result<Begun, Problem> {
        if self.ended.is_cancelled() {
            return Err(stopped());
        }
        let (known, is_last) = {
            let mut known = self.known.lock();
            let entry = known.take(&position);
            (entry, known.is_empty())
        };
        match known {
            Some(known) if known.digest != digest => {
                self.end(Verdict::Differs(position));
                return Err(stopped());
            }
            Some(known) if known.open_since.is_none() => {
                let told = read_ahead::told(&self.known, &self.journal, self.run, &position).await?;
                if is_last {
                    self.end(Verdict::Agrees);
                    return Err(stopped());
                }
                if let Some(told) = told {
                    return Ok(Begun::Recorded(told));
                }
            }
            // What became of it isn't known, or it isn't recorded.
            Some(_) | None => {}
        }
        if is_last {
            self.end(Verdict::Agrees);
        }
        self.ended.cancelled().await;
        Err(stopped())
    }

    fn end(&self, verdict: Verdict) {
        self.verdict.lock().get_or_insert(verdict);
        self.ended.cancel();
    }

    /// Waits for something that needn't be waited for once all is known.
    pub(super) async fn while_it_runs<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        tokio::select! {
            biased;
            () = self.ended.cancelled() => Err(stopped()),
            done = work => Ok(done),
        }
    }
}

fn stopped() -> Problem {
    Problem::new(Code::Cancelled, "the replay has come to its end")
}
