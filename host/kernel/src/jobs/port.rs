//! What jobs need of the store.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;

use super::job::{Adoptable, Claimed, Job, JobEnd, NewJob, Progress};
use super::listed::{JobQuery, ListedJob};
use crate::audit::Actor;
use crate::id::{JobId, PrincipalId};
use crate::name::ToolName;
use crate::ports::StoreError;
use crate::problem::Problem;
use crate::run::{Entry, Lease, LeaseState, Reopened, RunProviders};

/// The durable queue of jobs.
#[async_trait]
pub trait JobStore: RunProviders {
    /// Adds a job, unless it is there already. False when that would be more than `max` of the principal's that haven't ended.
    async fn add(&self, job: &NewJob, max: u32) -> Result<bool, StoreError>;

    /// A principal's job.
    async fn job(&self, id: JobId, principal: PrincipalId) -> Result<Option<Job>, StoreError>;

    /// The jobs of a principal that are wanted, newest first.
    async fn list(&self, principal: PrincipalId, wanted: JobQuery) -> Result<Vec<ListedJob>, StoreError>;

    /// Notes that a principal's job is to stop; one that nobody has begun ends at once, and one that waits is to be claimed at
    /// once. False when there is none.
    async fn request_cancel(&self, id: JobId, principal: PrincipalId) -> Result<bool, StoreError>;

    /// Takes the oldest job that nobody runs and that doesn't wait, for the time of a lease. Principals with `max_of_one` running jobs wait. A
    /// lease that ends later than any could that was taken by now is none: the clock was set back.
    async fn claim(&self, time: Duration, max_of_one: u32) -> Result<Option<Claimed>, StoreError>;

    /// Renews the lease and notes how far the job is.
    async fn renew(
        &self,
        lease: Lease,
        time: Duration,
        progress: Option<&Progress>,
    ) -> Result<LeaseState, StoreError>;

    /// Ends a job; its journal is kept as long as the job. False when the lease has ended.
    async fn finish(&self, lease: Lease, end: &JobEnd) -> Result<bool, StoreError>;

    /// Puts a job off. False when the lease has ended.
    async fn put_off(&self, lease: Lease, off: PutOff<'_>) -> Result<bool, StoreError>;

    /// A job as it is now, whoever's it is.
    async fn adoptable(&self, id: JobId) -> Result<Option<Adoptable>, StoreError>;

    /// Lets a job that nobody runs go on with these plugins, by tool, from where its journal ends; one that failed isn't over
    /// any more. False when it has been claimed since this lease, or can't be adopted.
    async fn adopt_run(
        &self,
        lease: Lease,
        providers: &HashMap<ToolName, String>,
        by: &Actor,
    ) -> Result<bool, StoreError>;

    /// Gives a job back, so that another run can go on at once. This run doesn't count as an attempt.
    async fn release(&self, lease: Lease) -> Result<(), StoreError>;
}

/// Why a job is put off, until when, and what its run leaves.
#[derive(Debug, Clone, Copy)]
pub struct PutOff<'a> {
    /// The time until the next run.
    pub wait: Duration,
    /// Runs without headway, the last one included.
    pub attempts: u32,
    /// What the run ended with.
    pub problem: &'a Problem,
    /// Entries that aren't recorded yet.
    pub entries: &'a [Entry],
    /// What is asked for again.
    pub reopened: &'a [Reopened],
}
