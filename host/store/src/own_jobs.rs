//! A principal's jobs, page after page.

use toolbay_kernel::PrincipalId;
use toolbay_kernel::jobs::{JobQuery, JobStatus, ListedJob};

use crate::clock;
use crate::error::Fault;
use crate::jobs::progress_of;
use crate::store::Store;

#[derive(serde::Deserialize)]
struct StoredListed {
    id: String,
    tool: String,
    status: String,
    done: Option<i64>,
    total: Option<i64>,
    created_at: i64,
    next_run_at: Option<i64>,
    ended_at: Option<i64>,
}

impl Store {
    /// The jobs of a principal that are wanted, newest first.
    pub(crate) async fn jobs_of(
        &self,
        principal: PrincipalId,
        wanted: JobQuery,
    ) -> Result<Vec<ListedJob>, Fault> {
        let status = wanted.status.map(JobStatus::as_str).unwrap_or_default();
        // Nothing is as new as this.
        let (created_ms, id) =
            wanted.after.map_or((i64::MAX, String::new()), |after| (after.created_ms, after.id.to_string()));
        let stored: Vec<StoredListed> = self
            .database
            .rows(
                "SELECT id, tool, CASE WHEN status = 'queued' AND next_run_at IS NOT NULL THEN 'waiting' ELSE status END AS status, done, total, \
                 created_at, next_run_at, ended_at FROM runs WHERE kind = 'job' AND principal_id = $1 \
                 AND ($2 = '' OR CASE WHEN status = 'queued' AND next_run_at IS NOT NULL THEN 'waiting' ELSE status END = $2) \
                 AND (created_at < $3 OR (created_at = $3 AND id < $4)) \
                 ORDER BY created_at DESC, id DESC LIMIT $5",
                [
                    principal.to_string().into(),
                    status.into(),
                    created_ms.into(),
                    id.into(),
                    i64::from(wanted.limit).into(),
                ],
            )
            .await?;
        stored.into_iter().map(StoredListed::read).collect()
    }
}

impl StoredListed {
    fn read(self) -> Result<ListedJob, Fault> {
        let damaged = |what: &str| Fault::Damaged(format!("{what} of job {}", self.id));
        Ok(ListedJob {
            id: self.id.parse().map_err(|_| damaged("id"))?,
            tool: self.tool.parse().map_err(|_| damaged("tool"))?,
            status: JobStatus::parse(&self.status).ok_or_else(|| damaged("status"))?,
            progress: progress_of(self.done, self.total),
            created_at: clock::from_milliseconds(self.created_at)?,
            next_run_at: self.next_run_at.map(clock::from_milliseconds).transpose()?,
            ended_at: self.ended_at.map(clock::from_milliseconds).transpose()?,
        })
    }
}
