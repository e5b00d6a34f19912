//! The runs of calls, and how long runs are kept.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use toolbay_kernel::audit::Event;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::run::{
    Closing, Entry, Interrupted, Lease, NewRun, Opening, Reopened, Repeat, RunKind, RunOutcome, Runs,
};
use toolbay_kernel::{ConnectionId, PrincipalId, RunId, ToolName};

use crate::database::Transaction;
use crate::error::Fault;
use crate::jobs::{milliseconds, until};
use crate::sealed_columns::JOB_OUTCOME;
use crate::store::Store;

/// Runs that one transaction removes. With SQLite nobody else writes meanwhile.
const REMOVED_AT_ONCE: u64 = 200;

/// Shortest time between two of these transactions, in which others get their turn.
const BREATH: Duration = Duration::from_millis(5);

/// How often a run is looked for that somebody else takes at the same moment.
const LOOKS: usize = 5;

#[async_trait]
impl Runs for Store {
    async fn open(&self, run: &NewRun, started: &Event) -> Result<Opening, StoreError> {
        for _ in 0..LOOKS {
            let mut transaction = self.database.begin().await?;
            let now = transaction.now().await?;
            let opening = match self.earlier(&mut transaction, run, now).await? {
                Some(found) => self.found(&mut transaction, run, found, started, now).await?,
                None if insert(&mut transaction, run, self.process.serving.mark(), now).await? => {
                    transaction.append(started).await?;
                    Some(Opening::New)
                }
                None => None,
            };
            let Some(opening) = opening else { continue };
            match &opening {
                // Nothing is done before an intent lasts, which doesn't last without this.
                Opening::New if !run.waits => transaction.commit_later().await?,
                Opening::New | Opening::Earlier(_) => transaction.commit().await?,
            }
            return Ok(opening);
        }
        Err(Fault::Conflict.into())
    }

    async fn keyed(
        &self,
        principal: PrincipalId,
        tool: &ToolName,
        key: &str,
    ) -> Result<Option<Option<ConnectionId>>, StoreError> {
        // Where it was opened: others don't see it before it lasts.
        let mut transaction = self.database.begin().await?;
        let found: Vec<(String, Option<String>)> = transaction
            .rows(
                "SELECT id, connection_id FROM runs WHERE principal_id = $1 AND tool = $2 AND key_digest = $3",
                [principal.to_string().into(), tool.to_string().into(), key.into()],
            )
            .await?;
        transaction.commit_later().await?;
        let connection = |(id, connection): (String, Option<String>)| match connection {
            None => Ok(None),
            Some(text) => {
                text.parse().map(Some).map_err(|_| Fault::Damaged(format!("connection of run {id}")))
            }
        };
        Ok(found.into_iter().next().map(connection).transpose()?)
    }

    async fn leave(&self, lease: Lease, outcome: Option<&RunOutcome>) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let has_outcome = i64::from(outcome.is_some());
        let outcome = self.sealed(&mut transaction, lease.run, outcome).await?;
        transaction
            .execute(
                // That it was left may be noted before its outcome is.
                "UPDATE runs SET left_at = COALESCE(left_at, $2), outcome = COALESCE($3, outcome) \
                 WHERE id = $1 AND fence = $4 AND kind = 'call' AND key_digest IS NULL \
                 AND (left_at IS NULL OR (outcome IS NULL AND $5 = 1))",
                [
                    lease.run.to_string().into(),
                    now.into(),
                    outcome.into(),
                    lease.fence.into(),
                    has_outcome.into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn extend(&self, lease: Lease, time: Duration) -> Result<bool, StoreError> {
        let now = self.database.now().await?;
        let extended = self
            .database
            .execute(
                "UPDATE runs SET lease_until = $3 WHERE id = $1 AND fence = $2 AND ended_at IS NULL",
                [lease.run.to_string().into(), lease.fence.into(), until(now, time).into()],
            )
            .await?;
        Ok(extended > 0)
    }

    async fn close(&self, lease: Lease, entries: &[Entry], closing: Closing<'_>) -> Result<(), StoreError> {
        let status = if closing.is_success { "succeeded" } else { "failed" };
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let outcome = self.sealed(&mut transaction, lease.run, closing.outcome).await?;
        let is_ours = transaction
            .execute(
                "UPDATE runs SET status = $3, ended_at = $4, outcome = COALESCE($5, outcome), \
                 left_at = CASE WHEN $6 = 1 THEN COALESCE(left_at, $4) ELSE left_at END \
                 WHERE id = $1 AND fence = $2 AND ended_at IS NULL",
                [
                    lease.run.to_string().into(),
                    lease.fence.into(),
                    status.into(),
                    now.into(),
                    outcome.into(),
                    i64::from(closing.is_left).into(),
                ],
            )
            .await?
            > 0;
        if is_ours {
            self.keep_entries(&mut transaction, lease.run, entries).await?;
            reopen(&mut transaction, lease.run, closing.reopened).await?;
            if closing.forgets {
                transaction
                    .execute(
                        "DELETE FROM journal WHERE run_id = $1 AND write_name IS NULL",
                        [lease.run.to_string().into()],
                    )
                    .await?;
            }
        } else {
            // Somebody else has the run: its journal is theirs, and what was done is told. If they took it for one that was left,
            // it wasn't.
            if !closing.is_left {
                transaction
                    .execute(
                        "UPDATE runs SET left_at = NULL \
                         WHERE id = $1 AND ended_at IS NOT NULL AND outcome IS NULL AND key_digest IS NULL",
                        [lease.run.to_string().into()],
                    )
                    .await?;
            }
            for event in entries.iter().filter_map(|entry| entry.event.as_ref()) {
                transaction.append(event).await?;
            }
        }
        // One that somebody else has ended has its last event.
        if is_ours || !has_ended(&mut transaction, closing.ended).await? {
            transaction.append(closing.ended).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn take_interrupted(&self, lease: Duration, max: u32) -> Result<Vec<Interrupted>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let latest = until(now, lease.saturating_mul(2));
        let stored: Vec<StoredInterrupted> = transaction
            .rows(
                "UPDATE runs SET fence = fence + 1, lease_until = $2, served_by = $5, \
                 left_at = CASE WHEN key_digest IS NULL THEN COALESCE(left_at, created_at) ELSE left_at END \
                 WHERE id IN (SELECT lost.id FROM runs AS lost WHERE lost.kind = 'call' AND lost.ended_at IS NULL \
                 AND (lost.lease_until < $1 OR lost.lease_until > $3) ORDER BY lost.lease_until, lost.created_at, lost.id LIMIT $4) \
                 AND ended_at IS NULL AND (lease_until < $1 OR lease_until > $3) \
                 RETURNING id, principal_id, tool, connection_id, fence",
                [
                    now.into(),
                    until(now, lease).into(),
                    latest.into(),
                    i64::from(max).into(),
                    self.process.serving.mark().map(str::to_owned).into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(stored.into_iter().map(StoredInterrupted::read).collect::<Result<_, Fault>>()?)
    }

    async fn settle(
        &self,
        lease: Lease,
        entries: &[Entry],
        reopened: &[Reopened],
        ended: Option<&Event>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let is_ours = transaction
            .execute(
                // Given back, it comes after those that nobody has looked at.
                "UPDATE runs SET lease_until = CAST($4 AS BIGINT) - 1, \
                 status = CASE WHEN $3 = 1 THEN 'failed' ELSE status END, \
                 ended_at = CASE WHEN $3 = 1 THEN CAST($4 AS BIGINT) ELSE ended_at END \
                 WHERE id = $1 AND fence = $2 AND ended_at IS NULL",
                [
                    lease.run.to_string().into(),
                    lease.fence.into(),
                    i64::from(ended.is_some()).into(),
                    now.into(),
                ],
            )
            .await?
            > 0;
        // Otherwise somebody else has it, and looks by themselves.
        if is_ours {
            self.keep_entries(&mut transaction, lease.run, entries).await?;
            reopen(&mut transaction, lease.run, reopened).await?;
            if let Some(ended) = ended
                && !has_ended(&mut transaction, ended).await?
            {
                transaction.append(ended).await?;
            }
            transaction.commit().await?;
        }
        Ok(is_ours)
    }

    async fn remove_ended(&self, kind: RunKind, age: Duration) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let begun = Instant::now();
            let some = self.remove_some(kind, age).await?;
            removed += some;
            if some < REMOVED_AT_ONCE {
                return Ok(removed);
            }
            tokio::time::sleep(begun.elapsed().max(BREATH)).await;
        }
    }
}

impl Store {
    /// Removes the first runs that ended this long ago; answers how many. A job whose start has a key is kept as long as that: the key
    /// tells of it.
    async fn remove_some(&self, kind: RunKind, age: Duration) -> Result<u64, Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let before = now.saturating_sub(milliseconds(age));
        let found: Vec<(String,)> = transaction
            .rows(
                "SELECT id FROM runs WHERE kind = $1 AND (ended_at < $2 OR (kind = 'call' AND ended_at IS NULL AND created_at < $2)) \
                 AND NOT EXISTS (SELECT 1 FROM runs AS starting WHERE runs.kind = 'job' AND starting.id = runs.started_by \
                 AND starting.key_digest IS NOT NULL) LIMIT $3",
                [kind.as_str().into(), before.into(), i64::try_from(REMOVED_AT_ONCE).unwrap_or(i64::MAX).into()],
            )
            .await?;
        for (id,) in &found {
            for sql in [
                "DELETE FROM journal WHERE run_id = $1",
                "DELETE FROM run_providers WHERE run_id = $1",
                "DELETE FROM runs WHERE id = $1",
            ] {
                transaction.execute(sql, [id.clone().into()]).await?;
            }
        }
        transaction.commit().await?;
        Ok(found.len() as u64)
    }

    /// Ends the lease of every run that this host ran before. That it starts says that it doesn't run them any more, whatever the
    /// clock says. A run may be that of a command beside it.
    pub(crate) async fn take_what_was_left(&self) -> Result<(), Fault> {
        let Some(mark) = self.process.serving.mark() else { return Ok(()) };
        self.database
            .execute(
                "UPDATE runs SET lease_until = 0 WHERE ended_at IS NULL AND status = 'running' AND served_by = $1",
                [mark.into()],
            )
            .await?;
        Ok(())
    }

    /// An outcome, encrypted for its place.
    pub(crate) async fn sealed(
        &self,
        transaction: &mut Transaction,
        run: RunId,
        outcome: Option<&RunOutcome>,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some(outcome) = outcome else { return Ok(None) };
        let sealing = self.keys.sealing(transaction).await?;
        Ok(Some(sealing.json(JOB_OUTCOME.of(run.uuid()), &outcome.in_words())?))
    }
}

#[derive(serde::Deserialize)]
struct StoredInterrupted {
    id: String,
    principal_id: String,
    tool: String,
    connection_id: Option<String>,
    fence: i64,
}

impl StoredInterrupted {
    fn read(self) -> Result<Interrupted, Fault> {
        let damaged = |what: &str| Fault::Damaged(format!("{what} of run {}", self.id));
        let connection = self.connection_id.as_deref().map(str::parse).transpose();
        Ok(Interrupted {
            lease: Lease { run: self.id.parse().map_err(|_| damaged("id"))?, fence: self.fence },
            principal: self.principal_id.parse().map_err(|_| damaged("principal"))?,
            tool: self.tool.parse().map_err(|_| damaged("tool"))?,
            connection: connection.map_err(|_| damaged("connection"))?,
        })
    }
}

/// Whether the audit has the end of the call that an event ends.
async fn has_ended(transaction: &mut Transaction, ended: &Event) -> Result<bool, Fault> {
    let ends = "SELECT COUNT(*) FROM audit_events WHERE call_id = $1 AND kind = 'call.ended'";
    Ok(transaction.count(ends, [ended.call.map(|call| call.to_string()).into()]).await? > 0)
}

/// Inserts a run; false when another one has its key.
async fn insert(
    transaction: &mut Transaction,
    run: &NewRun,
    served_by: Option<&str>,
    now: i64,
) -> Result<bool, Fault> {
    let key = match &run.repeat {
        Repeat::Key(digest) => Some(digest.clone()),
        Repeat::Left(_) | Repeat::Never => None,
    };
    let inserted = transaction
        .execute(
            "INSERT INTO runs (id, kind, principal_id, tool, connection_id, status, fence, lease_until, created_at, \
             key_digest, fingerprint, served_by) VALUES ($1, 'call', $2, $3, $4, 'running', 1, $5, $6, $7, $8, $9) \
             ON CONFLICT (principal_id, tool, key_digest) WHERE key_digest IS NOT NULL DO NOTHING",
            [
                run.call.to_string().into(),
                run.principal.to_string().into(),
                run.tool.to_string().into(),
                run.connection.map(|id| id.to_string()).into(),
                until(now, run.lease).into(),
                now.into(),
                key.into(),
                run.fingerprint.clone().into(),
                served_by.map(str::to_owned).into(),
            ],
        )
        .await?;
    Ok(inserted > 0)
}

/// Opens what is asked for again: a write whose outcome isn't known stays as sent, all else is forgotten.
pub(crate) async fn reopen(
    transaction: &mut Transaction,
    run: RunId,
    reopened: &[Reopened],
) -> Result<(), Fault> {
    for Reopened { position, is_sent } in reopened {
        let of = || [run.to_string().into(), position.clone().into()];
        if *is_sent {
            let open = "UPDATE journal SET outcome = NULL WHERE run_id = $1 AND position = $2 AND write_name IS NOT NULL";
            transaction.execute(open, of()).await?;
        }
        let forget = if *is_sent {
            "DELETE FROM journal WHERE run_id = $1 AND position = $2 AND write_name IS NULL"
        } else {
            "DELETE FROM journal WHERE run_id = $1 AND position = $2"
        };
        transaction.execute(forget, of()).await?;
    }
    Ok(())
}
