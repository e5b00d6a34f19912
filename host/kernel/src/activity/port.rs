//! What the activity needs of the store.

use async_trait::async_trait;
use serde_json::Value;

use crate::audit::{Actor, RecordedEvent};
use crate::effects::WriteName;
use crate::id::{CallId, JobId, PrincipalId, RunId};
use crate::jobs::{JobQuery, JobStatus, ListedJob, NewJob};
use crate::ports::StoreError;
use crate::problem::{Code, Problem};
use crate::run::EntryOutcome;
use crate::surface::Surface;

/// Which events, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityQuery {
    /// How many.
    pub limit: u32,
    /// Only events older than the one of this number.
    pub before: Option<i64>,
    /// Only what this principal did.
    pub principal: Option<PrincipalId>,
    /// Only what is about this, such as a tool.
    pub subject: Option<String>,
    /// Only events of this kind; without one, a call that has ended is one event.
    pub kind: Option<String>,
    /// Only what didn't succeed.
    pub only_failed: bool,
}

/// A write of a run, as its journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptWrite {
    /// SHA-256 of what was asked, in hex: the event of the write has it too.
    pub digest: String,
    pub name: WriteName,
    /// The request in the words of its egress; none where it is too large to be told.
    pub request: Option<Value>,
    /// What came of it; none where that isn't known, or is too large to be told.
    pub outcome: Option<EntryOutcome>,
}

/// A job, whoever's it is.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedJob {
    pub job: ListedJob,
    pub principal: PrincipalId,
    /// The owner's name at their last event; none where no event has it any more.
    pub name: Option<String>,
    /// Whether its end was asked for.
    pub is_cancelling: bool,
    /// Why it failed, or what it waits for to pass.
    pub problem: Option<Problem>,
}

/// An event, as far as it decides who is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    pub seq: i64,
    pub principal: PrincipalId,
    /// The kind as it is stored.
    pub kind: String,
    pub surface: Surface,
}

/// How far a job is that hasn't ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJob {
    pub id: JobId,
    pub principal: PrincipalId,
    /// Whatever is different when it has gone on.
    pub state: (JobStatus, Option<i64>, Option<i64>, bool),
}

/// The audit, runs and jobs, as they are looked at.
#[async_trait]
pub trait ActivityStore: Send + Sync {
    /// The events that are wanted. One whose content was removed isn't among them.
    async fn activity(&self, wanted: &ActivityQuery) -> Result<Vec<RecordedEvent>, StoreError>;

    /// The events of a call, oldest first, at most `max`: its beginning and its end first of all.
    async fn events_of_call(&self, call: CallId, max: u32) -> Result<Vec<RecordedEvent>, StoreError>;

    /// The beginnings, ends and effects of a principal's calls from one event's number to another's, oldest first, at most `max`.
    async fn calls_between(
        &self,
        principal: PrincipalId,
        from: i64,
        to: i64,
        max: u32,
    ) -> Result<Vec<RecordedEvent>, StoreError>;

    /// The writes that the journal of a run has, in the order of their positions, at most `max`, each with what is at most
    /// `max_bytes` large.
    async fn kept_writes(&self, run: RunId, max: u32, max_bytes: u32) -> Result<Vec<KeptWrite>, StoreError>;

    /// The jobs of everybody that are wanted, newest first.
    async fn jobs_of_everybody(&self, wanted: JobQuery) -> Result<Vec<OwnedJob>, StoreError>;

    /// What a job was to do, as long as it is kept.
    async fn kept_job(&self, id: JobId) -> Result<Option<NewJob>, StoreError>;

    /// Notes that a job is to stop. False when there is none that hasn't ended.
    async fn stop_job(&self, id: JobId, by: &Actor) -> Result<bool, StoreError>;

    /// Notes that somebody asked for another job of the same tool and arguments.
    async fn note_again(&self, job: &NewJob, by: &Actor) -> Result<(), StoreError>;

    /// The number of the newest event; 0 before the first.
    async fn newest_event(&self) -> Result<i64, StoreError>;

    /// The events after a number, oldest first, at most `max`.
    async fn events_after(&self, seq: i64, max: u32) -> Result<Vec<Happened>, StoreError>;

    /// How many runs haven't ended.
    async fn open_runs(&self) -> Result<OpenRuns, StoreError>;

    /// The jobs that haven't ended, oldest first, at most `max`.
    async fn open_jobs(&self, max: u32) -> Result<Vec<OpenJob>, StoreError>;
}

/// How many runs haven't ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenRuns {
    /// Calls that write or have a key.
    pub calls: u64,
    /// Jobs that nobody has begun.
    pub queued: u64,
    /// Jobs that run.
    pub running: u64,
    /// Jobs that run again later.
    pub waiting: u64,
}

impl KeptWrite {
    /// Whether it ended as an event says.
    pub(crate) fn is_of(&self, digest: &str, code: Option<Code>) -> bool {
        let ended = match &self.outcome {
            None => None,
            Some(Ok(_)) => Some(None),
            Some(Err(problem)) => Some(Some(problem.code)),
        };
        self.digest == digest && ended.is_none_or(|ended| ended == code)
    }
}
