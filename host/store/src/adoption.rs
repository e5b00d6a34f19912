//! Jobs that go on with other plugins than they began with.

use std::collections::HashMap;

use toolbay_kernel::audit::{Act, Actor, Event, JobChange};
use toolbay_kernel::jobs::{Adoptable, JobStatus};
use toolbay_kernel::run::Lease;
use toolbay_kernel::{JobId, ToolName};

use crate::error::Fault;
use crate::jobs::{StoredJob, claimed_job};
use crate::store::Store;

#[derive(serde::Deserialize)]
struct StoredState {
    status: String,
    lease_until: i64,
}

impl Store {
    /// A job as it is now, whoever's it is.
    pub(crate) async fn adoptable_job(&self, id: JobId) -> Result<Option<Adoptable>, Fault> {
        self.keys
            .reading(&self.database, async |keyring| {
                let of = || [id.to_string().into()];
                let stored: Option<StoredJob> = self
                    .database
                    .row(
                        "SELECT id, principal_id, allowance, started_by, tool, connection_id, arguments, traceparent, fence, attempts, \
                         cancel_requested, created_at FROM runs WHERE kind = 'job' AND id = $1",
                        of(),
                    )
                    .await?;
                let state: Option<StoredState> = self
                    .database
                    .row("SELECT status, lease_until FROM runs WHERE kind = 'job' AND id = $1", of())
                    .await?;
                let (Some(stored), Some(state)) = (stored, state) else { return Ok(None) };
                let now = self.database.now().await?;
                let claimed = claimed_job(&keyring, stored, now)?;
                let status = JobStatus::parse(&state.status)
                    .ok_or_else(|| Fault::Damaged(format!("status of job {id}")))?;
                Ok(Some(Adoptable {
                    job: claimed.job,
                    lease: claimed.lease,
                    status,
                    is_leased: status == JobStatus::Running && state.lease_until >= now,
                    is_cancelled: claimed.is_cancelled,
                }))
            })
            .await
    }

    /// Lets a job go on with these plugins. False when it has been claimed since, or can't be adopted any more.
    pub(crate) async fn adopt_job(
        &self,
        lease: Lease,
        providers: &HashMap<ToolName, String>,
        by: &Actor,
    ) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let adopted: Vec<(String, String)> = transaction
            .rows(
                // The fence grows: whoever had the last lease writes nothing more.
                "UPDATE runs SET status = 'queued', fence = fence + 1, attempts = 0, lease_until = 0, next_run_at = NULL, \
                 ended_at = NULL, outcome = NULL \
                 WHERE kind = 'job' AND id = $1 AND fence = $2 AND cancel_requested = 0 \
                 AND (status IN ('queued', 'failed') OR (status = 'running' AND lease_until < $3)) RETURNING id, tool",
                [lease.run.to_string().into(), lease.fence.into(), now.into()],
            )
            .await?;
        let Some((id, tool)) = adopted.into_iter().next() else { return Ok(false) };
        let damaged = |what: &str| Fault::Damaged(format!("{what} of job {id}"));
        let (job, tool) =
            (id.parse().map_err(|_| damaged("id"))?, tool.parse().map_err(|_| damaged("tool"))?);
        transaction
            .execute("DELETE FROM run_providers WHERE run_id = $1", [lease.run.to_string().into()])
            .await?;
        for (tool, digest) in providers {
            transaction
                .execute(
                    "INSERT INTO run_providers (run_id, tool, digest) VALUES ($1, $2, $3)",
                    [lease.run.to_string().into(), tool.to_string().into(), digest.clone().into()],
                )
                .await?;
        }
        transaction.append(&Event::of_host(by, Act::Job { job, tool, change: JobChange::Adopted })).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
