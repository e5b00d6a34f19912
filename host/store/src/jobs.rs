//! The queue of jobs: runs whose calls nobody waits for.
//!
//! Leases and their ends go by the database's clock: several hosts may share it, and their own clocks differ.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::jobs::{
    Adoptable, Claimed, Job, JobEnd, JobQuery, JobStatus, JobStore, ListedJob, MAX_BACKOFF, NewJob, Progress,
    PutOff, Waiting,
};
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{Lease, LeaseState};
use toolbay_kernel::{JobId, PrincipalId, ToolName};

use crate::clock;
use crate::database::Transaction;
use crate::error::Fault;
use crate::job_ends;
use crate::runs::reopen;
use crate::sealed_columns::{JOB_ARGUMENTS, JOB_MESSAGE, JOB_OUTCOME};
use crate::store::Store;
use crate::vault::Keyring;

#[derive(serde::Deserialize)]
pub(crate) struct StoredJob {
    id: String,
    principal_id: String,
    allowance: String,
    started_by: String,
    tool: String,
    connection_id: Option<String>,
    arguments: Vec<u8>,
    traceparent: Option<String>,
    fence: i64,
    attempts: i64,
    cancel_requested: i64,
    created_at: i64,
}

#[derive(serde::Deserialize)]
struct JobRow {
    tool: String,
    status: String,
    done: Option<i64>,
    total: Option<i64>,
    message: Option<Vec<u8>>,
    next_run_at: Option<i64>,
    outcome: Option<Vec<u8>>,
    outcome_version: i64,
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
                 attempts, lease_until, cancel_requested, created_at, traceparent) \
                 VALUES ('job', $1, $2, $3, $4, $5, $6, $7, 'queued', 0, 0, 0, 0, $8, $9)",
                [
                    job.id.to_string().into(),
                    job.principal.to_string().into(),
                    json!(job.allowance).to_string().into(),
                    job.started_by.to_string().into(),
                    job.tool.to_string().into(),
                    job.connection.map(|connection| connection.to_string()).into(),
                    arguments.into(),
                    now.into(),
                    job.trace.map(|trace| trace.to_string()).into(),
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
                    "SELECT tool, status, done, total, message, next_run_at, outcome, outcome_version FROM runs \
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
        let [id, principal, now] = of();
        // One that has ended stays as it is; asking for it again is no error.
        let known = transaction
            .execute(
                "UPDATE runs SET cancel_requested = 1, \
                 next_run_at = CASE WHEN next_run_at IS NULL THEN NULL ELSE CAST($3 AS BIGINT) END \
                 WHERE kind = 'job' AND id = $1 AND principal_id = $2",
                [id, principal, now],
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
        // The same for one that waits.
        let latest_wait = until(now, MAX_BACKOFF.saturating_mul(2));
        // Two that find the same row: the second one waits for the first, and then sees that it is taken.
        let claimed: Vec<StoredJob> = transaction
            .rows(
                "UPDATE runs SET status = 'running', fence = fence + 1, attempts = attempts + 1, lease_until = $2, next_run_at = NULL, \
                  served_by = $6 \
                 WHERE id = (SELECT waiting.id FROM runs AS waiting WHERE waiting.kind = 'job' AND waiting.ended_at IS NULL \
                 AND (waiting.status = 'queued' OR waiting.lease_until < $1 OR waiting.lease_until > $4) \
                 AND (waiting.next_run_at IS NULL OR waiting.next_run_at <= $1 OR waiting.next_run_at > $5) \
                 AND $3 > (SELECT COUNT(*) FROM runs AS others WHERE others.kind = 'job' AND others.principal_id = waiting.principal_id \
                 AND others.ended_at IS NULL AND others.status = 'running' \
                 AND others.lease_until >= $1 AND others.lease_until <= $4) \
                 ORDER BY waiting.created_at, waiting.id LIMIT 1) \
                 AND ended_at IS NULL AND (status = 'queued' OR lease_until < $1 OR lease_until > $4) \
                 AND (next_run_at IS NULL OR next_run_at <= $1 OR next_run_at > $5) \
                 RETURNING id, principal_id, allowance, started_by, tool, connection_id, arguments, traceparent, fence, attempts, \
                 cancel_requested, created_at",
                [
                    now.into(),
                    until(now, time).into(),
                    i64::from(max_of_one).into(),
                    latest.into(),
                    latest_wait.into(),
                    self.process.serving.mark().map(str::to_owned).into(),
                ],
            )
            .await?;
        let claimed = claimed.into_iter().next();
        let blob = claimed.as_ref().map(|stored| stored.arguments.as_slice());
        let keyring = self.keys.opening(&mut transaction, blob.as_slice()).await?;
        transaction.commit().await?;
        Ok(claimed.map(|stored| claimed_job(&keyring, stored, now)).transpose()?)
    }

    async fn renew(
        &self,
        lease: Lease,
        time: Duration,
        progress: Option<&Progress>,
    ) -> Result<LeaseState, StoreError> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let message = match progress.and_then(|progress| progress.message.as_ref()) {
            Some(message) => {
                let place = JOB_MESSAGE.of(lease.run.uuid());
                Some(self.keys.sealing(&mut transaction).await?.json(place, &json!(message))?)
            }
            None => None,
        };
        let renewed: Vec<(i64,)> = transaction
            .rows(
                "UPDATE runs SET lease_until = $4, done = COALESCE($5, done), total = COALESCE($6, total), \
                 message = COALESCE($7, message) \
                 WHERE id = $1 AND fence = $2 AND status = 'running' AND lease_until >= $3 RETURNING cancel_requested",
                [
                    lease.run.to_string().into(),
                    lease.fence.into(),
                    now.into(),
                    until(now, time).into(),
                    progress.map(|progress| number(progress.done)).into(),
                    progress.and_then(|progress| progress.total).map(number).into(),
                    message.into(),
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

    async fn put_off(&self, lease: Lease, off: PutOff<'_>) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let place = JOB_OUTCOME.of(lease.run.uuid());
        let problem = self.keys.sealing(&mut transaction).await?.json(place, &json!(off.problem))?;
        let is_ours = transaction
            .execute(
                // One that is to stop is claimed at once, and ended.
                "UPDATE runs SET status = 'queued', lease_until = 0, attempts = $3, outcome = $4, outcome_version = $5, \
                 next_run_at = CASE WHEN cancel_requested = 1 THEN CAST($6 AS BIGINT) ELSE CAST($7 AS BIGINT) END \
                 WHERE id = $1 AND fence = $2 AND status = 'running'",
                [
                    lease.run.to_string().into(),
                    lease.fence.into(),
                    i64::from(off.attempts).into(),
                    problem.into(),
                    job_ends::VERSION.into(),
                    now.into(),
                    until(now, off.wait).into(),
                ],
            )
            .await?
            > 0;
        // Otherwise somebody else has it, and its journal.
        if is_ours {
            self.keep_entries(&mut transaction, lease.run, off.entries).await?;
            reopen(&mut transaction, lease.run, off.reopened).await?;
            transaction.commit().await?;
        }
        Ok(is_ours)
    }

    async fn adoptable(&self, id: JobId) -> Result<Option<Adoptable>, StoreError> {
        Ok(self.adoptable_job(id).await?)
    }

    async fn adopt_run(
        &self,
        lease: Lease,
        providers: &HashMap<ToolName, String>,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        Ok(self.adopt_job(lease, providers, by).await?)
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
        let outcome = self
            .keys
            .sealing(transaction)
            .await?
            .json(JOB_OUTCOME.of(lease.run.uuid()), &job_ends::written(end))?;
        let ended = transaction
            .execute(
                "UPDATE runs SET status = $3, outcome = $4, ended_at = $5, outcome_version = $6 \
                 WHERE id = $1 AND fence = $2 AND status = 'running'",
                [
                    lease.run.to_string().into(),
                    lease.fence.into(),
                    end.status().as_str().into(),
                    outcome.into(),
                    now.into(),
                    job_ends::VERSION.into(),
                ],
            )
            .await?;
        Ok(ended > 0)
    }
}

fn job_of_row(keyring: &Keyring, id: JobId, row: JobRow) -> Result<Job, Fault> {
    let status =
        JobStatus::parse(&row.status).ok_or_else(|| Fault::Damaged(format!("status of job {id}")))?;
    let outcome =
        row.outcome.as_deref().map(|blob| keyring.json(JOB_OUTCOME.of(id.uuid()), blob)).transpose()?;
    let (status, waiting, end) = match (status, row.next_run_at, outcome) {
        (JobStatus::Queued, Some(next_run_at), Some(problem)) => {
            let problem = serde_json::from_value(problem)
                .map_err(|_| Fault::Damaged(format!("problem of job {id}")))?;
            let waiting = Waiting { problem, next_run_at: clock::from_milliseconds(next_run_at)? };
            (JobStatus::Waiting, Some(waiting), None)
        }
        (status, _, outcome) => (status, None, job_ends::read(id, status, row.outcome_version, outcome)?),
    };
    let message =
        row.message.as_deref().map(|blob| keyring.json(JOB_MESSAGE.of(id.uuid()), blob)).transpose()?;
    let message = message
        .map(serde_json::from_value)
        .transpose()
        .map_err(|_| Fault::Damaged(format!("message of job {id}")))?;
    let progress = progress_of(row.done, row.total).map(|progress| Progress { message, ..progress });
    Ok(Job { id, tool: parsed(&row.tool, "tool", id)?, status, progress, waiting, end })
}

/// The counts that a row has.
pub(crate) fn progress_of(done: Option<i64>, total: Option<i64>) -> Option<Progress> {
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    Some(Progress { done: number(done?), total: total.map(number), message: None })
}

pub(crate) fn claimed_job(keyring: &Keyring, stored: StoredJob, now: i64) -> Result<Claimed, Fault> {
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
        // What can't be read belongs to no trace.
        trace: stored.traceparent.and_then(|text| text.parse().ok()),
    };
    let attempts = u32::try_from(stored.attempts).unwrap_or(u32::MAX);
    let age = u64::try_from(now.saturating_sub(stored.created_at)).unwrap_or_default();
    Ok(Claimed {
        lease: Lease { run: id.into(), fence: stored.fence },
        job,
        attempts,
        age: Duration::from_millis(age),
        is_cancelled: stored.cancel_requested != 0,
    })
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
