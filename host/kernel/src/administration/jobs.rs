//! Jobs, as an operator sees and stops them: those of every principal.

use time::OffsetDateTime;

use super::Administration;
use crate::audit::Actor;
use crate::id::{JobId, PrincipalId};
use crate::jobs::{JobStatus, Progress};
use crate::name::ToolName;
use crate::ports::StoreError;

/// Jobs that are listed at most; older ones are found by their id.
pub const MAX_LISTED_JOBS: u32 = 200;

/// A job as it is listed; nothing that its caller wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    pub id: JobId,
    pub principal: PrincipalId,
    pub tool: ToolName,
    pub status: JobStatus,
    pub progress: Option<Progress>,
    /// Whether its end was asked for.
    pub is_cancelling: bool,
    pub created_at: OffsetDateTime,
    /// When one that waits runs again, at the earliest.
    pub next_run_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
}

impl Administration {
    /// The newest jobs, those that haven't ended first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn jobs(&self) -> Result<Vec<JobRecord>, StoreError> {
        self.store.listed_jobs(MAX_LISTED_JOBS).await
    }

    /// A job, whoever's it is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn job(&self, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        self.store.listed_job(id).await
    }

    /// Stops a job after what is under way. False when there is none that hasn't ended.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn cancel_job(&self, id: JobId, by: &Actor) -> Result<bool, StoreError> {
        self.store.cancel_listed_job(id, by).await
    }
}
