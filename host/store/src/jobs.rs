//! The queue of jobs: runs whose calls nobody waits for.
//!
//! Leases and their ends go by the database's clock: several hosts may share it, and their own clocks differ.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use toolbay_kernel::effects::Done;
use toolbay_kernel::jobs::{
    Claimed, Job, JobEnd, JobQuery, JobStatus, JobStore, ListedJob, NewJob, Progress,
};
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{Lease, LeaseState};
use toolbay_kernel::{JobId, PrincipalId};

use crate::database::Transaction;
use crate::error::Fault;
use crate::sealed_columns::{JOB_ARGUMENTS, JOB_OUTCOME};
use crate::store::Store;
use crate::vault::Keyring;

#[derive(sqlx::FromRow)]
struct StoredJob {
    id: String,
    principal_id: String,
    allowance: String,
    started_by: String,
    tool: String,
    connection_id: Option<String>,
    arguments: Vec<u8>,
    fence: i64,
    attempts: i64,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    tool: String,
    status: String,
    done: Option<i64>,
    total: Option<i64>,
    outcome: Option<Vec<u8>>,
}

#[async_trait]
impl JobStore for Store {
    async fn add(&self, job: &NewJob, max: u32) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        // Else two at the same time would both find room for the last one.
        transaction.lock(&format!("jobs of {}", job.principal)).await?;
        let is_there = "SELECT COUNT(*) FROM runs WHERE kind = 'job' AND id = $1";
        if transaction.count(is_there, [job.id.to_string().into()]).await? > 0 {
            return Ok(true);
        }
        let open = transaction
            .count(
                "SELECT COUNT(*) FROM runs WHERE kind = 'job' AND ended_at IS NULL AND principal_id = $1",
                [job.principal.to_string().into()],
            )
            .await?;
        if open >= i64::from(max) {
            return Ok(false);
        }
        let arguments = JOB_ARGUMENTS.of(job.id.uuid());
        let arguments = self.keys.sealing(&mut transaction).await?.json(arguments, &job.arguments)?;
        let now = transaction.now().await?;
        transaction
            .execute(
                "INSERT INTO runs (kind, id, principal_id, allowance, started_by, tool, connection_id, arguments, status, fence, \
                 attempts, lease_until, cancel_requested, created_at) \
                 VALUES ('job', $1, $2, $3, $4, $5, $6, $7, 'queued', 0, 0, 0, 0, $8)",
                [
                    job.id.to_string().into(),
                    job.principal.to_string().into(),
                    json!(job.allowance).to_string().into(),
                    job.started_by.to_string().into(),
                    job.tool.to_string().into(),
                    job.connection.map(|connection| connection.to_string()).into(),
                    arguments.into(),
                    now.into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn job(&self, id: JobId, principal: PrincipalId) -> Result<Option<Job>, StoreError> {
        let read = self.keys.reading(&self.database, async |keyring| {
            let found: Option<JobRow> = self
                .database
                .row(
                    "SELECT tool, status, done, total, outcome FROM runs \
                     WHERE kind = 'job' AND id = $1 AND principal_id = $2",
                    [id.to_string().into(), principal.to_string().into()],
                )
                .await?;
            found.map(|row| job_of_row(&keyring, id, row)).transpose()
        });
        Ok(read.await?)
    }

    async fn list(&self, principal: PrincipalId, wanted: JobQuery) -> Result<Vec<ListedJob>, StoreError> {
        Ok(self.jobs_of(principal, wanted).await?)
    }

    async fn request_cancel(&self, id: JobId, principal: PrincipalId) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let of = || [id.to_string().into(), principal.to_string().into(), now.into()];
        let never_begun = transaction
            .execute(
                "UPDATE runs SET status = 'cancelled', ended_at = $3 \
                 WHERE kind = 'job' AND id = $1 AND principal_id = $2 AND status = 'queued' AND fence = 0",
                of(),
            )
            .await?;
        let [id, principal, _] = of();
        // One that has ended stays as it is; asking for it again is no error.
        let known = transaction
            .execute(
                "UPDATE runs SET cancel_requested = 1 WHERE kind = 'job' AND id = $1 AND principal_id = $2",
                [id, principal],
            )
            .await?;
        transaction.commit().await?;
        Ok(never_begun + known > 0)
    }

    async fn claim(&self, time: Duration, max_of_one: u32) -> Result<Option<Claimed>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        // A lease that ends after this was taken before the clock was set back. Twice, since two looks at a clock differ.
        let latest = until(now, time.saturating_mul(2));
        // Two that find the same row: the second one waits for the first, and then sees that it is taken.
        let claimed: Vec<StoredJob> = transaction
            .rows(
                "UPDATE runs SET status = 'running', fence = fence + 1, attempts = attempts + 1, lease_until = $2 \
                 WHERE id = (SELECT waiting.id FROM runs AS waiting WHERE waiting.kind = 'job' AND waiting.ended_at IS NULL \
                 AND (waiting.status = 'queued' OR waiting.lease_until < $1 OR waiting.lease_until > $4) \
                 AND $3 > (SELECT COUNT(*) FROM runs AS others WHERE others.kind = 'job' AND others.principal_id = waiting.principal_id \
                 AND others.ended_at IS NULL AND others.status = 'running' \
                 AND others.lease_until >= $1 AND others.lease_until <= $4) \
                 ORDER BY waiting.created_at, waiting.id LIMIT 1) \
                 AND ended_at IS NULL AND (status = 'queued' OR lease_until < $1 OR lease_until > $4) \
                 RETURNING id, principal_id, allowance, started_by, tool, connection_id, arguments, fence, attempts",
                [now.into(), until(now, time).into(), i64::from(max_of_one).into(), latest.into()],
            )
            .await?;
        let claimed = claimed.into_iter().next();
        let blob = claimed.as_ref().map(|stored| stored.arguments.as_slice());
        let keyring = self.keys.opening(&mut transaction, blob.as_slice()).await?;
        transaction.commit().await?;
        Ok(claimed.map(|stored| claimed_job(&keyring, stored)).transpose()?)
    }

    async fn renew(
        &self,
        lease: Lease,
        time: Duration,
        progress: Option<Progress>,
    ) -> Result<LeaseState, StoreError> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let renewed: Vec<(i64,)> = transaction
            .rows(
                "UPDATE runs SET lease_until = $4, done = COALESCE($5, done), total = COALESCE($6, total) \
                 WHERE id = $1 AND fence = $2 AND status = 'running' AND lease_until >= $3 RETURNING cancel_requested",
                [
                    lease.run.to_string().into(),
                    lease.fence.into(),
                    now.into(),
                    until(now, time).into(),
                    progress.map(|progress| number(progress.done)).into(),
                    progress.map(|progress| number(progress.total)).into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(match renewed.first() {
            None => LeaseState::Lost,
            Some((0,)) => LeaseState::Ours,
            Some(_) => LeaseState::CancelRequested,
        })
    }

    async fn finish(&self, lease: Lease, end: &JobEnd) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let is_ours = self.end_job(&mut transaction, lease, end, now).await?;
        transaction.commit().await?;
        Ok(is_ours)
    }

    async fn release(&self, lease: Lease) -> Result<(), StoreError> {
        self.database
            .execute(
                "UPDATE runs SET lease_until = 0, \
                 attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END \
                 WHERE id = $1 AND fence = $2 AND status = 'running'",
                [lease.run.to_string().into(), lease.fence.into()],
            )
            .await?;
        Ok(())
    }
}

impl Store {
    async fn end_job(
        &self,
        transaction: &mut Transaction,
        lease: Lease,
        end: &JobEnd,
        now: i64,
    ) -> Result<bool, Fault> {
        let outcome = match end {
            JobEnd::Succeeded(output) => output.clone(),
            JobEnd::Failed(problem) => json!(problem),
            JobEnd::Cancelled(done) => json!(done),
        };
        let outcome =
            self.keys.sealing(transaction).await?.json(JOB_OUTCOME.of(lease.run.uuid()), &outcome)?;
        let ended = transaction
            .execute(
                "UPDATE runs SET status = $3, outcome = $4, ended_at = $5 \
                 WHERE id = $1 AND fence = $2 AND status = 'running'",
                [
                    lease.run.to_string().into(),
                    lease.fence.into(),
                    end.status().as_str().into(),
                    outcome.into(),
                    now.into(),
                ],
            )
            .await?;
        Ok(ended > 0)
    }
}

fn job_of_row(keyring: &Keyring, id: JobId, row: JobRow) -> Result<Job, Fault> {
    let status =
        JobStatus::parse(&row.status).ok_or_else(|| Fault::Damaged(format!("status of job {id}")))?;
    let outcome = || match &row.outcome {
        Some(blob) => keyring.json(JOB_OUTCOME.of(id.uuid()), blob),
        None => Ok(Value::Null),
    };
    let end = match status {
        JobStatus::Queued | JobStatus::Running => None,
        JobStatus::Succeeded => Some(JobEnd::Succeeded(outcome()?)),
        JobStatus::Failed => Some(JobEnd::Failed(
            serde_json::from_value(outcome()?).map_err(|_| Fault::Damaged(format!("problem of job {id}")))?,
        )),
        JobStatus::Cancelled => Some(JobEnd::Cancelled(match outcome()? {
            Value::Null => Done::default(),
            done => serde_json::from_value(done).map_err(|_| Fault::Damaged(format!("end of job {id}")))?,
        })),
    };
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    let progress =
        row.done.zip(row.total).map(|(done, total)| Progress { done: number(done), total: number(total) });
    Ok(Job { id, tool: parsed(&row.tool, "tool", id)?, status, progress, end })
}

fn claimed_job(keyring: &Keyring, stored: StoredJob) -> Result<Claimed, Fault> {
    let id = job_id(&stored.id)?;
    let connection =
        stored.connection_id.as_deref().map(|text| parsed(text, "connection", id)).transpose()?;
    let job = NewJob {
        id,
        principal: parsed(&stored.principal_id, "principal", id)?,
        allowance: serde_json::from_str(&stored.allowance)
            .map_err(|_| Fault::Damaged(format!("allowance of job {id}")))?,
        started_by: parsed(&stored.started_by, "caller", id)?,
        tool: parsed(&stored.tool, "tool", id)?,
        connection,
        arguments: keyring.json(JOB_ARGUMENTS.of(id.uuid()), &stored.arguments)?,
    };
    let attempts = u32::try_from(stored.attempts).unwrap_or(u32::MAX);
    Ok(Claimed { lease: Lease { run: id.into(), fence: stored.fence }, job, attempts })
}

fn job_id(text: &str) -> Result<JobId, Fault> {
    text.parse().map_err(|_| Fault::Damaged(format!("id of job {text}")))
}

fn parsed<T: std::str::FromStr>(text: &str, what: &str, id: JobId) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::Damaged(format!("{what} of job {id}")))
}

pub(crate) fn until(now: i64, lease: Duration) -> i64 {
    now.saturating_add(milliseconds(lease))
}

pub(crate) fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
