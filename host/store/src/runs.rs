//! The runs of calls, and how long runs are kept.

use std::time::Duration;

use async_trait::async_trait;
use toolbay_kernel::audit::Event;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{Entry, Lease, NewRun, RunKind, Runs};

use crate::error::Fault;
use crate::jobs::{milliseconds, until};
use crate::store::Store;

#[async_trait]
impl Runs for Store {
    async fn open(&self, run: &NewRun, started: &Event) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        transaction
            .execute(
                "INSERT INTO runs (id, kind, principal_id, tool, connection_id, status, fence, lease_until, created_at) \
                 VALUES ($1, 'call', $2, $3, $4, 'running', 1, $5, $6)",
                [
                    run.call.to_string().into(),
                    run.principal.to_string().into(),
                    run.tool.to_string().into(),
                    run.connection.map(|id| id.to_string()).into(),
                    until(now, run.lease).into(),
                    now.into(),
                ],
            )
            .await?;
        transaction.append(started).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn close(
        &self,
        lease: Lease,
        entries: &[Entry],
        is_success: bool,
        ended: &Event,
    ) -> Result<(), StoreError> {
        let status = if is_success { "succeeded" } else { "failed" };
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        transaction
            .execute(
                "UPDATE runs SET status = $3, ended_at = $4 WHERE id = $1 AND fence = $2 AND ended_at IS NULL",
                [lease.run.to_string().into(), lease.fence.into(), status.into(), now.into()],
            )
            .await?;
        self.keep_entries(&mut transaction, lease.run, entries).await?;
        transaction.append(ended).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn remove_ended(&self, kind: RunKind, age: Duration) -> Result<u64, StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let before = now.saturating_sub(milliseconds(age));
        let parameters = || [kind.as_str().into(), before.into()];
        transaction
            .execute(
                "DELETE FROM journal WHERE run_id IN (SELECT id FROM runs WHERE kind = $1 AND (ended_at < $2 \
                 OR (kind = 'call' AND ended_at IS NULL AND created_at < $2)))",
                parameters(),
            )
            .await?;
        let removed = transaction
            .execute(
                "DELETE FROM runs WHERE kind = $1 AND (ended_at < $2 \
                 OR (kind = 'call' AND ended_at IS NULL AND created_at < $2))",
                parameters(),
            )
            .await?;
        transaction.commit().await?;
        Ok(removed)
    }
}

impl Store {
    /// Takes the lease of every job from whoever had it. Where one host alone serves a database, its start says that
    /// whoever ran a job before is gone, whatever the clock says. A call may be that of a command beside it.
    pub(crate) async fn take_every_lease(&self) -> Result<(), Fault> {
        self.database
            .execute("UPDATE runs SET lease_until = 0 WHERE kind = 'job' AND ended_at IS NULL AND status = 'running'", [])
            .await?;
        Ok(())
    }
}
