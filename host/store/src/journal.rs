//! The journal of runs.
//!
//! What was asked is kept as a digest; what was written, and what was told, encrypted. A write's name, its route and ids, is
//! plain.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use time::OffsetDateTime;
use toolbay_kernel::RunId;
use toolbay_kernel::activity::KeptWrite;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{
    Entry, EntryOutcome, Journal, Lease, RecordedEntry, RecordedWrite, SentWrite, Write,
};

use crate::clock;
use crate::database::{Held, Transaction};
use crate::error::Fault;
use crate::parameter::Parameter;
use crate::sealed_columns::{ENTRY_OUTCOME, ENTRY_REQUEST};
use crate::store::Store;
use crate::vault::Keyring;

/// Outcomes that one statement reads.
const AT_ONCE: usize = 64;

/// The statements that read outcomes: of one position, and of many.
struct Outcomes {
    one: String,
    many: String,
}

static OUTCOMES: LazyLock<Outcomes> = LazyLock::new(|| {
    let of = |places: &str| {
        format!(
            "SELECT position, outcome FROM journal WHERE run_id = $1 AND outcome IS NOT NULL AND position IN ({places})"
        )
    };
    let places: Vec<String> = (0..AT_ONCE).map(|place| format!("${}", place + 2)).collect();
    Outcomes { one: of("$2"), many: of(&places.join(", ")) }
});

/// The run of a lease.
const OURS: Held = Held {
    rows: "SELECT id FROM runs WHERE id = $1 AND fence = $2 AND status = 'running' AND lease_until >= $3",
    and_held: "SELECT id FROM runs WHERE id = $1 AND fence = $2 AND status = 'running' AND lease_until >= $3 FOR NO KEY UPDATE",
};

#[derive(serde::Deserialize)]
struct StoredEntry {
    position: String,
    digest: String,
    open_since: Option<i64>,
    bytes: i64,
}

#[derive(serde::Deserialize)]
struct StoredWrite {
    position: String,
    write_name: String,
    outcome: Option<Vec<u8>>,
}

#[derive(serde::Deserialize)]
struct StoredSent {
    position: String,
    digest: String,
    provider_digest: Option<String>,
    write_name: String,
    request: Vec<u8>,
    sent_at: i64,
}

#[derive(serde::Deserialize)]
struct StoredToTell {
    position: String,
    digest: String,
    write_name: String,
    request: Option<Vec<u8>>,
    outcome: Option<Vec<u8>>,
}

#[async_trait]
impl Journal for Store {
    async fn recorded(&self, run: RunId) -> Result<HashMap<String, RecordedEntry>, StoreError> {
        let rows: Vec<StoredEntry> = self
            .database
            .rows(
                // One of an older host has no time: it was sent at any.
                "SELECT position, digest, CASE WHEN outcome IS NULL THEN COALESCE(sent_at, 0) END AS open_since, \
                 CAST(COALESCE(LENGTH(outcome), 0) AS BIGINT) AS bytes \
                 FROM journal WHERE run_id = $1",
                [run.to_string().into()],
            )
            .await?;
        let now = self.database.now().await?;
        let known = |row: StoredEntry| {
            let open_since = row.open_since.map(|sent_at| of_this_host(sent_at, now)).transpose()?;
            let bytes = u64::try_from(row.bytes).unwrap_or_default();
            Ok((row.position, RecordedEntry { digest: row.digest, open_since, bytes }))
        };
        Ok(rows.into_iter().map(known).collect::<Result<_, Fault>>()?)
    }

    async fn writes(
        &self,
        run: RunId,
        after: Option<&str>,
        max: u32,
    ) -> Result<Vec<RecordedWrite>, StoreError> {
        let read = self.keys.reading(&self.database, async |keyring| {
            let rows: Vec<StoredWrite> = self
                .database
                .rows(
                    "SELECT position, write_name, outcome FROM journal \
                     WHERE run_id = $1 AND position > $2 AND write_name IS NOT NULL ORDER BY position LIMIT $3",
                    [run.to_string().into(), after.unwrap_or_default().into(), i64::from(max).into()],
                )
                .await?;
            rows.into_iter().map(|row| row.into_write(run, &keyring)).collect::<Result<_, Fault>>()
        });
        Ok(read.await?)
    }

    async fn open_writes(&self, run: RunId) -> Result<Vec<SentWrite>, StoreError> {
        let read = self.keys.reading(&self.database, async |keyring| {
            let rows: Vec<StoredSent> = self
                .database
                .rows(
                    "SELECT position, digest, provider_digest, write_name, request, COALESCE(sent_at, 0) AS sent_at \
                     FROM journal WHERE run_id = $1 AND outcome IS NULL AND write_name IS NOT NULL AND request IS NOT NULL \
                     ORDER BY position",
                    [run.to_string().into()],
                )
                .await?;
            let now = self.database.now().await?;
            rows.into_iter().map(|row| row.into_sent(run, &keyring, now)).collect::<Result<_, Fault>>()
        });
        Ok(read.await?)
    }

    async fn outcomes(
        &self,
        run: RunId,
        positions: &[String],
    ) -> Result<HashMap<String, EntryOutcome>, StoreError> {
        let mut told = HashMap::with_capacity(positions.len());
        for some in positions.chunks(AT_ONCE) {
            let read = self.keys.reading(&self.database, async |keyring| {
                let rows: Vec<(String, Vec<u8>)> = match some {
                    [one] => {
                        self.database
                            .rows(&OUTCOMES.one, [run.to_string().into(), one.clone().into()])
                            .await?
                    }
                    some => {
                        // A place that isn't needed is one of the others.
                        let place = |place: usize| some.get(place).or(some.first()).cloned();
                        let positions: [Parameter; AT_ONCE + 1] =
                            std::array::from_fn(|number| match number {
                                0 => run.to_string().into(),
                                place_and_one => place(place_and_one - 1).into(),
                            });
                        self.database.rows(&OUTCOMES.many, positions).await?
                    }
                };
                rows.into_iter()
                    .map(|(position, blob)| {
                        let outcome = outcome_of(&keyring, run, &position, &blob)?;
                        Ok((position, outcome))
                    })
                    .collect::<Result<Vec<_>, Fault>>()
            });
            told.extend(read.await?);
        }
        Ok(told)
    }

    async fn reached(&self, lease: Lease) -> Result<bool, StoreError> {
        let reset = "UPDATE runs SET attempts = 0 WHERE id = $1 AND fence = $2 AND status = 'running'";
        let changed =
            self.database.execute(reset, [lease.run.to_string().into(), lease.fence.into()]).await?;
        Ok(changed > 0)
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
            // One that isn't there any more was opened and not committed.
            let is_there = "SELECT COUNT(*) FROM runs WHERE id = $1";
            if transaction.count(is_there, [lease.run.to_string().into()]).await? == 0 {
                return Err(Fault::Undone.into());
            }
            return Ok(false);
        }
        if entries.iter().any(Entry::is_headway) {
            transaction
                .execute(
                    "UPDATE runs SET attempts = 0 WHERE id = $1 AND attempts <> 0",
                    [lease.run.to_string().into()],
                )
                .await?;
        }
        self.keep_entries(&mut transaction, lease.run, entries).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

impl Store {
    /// The writes of a run, each with what is at most so large.
    pub(crate) async fn writes_to_tell(
        &self,
        run: RunId,
        max: u32,
        max_bytes: u32,
    ) -> Result<Vec<KeptWrite>, Fault> {
        self.keys
            .reading(&self.database, async |keyring| {
                let rows: Vec<StoredToTell> = self
                    .database
                    .rows(
                        "SELECT position, digest, write_name, CASE WHEN LENGTH(request) <= $2 THEN request END AS request, \
                         CASE WHEN LENGTH(outcome) <= $2 THEN outcome END AS outcome \
                         FROM journal WHERE run_id = $1 AND write_name IS NOT NULL ORDER BY position LIMIT $3",
                        [run.to_string().into(), i64::from(max_bytes).into(), i64::from(max).into()],
                    )
                    .await?;
                rows.into_iter().map(|row| row.read(run, &keyring)).collect()
            })
            .await
    }

    /// When the oldest write was sent, by this host's clock, that has no outcome and isn't older than this.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn oldest_open_write(&self, age: Duration) -> Result<Option<OffsetDateTime>, StoreError> {
        let now = self.database.now().await?;
        let since = now.saturating_sub(clock::milliseconds(age));
        let oldest: Option<(Option<i64>,)> = self
            .database
            .row(
                "SELECT MIN(journal.sent_at) FROM runs JOIN journal ON journal.run_id = runs.id \
                 WHERE runs.ended_at IS NULL AND runs.created_at >= $1 AND journal.outcome IS NULL \
                 AND journal.sent_at IS NOT NULL",
                [since.into()],
            )
            .await?;
        let sent_at = oldest.and_then(|(sent_at,)| sent_at);
        Ok(sent_at.map(|sent_at| of_this_host(sent_at, now)).transpose()?)
    }

    /// Writes entries, each with its event.
    pub(crate) async fn keep_entries(
        &self,
        transaction: &mut Transaction,
        run: RunId,
        entries: &[Entry],
    ) -> Result<(), Fault> {
        if entries.is_empty() {
            return Ok(());
        }
        let sealing = self.keys.sealing(transaction).await?;
        let now = transaction.now().await?;
        for entry in entries {
            let outcome = entry.outcome.as_ref().map(|outcome| {
                sealing.json(ENTRY_OUTCOME.of_part(run.uuid(), &entry.position), &json!(outcome))
            });
            let request = entry.write.as_ref().map(|write| {
                sealing.json(ENTRY_REQUEST.of_part(run.uuid(), &entry.position), &write.request)
            });
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
                        outcome.transpose()?.into(),
                        entry.write.as_ref().map(|write| json!(write.name).to_string()).into(),
                        entry.write.is_some().then_some(now).into(),
                        entry.provider.clone().into(),
                        request.transpose()?.into(),
                    ],
                )
                .await?;
            if let Some(event) = &entry.event {
                transaction.append(event).await?;
            }
        }
        Ok(())
    }
}

impl StoredToTell {
    fn read(self, run: RunId, keyring: &Keyring) -> Result<KeptWrite, Fault> {
        let damaged = |_| Fault::Damaged(format!("entry {} of run {run}", self.position));
        let name = serde_json::from_str(&self.write_name).map_err(damaged)?;
        let place = ENTRY_REQUEST.of_part(run.uuid(), &self.position);
        let request = self.request.map(|blob| keyring.json(place, &blob)).transpose()?;
        let outcome = self.outcome.map(|blob| outcome_of(keyring, run, &self.position, &blob)).transpose()?;
        Ok(KeptWrite { digest: self.digest, name, request, outcome })
    }
}

impl StoredSent {
    fn into_sent(self, run: RunId, keyring: &Keyring, now: i64) -> Result<SentWrite, Fault> {
        let damaged = |_| Fault::Damaged(format!("entry {} of run {run}", self.position));
        let name = serde_json::from_str(&self.write_name).map_err(damaged)?;
        let request = keyring.json(ENTRY_REQUEST.of_part(run.uuid(), &self.position), &self.request)?;
        Ok(SentWrite {
            write: Write { name, request },
            sent_at: of_this_host(self.sent_at, now)?,
            position: self.position,
            digest: self.digest,
            provider: self.provider_digest,
        })
    }
}

impl StoredWrite {
    fn into_write(self, run: RunId, keyring: &Keyring) -> Result<RecordedWrite, Fault> {
        let damaged = |_| Fault::Damaged(format!("entry {} of run {run}", self.position));
        let outcome = self.outcome.as_deref().map(|blob| outcome_of(keyring, run, &self.position, blob));
        Ok(RecordedWrite {
            write: serde_json::from_str(&self.write_name).map_err(damaged)?,
            outcome: outcome.transpose()?,
            position: self.position,
        })
    }
}

/// A time by the clock of the database, as it was by this host's: the two may differ by more than matters.
fn of_this_host(at: i64, now: i64) -> Result<OffsetDateTime, Fault> {
    clock::from_milliseconds(clock::now().saturating_sub(now).saturating_add(at))
}

fn outcome_of(keyring: &Keyring, run: RunId, position: &str, blob: &[u8]) -> Result<EntryOutcome, Fault> {
    let told = keyring.json(ENTRY_OUTCOME.of_part(run.uuid(), position), blob)?;
    serde_json::from_value(told).map_err(|_| Fault::Damaged(format!("outcome {position} of run {run}")))
}

/// Whether the run is still this lease's, and stays so until the transaction ends: nobody else claims it meanwhile.
pub(crate) async fn is_ours(transaction: &mut Transaction, lease: Lease) -> Result<bool, Fault> {
    let now = transaction.now().await?;
    let ours: Vec<(String,)> =
        transaction.held_rows(OURS, [lease.run.to_string().into(), lease.fence.into(), now.into()]).await?;
    Ok(!ours.is_empty())
}
