//! What is recorded of what a provider asks for, and what it is told.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use super::journal::Outcome;
use super::replay::Recording;
use crate::digest::digest;
use crate::id::CallId;
use crate::problem::{Code, Problem};
use crate::request::ResolvedRequest;

/// What is recorded of a call.
#[derive(Clone, Default)]
pub enum Recorder {
    /// Nothing beyond the audit.
    #[default]
    Off,
    /// All that the provider asks for and is told, so that it can be replayed.
    Full(Arc<Recording>),
}

/// How something that a provider asks for begins.
pub(crate) enum Begun {
    /// An earlier execution of the run was told this.
    Recorded(Outcome),
    /// It is to be done.
    Live(Pending),
    /// An earlier execution sent it at this time, and nobody knows what came of it.
    Lost(Pending, OffsetDateTime),
}

/// Something that is being done for a provider.
pub(crate) struct Pending {
    pub(super) position: String,
    pub(super) digest: String,
    pub(super) is_sent: AtomicBool,
}

impl Pending {
    /// What is not recorded.
    pub(crate) const fn nothing() -> Self {
        Self { position: String::new(), digest: String::new(), is_sent: AtomicBool::new(false) }
    }

    pub(super) fn new(position: String, digest: String) -> Self {
        Self { position, digest, is_sent: AtomicBool::new(false) }
    }
}

impl Recorder {
    /// The call that the run goes back to, for the audit.
    pub(crate) fn started_by(&self) -> Option<CallId> {
        match self {
            Self::Off => None,
            Self::Full(recording) => Some(recording.started_by()),
        }
    }

    /// Begins something that the provider asks for at a position.
    pub(crate) async fn begin(
        &self,
        position: String,
        asked: impl FnOnce() -> Value,
    ) -> Result<Begun, Problem> {
        match self {
            Self::Off => Ok(Begun::Live(Pending::new(position, String::new()))),
            Self::Full(recording) => recording.begin(position, digest(&asked())).await,
        }
    }

    /// Records that a write is about to be sent. It may be sent only after this.
    pub(crate) async fn sending(&self, pending: &Pending, request: &ResolvedRequest) -> Result<(), Problem> {
        match self {
            Self::Full(recording) if request.writes() => recording.sending(pending, request).await,
            Self::Full(_) | Self::Off => Ok(()),
        }
    }

    /// Takes back that a write was sent: it was certainly not carried out, and it may be long until it is sent again.
    pub(crate) async fn put_off(&self, pending: &Pending) -> Result<(), Problem> {
        match self {
            Self::Off => Ok(()),
            Self::Full(recording) => recording.put_off(pending).await,
        }
    }

    /// Records what came of it.
    pub(crate) async fn done(
        &self,
        pending: Pending,
        outcome: impl FnOnce() -> Outcome,
    ) -> Result<(), Problem> {
        match self {
            Self::Off => Ok(()),
            Self::Full(recording) => recording.done(pending, outcome()).await,
        }
    }

    /// Waits for something that needn't be waited for once the run does nothing more.
    pub(crate) async fn while_it_runs<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        match self {
            Self::Off => Ok(work.await),
            Self::Full(recording) => recording.while_it_runs(work).await,
        }
    }

    /// Tells the provider something that is neither an effect nor another tool's answer. `work` isn't done again in a
    /// replay: the provider is told what it was told before.
    pub(crate) async fn tell<T: Serialize + DeserializeOwned>(
        &self,
        position: String,
        asked: impl FnOnce() -> Value,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let Self::Full(recording) = self else { return work.await };
        match recording.begin(position, digest(&asked())).await? {
            Begun::Recorded(told) => serde_json::from_value(told?)
                .map_err(|_| Problem::new(Code::Failed, "what was recorded of the run can't be read")),
            // A value of the provider's own state is set again to the same.
            Begun::Live(pending) | Begun::Lost(pending, _) => {
                let told = work.await;
                let outcome = told.as_ref().map(|told| serde_json::json!(told)).map_err(Problem::clone);
                recording.done(pending, outcome).await?;
                told
            }
        }
    }
}
