//! What jobs need of the store.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::job::{Claim, Claimed, Job, JobEnd, NewJob, Progress};
use super::recording::Outcome;
use crate::effects::WriteName;
use crate::id::{JobId, PrincipalId};
use crate::ports::StoreError;

/// Whether a job is still this run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is, and the lease has been renewed.
    Ours,
    /// It is, and its owner wants it to stop.
    CancelRequested,
    /// The lease ended, and another run may have the job.
    Lost,
}

/// The durable queue of jobs.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Adds a job. False when that would be more than `most` of the principal's that haven't ended.
    async fn add(&self, job: &NewJob, most: u32) -> Result<bool, StoreError>;

    /// A principal's job.
    async fn job(&self, id: JobId, principal: PrincipalId) -> Result<Option<Job>, StoreError>;

    /// Notes that a principal's job is to stop; one that nobody has begun ends at once. False when there is none.
    async fn request_cancel(&self, id: JobId, principal: PrincipalId) -> Result<bool, StoreError>;

    /// Takes the oldest job that nobody runs, for the time of a lease. Principals with `most_of_one` running jobs wait. A
    /// lease that ends later than any could that was taken by now is none: the clock was set back.
    async fn claim(&self, lease: Duration, most_of_one: u32) -> Result<Option<Claimed>, StoreError>;

    /// Renews the lease and notes how far the job is.
    async fn renew(
        &self,
        claim: Claim,
        lease: Duration,
        progress: Option<Progress>,
    ) -> Result<Standing, StoreError>;

    /// Ends a job. Its journal is forgotten when it succeeded, and else kept as long as the job. False when the job is no
    /// longer this run's.
    async fn finish(&self, claim: Claim, end: &JobEnd) -> Result<bool, StoreError>;

    /// Gives a job back, so that another run can go on at once. This run doesn't count as an attempt.
    async fn release(&self, claim: Claim) -> Result<(), StoreError>;

    /// Removes jobs that ended this long ago.
    async fn remove_ended(&self, age: Duration) -> Result<u64, StoreError>;
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where in the job: its number within its call, after those of the calls around it, such as `3.0`.
    pub position: String,
    /// SHA-256 of what was asked, in hex.
    pub digest: String,
    /// The write that it is, when it is about to be sent; the journal keeps it with the outcome too.
    pub write: Option<WriteName>,
    /// What came of it; none for what has been sent and not been answered.
    pub outcome: Option<Outcome>,
}

/// What a journal knows of a position, without its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// SHA-256 of what was asked, in hex.
    pub digest: String,
    /// When it was sent, by the clock of the store, if its outcome isn't known.
    pub open_since: Option<OffsetDateTime>,
}

/// A write that a journal has.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedWrite {
    /// Where in the job.
    pub position: String,
    pub write: WriteName,
    /// What came of it; none for what has been sent and not been answered.
    pub outcome: Option<Outcome>,
}

/// The durable record of what a job asked for and got.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Everything that earlier runs of a job recorded, by position.
    async fn known(&self, job: JobId) -> Result<HashMap<String, Known>, StoreError>;

    /// The writes after a position, in the order of positions as text, at most `most`.
    async fn writes(
        &self,
        job: JobId,
        after: Option<&str>,
        most: u32,
    ) -> Result<Vec<RecordedWrite>, StoreError>;

    /// The outcome at a position.
    async fn outcome(&self, job: JobId, position: &str) -> Result<Option<Outcome>, StoreError>;

    /// Records entries, all or none. An outcome is headway: attempts count from it. False, and nothing recorded, when the job is no longer this run's.
    async fn record(&self, claim: Claim, entries: &[Entry]) -> Result<bool, StoreError>;

    /// Takes back that something was sent, since it was certainly not carried out. False when the job is no longer this
    /// run's.
    async fn withdraw(&self, claim: Claim, position: &str) -> Result<bool, StoreError>;
}
