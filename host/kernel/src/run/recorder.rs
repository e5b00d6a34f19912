//! What is recorded of what a provider asks for, and what it is told.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::effect_journal::EffectJournal;
use super::journal::{Entry, EntryOutcome, Write};
use super::lease::Lease;
use super::pending::{Asked, Begun, Pending};
use super::rehearsal::Rehearsal;
use super::replay::Recording;
use super::runs::Reopened;
use crate::audit::Event;
use crate::digest::digest;
use crate::id::CallId;
use crate::ports::StoreError;
use crate::problem::{Code, Problem};
use crate::request::ResolvedRequest;

/// What is recorded of a call.
#[derive(Clone, Default)]
pub enum Recorder {
    /// Nothing: it only reads, or is only checked.
    #[default]
    Off,
    /// Its writes, and what came of each.
    Effects(Arc<EffectJournal>),
    /// All that the provider asks for and is told, so that it can be replayed.
    Full(Arc<Recording>),
    /// Nothing: it is a replay that does nothing.
    Rehearsed(Arc<Rehearsal>),
}

impl Recorder {
    /// Whether a call is part of a run that is there already: that of another call, or of a job.
    pub(crate) fn is_on(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// The lease of the run that is this call's own; none where the call is part of another's, or of a job.
    pub(crate) fn own_run(&self, call: CallId) -> Option<Lease> {
        match self {
            Self::Off | Self::Rehearsed(_) => None,
            Self::Effects(journal) => journal.is_of(call).then(|| journal.lease()),
            Self::Full(recording) => recording.is_of(call).then(|| recording.lease()),
        }
    }

    /// What the run's last transaction records: entries that wait, and the positions of what is asked for again when the run
    /// goes on.
    pub(crate) async fn rest(&self) -> (Vec<Entry>, Vec<Reopened>) {
        match self {
            Self::Off | Self::Rehearsed(_) => (Vec::new(), Vec::new()),
            Self::Effects(journal) => journal.rest().await,
            Self::Full(recording) => recording.rest().await,
        }
    }

    /// Whether the provider may run again from its start, and is told the same.
    pub(crate) fn is_replayed(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Rehearsed(_))
    }

    /// Whether it is a replay that does nothing, not even in the audit.
    pub(crate) fn is_rehearsed(&self) -> bool {
        matches!(self, Self::Rehearsed(_))
    }

    /// The call that the run goes back to, for the audit.
    pub(crate) fn started_by(&self) -> Option<CallId> {
        match self {
            Self::Off | Self::Effects(_) => None,
            Self::Full(recording) => recording.started_by(),
            Self::Rehearsed(rehearsal) => Some(rehearsal.started_by()),
        }
    }

    /// The provider takes a position.
    pub(crate) fn taken(&self, position: &str) {
        if let Self::Full(recording) = self {
            recording.taken(position);
        }
    }

    /// Why the run has ended before the provider has, if it has: a provider that is told nothing more may still answer as if
    /// it had come to its end.
    pub(crate) fn refusal(&self) -> Option<Problem> {
        match self {
            Self::Off | Self::Effects(_) | Self::Rehearsed(_) => None,
            Self::Full(recording) => recording.refusal(),
        }
    }

    /// Begins something that the provider asks for.
    pub(crate) async fn begin(&self, asked: Asked<impl FnOnce() -> Value>) -> Result<Begun, Problem> {
        let Asked { position, provider, words } = asked;
        match self {
            Self::Off => Ok(Begun::Live(Pending::new(position, String::new(), provider))),
            Self::Effects(journal) => journal.begin(Pending::new(position, digest(&words()), provider)).await,
            Self::Full(recording) => {
                recording.begin(Pending::new(position, digest(&words()), provider)).await
            }
            Self::Rehearsed(rehearsal) => rehearsal.begin(position, &digest(&words())).await,
        }
    }

    /// Records that a write is about to be sent. It may be sent only after this.
    pub(crate) async fn sending(&self, pending: &Pending, request: &ResolvedRequest) -> Result<(), Problem> {
        let write = || Write { name: request.summary.clone(), request: request.payload.in_words() };
        match self {
            Self::Effects(journal) if request.writes() => journal.sending(pending, write()).await,
            Self::Full(recording) if request.writes() => recording.sending(pending, write()).await,
            Self::Effects(_) | Self::Full(_) | Self::Off | Self::Rehearsed(_) => Ok(()),
        }
    }

    /// Takes back that a write was sent: it was certainly not carried out, and it may be long until it is sent again.
    pub(crate) async fn put_off(&self, pending: &Pending) -> Result<(), Problem> {
        match self {
            Self::Off | Self::Rehearsed(_) => Ok(()),
            Self::Effects(journal) => journal.put_off(pending).await,
            Self::Full(recording) => recording.put_off(pending).await,
        }
    }

    /// Notes that the execution waits where an earlier one ended.
    pub(crate) async fn reached(&self) {
        if let Self::Full(recording) = self {
            recording.reached().await;
        }
    }

    /// Records what came of it; of a write that was sent, with its event.
    pub(crate) async fn done(
        &self,
        pending: Pending,
        outcome: impl FnOnce() -> EntryOutcome,
        event: impl FnOnce(&str) -> Event,
    ) -> Result<(), Problem> {
        let is_sent = pending.is_sent.load(Ordering::Relaxed);
        match self {
            Self::Off | Self::Rehearsed(_) => Ok(()),
            Self::Effects(journal) => {
                if is_sent || pending.was_sent {
                    let event = event(&pending.digest);
                    journal.done(&pending, outcome(), event);
                }
                Ok(())
            }
            Self::Full(recording) => {
                let event = (is_sent || pending.was_sent).then(|| event(&pending.digest));
                recording.done(pending, outcome(), event).await
            }
        }
    }

    /// Records what waits to be recorded, before a call that is part of the run ends.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        match self {
            Self::Effects(journal) => journal.flush().await,
            // What can't be recorded ends the run, and waits for its last transaction.
            Self::Full(recording) => {
                let _recorded = recording.flush().await;
                Ok(())
            }
            Self::Off | Self::Rehearsed(_) => Ok(()),
        }
    }

    /// Waits for something that needn't be waited for once the run does nothing more.
    pub(crate) async fn while_it_runs<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        match self {
            Self::Off | Self::Effects(_) => Ok(work.await),
            Self::Full(recording) => recording.while_it_runs(work).await,
            Self::Rehearsed(rehearsal) => rehearsal.while_it_runs(work).await,
        }
    }

    /// Tells the provider something that is neither an effect nor another tool's answer. `work` isn't done again in a
    /// replay: the provider is told what it was told before.
    pub(crate) async fn tell<T: Serialize + DeserializeOwned>(
        &self,
        asked: Asked<impl FnOnce() -> Value>,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        if !self.is_replayed() {
            return work.await;
        }
        match self.begin(asked).await? {
            Begun::Recorded(told) => serde_json::from_value(told?)
                .map_err(|_| Problem::new(Code::Failed, "what was recorded of the run can't be read")),
            // A value of the provider's own state is set again to the same.
            Begun::Live(pending) | Begun::Lost(pending, _) => {
                let told = work.await;
                let outcome = told.as_ref().map(|told| serde_json::json!(told)).map_err(Problem::clone);
                if let Self::Full(recording) = self {
                    recording.done(pending, outcome, None).await?;
                }
                told
            }
        }
    }
}
