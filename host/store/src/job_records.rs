//! Jobs as an operator sees and stops them, whoever's they are.

use toolbay_kernel::JobId;
use toolbay_kernel::administration::JobRecord;
use toolbay_kernel::audit::{Act, Actor, Event, JobChange};
use toolbay_kernel::jobs::JobStatus;
use toolbay_kernel::other_hosts::Change;

use crate::clock;
use crate::error::Fault;
use crate::jobs::progress_of;
use crate::store::Store;

#[derive(serde::Deserialize)]
struct StoredRecord {
    id: String,
    principal_id: String,
    tool: String,
    status: String,
    done: Option<i64>,
    total: Option<i64>,
    cancel_requested: i64,
    created_at: i64,
    next_run_at: Option<i64>,
    ended_at: Option<i64>,
}

impl Store {
    /// The newest jobs, those that haven't ended first.
    pub(crate) async fn newest_jobs(&self, max: u32) -> Result<Vec<JobRecord>, Fault> {
        let stored: Vec<StoredRecord> = self
            .database
            .rows(
                "SELECT id, principal_id, tool, \
                 CASE WHEN status = 'queued' AND next_run_at IS NOT NULL THEN 'waiting' ELSE status END AS status, \
                 done, total, cancel_requested, created_at, next_run_at, ended_at FROM runs \
                 WHERE kind = 'job' ORDER BY CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, created_at DESC, id DESC \
                 LIMIT $1",
                [i64::from(max).into()],
            )
            .await?;
        stored.into_iter().map(StoredRecord::read).collect()
    }

    /// A job, whoever's it is.
    pub(crate) async fn job_record(&self, id: JobId) -> Result<Option<JobRecord>, Fault> {
        let stored: Option<StoredRecord> = self
            .database
            .row(
                "SELECT id, principal_id, tool, \
                 CASE WHEN status = 'queued' AND next_run_at IS NOT NULL THEN 'waiting' ELSE status END AS status, \
                 done, total, cancel_requested, created_at, next_run_at, ended_at FROM runs \
                 WHERE kind = 'job' AND id = $1",
                [id.to_string().into()],
            )
            .await?;
        stored.map(StoredRecord::read).transpose()
    }

    /// Tells a job to stop; one that nobody has begun ends at once. False when there is none that hasn't ended.
    pub(crate) async fn stop_job(&self, id: JobId, by: &Actor) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let told: Vec<(String,)> = transaction
            .rows(
                "UPDATE runs SET cancel_requested = 1, \
                 next_run_at = CASE WHEN next_run_at IS NULL THEN NULL ELSE CAST($2 AS BIGINT) END, \
                 ended_at = CASE WHEN status = 'queued' AND fence = 0 THEN $2 ELSE ended_at END, \
                 status = CASE WHEN status = 'queued' AND fence = 0 THEN 'cancelled' ELSE status END \
                 WHERE kind = 'job' AND id = $1 AND ended_at IS NULL RETURNING tool",
                [id.to_string().into(), now.into()],
            )
            .await?;
        if let Some((tool,)) = told.first() {
            let tool = tool.parse().map_err(|_| Fault::Damaged(format!("tool of job {id}")))?;
            transaction
                .append(&Event::of_host(by, Act::Job { job: id, tool, change: JobChange::Cancelled }))
                .await?;
        }
        transaction.commit().await?;
        self.changed(Change::JobStops(id)).await;
        Ok(!told.is_empty())
    }
}

impl StoredRecord {
    fn read(self) -> Result<JobRecord, Fault> {
        let id: JobId = self.id.parse().map_err(|_| Fault::Damaged(format!("id of job {}", self.id)))?;
        let damaged = |what: &str| Fault::Damaged(format!("{what} of job {id}"));
        Ok(JobRecord {
            id,
            principal: self.principal_id.parse().map_err(|_| damaged("principal"))?,
            tool: self.tool.parse().map_err(|_| damaged("tool"))?,
            status: JobStatus::parse(&self.status).ok_or_else(|| damaged("status"))?,
            progress: progress_of(self.done, self.total),
            is_cancelling: self.cancel_requested != 0 && self.ended_at.is_none(),
            created_at: clock::from_milliseconds(self.created_at)?,
            next_run_at: self.next_run_at.map(clock::from_milliseconds).transpose()?,
            ended_at: self.ended_at.map(clock::from_milliseconds).transpose()?,
        })
    }
}
