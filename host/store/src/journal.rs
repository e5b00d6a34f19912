//! The journal of jobs.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;
use toolbay_kernel::JobId;
use toolbay_kernel::jobs::{Claim, Entry, Journal, Known, Outcome};
use toolbay_kernel::ports::StoreError;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::Fault;
use crate::store::Store;
use crate::vault::Place;

#[derive(sqlx::FromRow)]
struct StoredEntry {
    position: String,
    digest: String,
    is_answered: i64,
}

#[async_trait]
impl Journal for Store {
    async fn known(&self, job: JobId) -> Result<HashMap<String, Known>, StoreError> {
        let rows: Vec<StoredEntry> = self
            .database
            .rows(
                "SELECT position, digest, CAST(CASE WHEN outcome IS NULL THEN 0 ELSE 1 END AS BIGINT) AS is_answered \
                 FROM journal WHERE job_id = $1",
                [job.to_string().into()],
            )
            .await?;
        let known = |row: StoredEntry| {
            (row.position, Known { digest: row.digest, has_outcome: row.is_answered != 0 })
        };
        Ok(rows.into_iter().map(known).collect())
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
        let told = self.unsealed(of_entry(job, position), &blob)?;
        let outcome = serde_json::from_value(told)
            .map_err(|_| Fault::Damaged(format!("outcome {position} of job {job}")))?;
        Ok(Some(outcome))
    }

    async fn withdraw(&self, claim: Claim, position: &str) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        if !is_ours(&mut transaction, claim).await? {
            return Ok(false);
        }
        transaction
            .execute(
                "DELETE FROM journal WHERE job_id = $1 AND position = $2 AND outcome IS NULL",
                [claim.job.to_string().into(), position.into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn record(&self, claim: Claim, entries: &[Entry]) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        if !is_ours(&mut transaction, claim).await? {
            return Ok(false);
        }
        for entry in entries {
            let outcome = match &entry.outcome {
                Some(outcome) => Some(self.sealed(of_entry(claim.job, &entry.position), &json!(outcome))?),
                None => None,
            };
            transaction
                .execute(
                    "INSERT INTO journal (job_id, position, digest, outcome) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (job_id, position) DO UPDATE SET digest = excluded.digest, outcome = excluded.outcome",
                    [
                        claim.job.to_string().into(),
                        entry.position.clone().into(),
                        entry.digest.clone().into(),
                        outcome.into(),
                    ],
                )
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

/// Whether the job is still this claim's, and stays so until the transaction ends.
async fn is_ours(transaction: &mut Transaction, claim: Claim) -> Result<bool, Fault> {
    let now = transaction.now().await?;
    // An update, since it also keeps the row from being claimed by somebody else.
    let ours = transaction
        .execute(
            "UPDATE jobs SET fence = fence WHERE id = $1 AND fence = $2 AND status = 'running' AND lease_until >= $3",
            [claim.job.to_string().into(), claim.fence.into(), now.into()],
        )
        .await?;
    Ok(ours > 0)
}

/// Each entry has a place of its own, so that one can't be put where another one was.
fn of_entry(job: JobId, position: &str) -> Place {
    Place { table: "journal", column: "outcome", row: Uuid::new_v5(&job.uuid(), position.as_bytes()) }
}
