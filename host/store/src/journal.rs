//! The journal of jobs.
//!
//! What was asked is kept as a digest and what was told encrypted; a write's name, its route and ids, is plain.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;
use toolbay_kernel::JobId;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{Entry, Journal, Known, Lease, Outcome, RecordedWrite};
use uuid::Uuid;

use crate::clock;
use crate::database::Transaction;
use crate::error::Fault;
use crate::store::Store;
use crate::vault::Location;

#[derive(sqlx::FromRow)]
struct StoredEntry {
    position: String,
    digest: String,
    open_since: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct StoredWrite {
    position: String,
    write_name: String,
    outcome: Option<Vec<u8>>,
}

#[async_trait]
impl Journal for Store {
    async fn known(&self, job: JobId) -> Result<HashMap<String, Known>, StoreError> {
        let rows: Vec<StoredEntry> = self
            .database
            .rows(
                // One of an older host has no time: it was sent at any.
                "SELECT position, digest, CASE WHEN outcome IS NULL THEN COALESCE(sent_at, 0) END AS open_since \
                 FROM journal WHERE job_id = $1",
                [job.to_string().into()],
            )
            .await?;
        let known = |row: StoredEntry| {
            let open_since = row.open_since.map(clock::from_milliseconds).transpose()?;
            Ok((row.position, Known { digest: row.digest, open_since }))
        };
        Ok(rows.into_iter().map(known).collect::<Result<_, Fault>>()?)
    }

    async fn writes(
        &self,
        job: JobId,
        after: Option<&str>,
        most: u32,
    ) -> Result<Vec<RecordedWrite>, StoreError> {
        let rows: Vec<StoredWrite> = self
            .database
            .rows(
                "SELECT position, write_name, outcome FROM journal \
                 WHERE job_id = $1 AND position > $2 AND write_name IS NOT NULL ORDER BY position LIMIT $3",
                [job.to_string().into(), after.unwrap_or_default().into(), i64::from(most).into()],
            )
            .await?;
        let read = |row: StoredWrite| {
            let damaged = || Fault::Damaged(format!("entry {} of job {job}", row.position));
            let outcome = row.outcome.as_deref().map(|blob| self.outcome_of(job, &row.position, blob));
            Ok(RecordedWrite {
                write: serde_json::from_str(&row.write_name).map_err(|_| damaged())?,
                outcome: outcome.transpose()?,
                position: row.position.clone(),
            })
        };
        Ok(rows.into_iter().map(read).collect::<Result<_, Fault>>()?)
    }

    async fn outcome(&self, job: JobId, position: &str) -> Result<Option<Outcome>, StoreError> {
        let found: Option<(Vec<u8>,)> = self
            .database
            .row(
                "SELECT outcome FROM journal WHERE job_id = $1 AND position = $2 AND outcome IS NOT NULL",
                [job.to_string().into(), position.into()],
            )
            .await?;
        let Some((blob,)) = found else { return Ok(None) };
        Ok(Some(self.outcome_of(job, position, &blob)?))
    }

    async fn withdraw(&self, lease: Lease, position: &str) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        if !is_ours(&mut transaction, lease).await? {
            return Ok(false);
        }
        transaction
            .execute(
                "DELETE FROM journal WHERE job_id = $1 AND position = $2 AND outcome IS NULL",
                [lease.job.to_string().into(), position.into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn record(&self, lease: Lease, entries: &[Entry]) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        if !is_ours(&mut transaction, lease).await? {
            return Ok(false);
        }
        if entries.iter().any(|entry| entry.outcome.is_some()) {
            transaction
                .execute("UPDATE jobs SET attempts = 0 WHERE id = $1", [lease.job.to_string().into()])
                .await?;
        }
        let now = transaction.now().await?;
        for entry in entries {
            let outcome = match &entry.outcome {
                Some(outcome) => Some(self.sealed(of_entry(lease.job, &entry.position), &json!(outcome))?),
                None => None,
            };
            transaction
                .execute(
                    "INSERT INTO journal (job_id, position, digest, outcome, write_name, sent_at) \
                     VALUES ($1, $2, $3, $4, $5, $6) \
                     ON CONFLICT (job_id, position) DO UPDATE SET digest = excluded.digest, \
                     outcome = excluded.outcome, write_name = COALESCE(excluded.write_name, journal.write_name), \
                     sent_at = COALESCE(excluded.sent_at, journal.sent_at)",
                    [
                        lease.job.to_string().into(),
                        entry.position.clone().into(),
                        entry.digest.clone().into(),
                        outcome.into(),
                        entry.write.as_ref().map(|write| json!(write).to_string()).into(),
                        entry.outcome.is_none().then_some(now).into(),
                    ],
                )
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

impl Store {
    fn outcome_of(&self, job: JobId, position: &str, blob: &[u8]) -> Result<Outcome, Fault> {
        let told = self.unsealed(of_entry(job, position), blob)?;
        serde_json::from_value(told).map_err(|_| Fault::Damaged(format!("outcome {position} of job {job}")))
    }
}

/// Whether the job is still this lease's, and stays so until the transaction ends.
async fn is_ours(transaction: &mut Transaction, lease: Lease) -> Result<bool, Fault> {
    let now = transaction.now().await?;
    // An update, since it also keeps the row from being claimed by somebody else.
    let ours = transaction
        .execute(
            "UPDATE jobs SET fence = fence WHERE id = $1 AND fence = $2 AND status = 'running' AND lease_until >= $3",
            [lease.job.to_string().into(), lease.fence.into(), now.into()],
        )
        .await?;
    Ok(ours > 0)
}

/// Each entry has a place of its own, so that one can't be put where another one was.
fn of_entry(job: JobId, position: &str) -> Location {
    Location { table: "journal", column: "outcome", row: Uuid::new_v5(&job.uuid(), position.as_bytes()) }
}
