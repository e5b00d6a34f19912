//! The journal of runs.
//!
//! What was asked is kept as a digest; what was written, and what was told, encrypted. A write's name, its route and ids, is
//! plain.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;
use toolbay_kernel::RunId;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{Entry, EntryOutcome, Journal, Lease, RecordedEntry, RecordedWrite};
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
    async fn recorded(&self, run: RunId) -> Result<HashMap<String, RecordedEntry>, StoreError> {
        let rows: Vec<StoredEntry> = self
            .database
            .rows(
                // One of an older host has no time: it was sent at any.
                "SELECT position, digest, CASE WHEN outcome IS NULL THEN COALESCE(sent_at, 0) END AS open_since \
                 FROM journal WHERE run_id = $1",
                [run.to_string().into()],
            )
            .await?;
        let known = |row: StoredEntry| {
            let open_since = row.open_since.map(clock::from_milliseconds).transpose()?;
            Ok((row.position, RecordedEntry { digest: row.digest, open_since }))
        };
        Ok(rows.into_iter().map(known).collect::<Result<_, Fault>>()?)
    }

    async fn writes(
        &self,
        run: RunId,
        after: Option<&str>,
        max: u32,
    ) -> Result<Vec<RecordedWrite>, StoreError> {
        let rows: Vec<StoredWrite> = self
            .database
            .rows(
                "SELECT position, write_name, outcome FROM journal \
                 WHERE run_id = $1 AND position > $2 AND write_name IS NOT NULL ORDER BY position LIMIT $3",
                [run.to_string().into(), after.unwrap_or_default().into(), i64::from(max).into()],
            )
            .await?;
        let read = |row: StoredWrite| {
            let damaged = || Fault::Damaged(format!("entry {} of run {run}", row.position));
            let outcome = row.outcome.as_deref().map(|blob| self.outcome_of(run, &row.position, blob));
            Ok(RecordedWrite {
                write: serde_json::from_str(&row.write_name).map_err(|_| damaged())?,
                outcome: outcome.transpose()?,
                position: row.position.clone(),
            })
        };
        Ok(rows.into_iter().map(read).collect::<Result<_, Fault>>()?)
    }

    async fn outcome(&self, run: RunId, position: &str) -> Result<Option<EntryOutcome>, StoreError> {
        let found: Option<(Vec<u8>,)> = self
            .database
            .row(
                "SELECT outcome FROM journal WHERE run_id = $1 AND position = $2 AND outcome IS NOT NULL",
                [run.to_string().into(), position.into()],
            )
            .await?;
        let Some((blob,)) = found else { return Ok(None) };
        Ok(Some(self.outcome_of(run, position, &blob)?))
    }

    async fn withdraw(&self, lease: Lease, position: &str) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        if !is_ours(&mut transaction, lease).await? {
            return Ok(false);
        }
        transaction
            .execute(
                "DELETE FROM journal WHERE run_id = $1 AND position = $2 AND outcome IS NULL",
                [lease.run.to_string().into(), position.into()],
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
                .execute("UPDATE runs SET attempts = 0 WHERE id = $1", [lease.run.to_string().into()])
                .await?;
        }
        self.keep_entries(&mut transaction, lease.run, entries).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

impl Store {
    /// Writes entries, each with its event.
    pub(crate) async fn keep_entries(
        &self,
        transaction: &mut Transaction,
        run: RunId,
        entries: &[Entry],
    ) -> Result<(), Fault> {
        let now = transaction.now().await?;
        for entry in entries {
            let outcome = match &entry.outcome {
                Some(outcome) => Some(self.sealed(outcome_at(run, &entry.position), &json!(outcome))?),
                None => None,
            };
            let request = match &entry.write {
                Some(write) => Some(self.sealed(request_at(run, &entry.position), &write.request)?),
                None => None,
            };
            transaction
                .execute(
                    "INSERT INTO journal (run_id, position, digest, outcome, write_name, sent_at, provider_digest, request) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                     ON CONFLICT (run_id, position) DO UPDATE SET digest = excluded.digest, \
                     outcome = excluded.outcome, write_name = COALESCE(excluded.write_name, journal.write_name), \
                     sent_at = COALESCE(excluded.sent_at, journal.sent_at), provider_digest = excluded.provider_digest, \
                     request = COALESCE(excluded.request, journal.request)",
                    [
                        run.to_string().into(),
                        entry.position.clone().into(),
                        entry.digest.clone().into(),
                        outcome.into(),
                        entry.write.as_ref().map(|write| json!(write.name).to_string()).into(),
                        entry.outcome.is_none().then_some(now).into(),
                        entry.provider.clone().into(),
                        request.into(),
                    ],
                )
                .await?;
            if let Some(event) = &entry.event {
                transaction.append(event).await?;
            }
        }
        Ok(())
    }

    fn outcome_of(&self, run: RunId, position: &str, blob: &[u8]) -> Result<EntryOutcome, Fault> {
        let told = self.unsealed(outcome_at(run, position), blob)?;
        serde_json::from_value(told).map_err(|_| Fault::Damaged(format!("outcome {position} of run {run}")))
    }
}

/// Whether the run is still this lease's, and stays so until the transaction ends.
async fn is_ours(transaction: &mut Transaction, lease: Lease) -> Result<bool, Fault> {
    let now = transaction.now().await?;
    // An update, since it also keeps the row from being claimed by somebody else.
    let ours = transaction
        .execute(
            "UPDATE runs SET fence = fence WHERE id = $1 AND fence = $2 AND status = 'running' AND lease_until >= $3",
            [lease.run.to_string().into(), lease.fence.into(), now.into()],
        )
        .await?;
    Ok(ours > 0)
}

/// Each entry has a place of its own, so that one can't be put where another one was.
fn entry_at(run: RunId, position: &str, column: &'static str) -> Location {
    Location { table: "journal", column, row: Uuid::new_v5(&run.uuid(), position.as_bytes()) }
}

fn outcome_at(run: RunId, position: &str) -> Location {
    entry_at(run, position, "outcome")
}

fn request_at(run: RunId, position: &str) -> Location {
    entry_at(run, position, "request")
}
