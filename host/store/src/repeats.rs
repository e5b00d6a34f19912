//! Calls that are asked for again: by a key, or because their caller left.

use toolbay_kernel::audit::Event;
use toolbay_kernel::run::{EarlierRun, EarlierState, Lease, NewRun, Opening, Repeat, RunOutcome};
use toolbay_kernel::{ConnectionId, RunId};

use crate::database::Transaction;
use crate::error::Fault;
use crate::jobs::{milliseconds, until};
use crate::sealed_columns::JOB_OUTCOME;
use crate::store::Store;

/// The run of an earlier call that may be the same.
#[derive(serde::Deserialize)]
pub(crate) struct StoredRun {
    id: String,
    connection_id: Option<String>,
    fingerprint: Option<String>,
    fence: i64,
    lease_until: i64,
    ended_at: Option<i64>,
    outcome: Option<Vec<u8>>,
}

impl Store {
    /// The run that a call may be a repeat of.
    pub(crate) async fn earlier(
        &self,
        transaction: &mut Transaction,
        run: &NewRun,
        now: i64,
    ) -> Result<Option<StoredRun>, Fault> {
        let (principal, tool) = (run.principal.to_string(), run.tool.to_string());
        let found: Vec<StoredRun> = match &run.repeat {
            Repeat::Never => return Ok(None),
            Repeat::Key(key) => transaction
                .rows(
                    "SELECT id, connection_id, fingerprint, fence, lease_until, ended_at, outcome FROM runs \
                         WHERE principal_id = $1 AND tool = $2 AND key_digest = $3",
                    [principal.into(), tool.into(), key.clone().into()],
                )
                .await?,
            Repeat::Left(window) => {
                let since = now.saturating_sub(milliseconds(*window));
                transaction
                    .rows(
                        // One that nobody has any more was left by its host, and so by its caller.
                        "SELECT id, connection_id, fingerprint, fence, lease_until, ended_at, outcome FROM runs \
                         WHERE key_digest IS NULL AND (left_at IS NOT NULL OR ended_at IS NULL) \
                         AND fingerprint = $3 AND principal_id = $1 AND tool = $2 AND kind = 'call' \
                         AND (left_at >= $4 OR (left_at IS NULL AND ended_at IS NULL AND created_at >= $4 \
                         AND (lease_until < $5 OR lease_until > $6))) \
                         ORDER BY created_at DESC, id DESC LIMIT 1",
                        [
                            principal.into(),
                            tool.into(),
                            run.fingerprint.clone().into(),
                            since.into(),
                            now.into(),
                            latest(run, now).into(),
                        ],
                    )
                    .await?
            }
        };
        Ok(found.into_iter().next())
    }

    /// What a call that is a repeat is told; none when somebody else took the run at the same moment.
    pub(crate) async fn found(
        &self,
        transaction: &mut Transaction,
        run: &NewRun,
        found: StoredRun,
        started: &Event,
        now: i64,
    ) -> Result<Option<Opening>, Fault> {
        let (id, connection) = found.ids()?;
        let mut lease = Lease { run: id, fence: found.fence };
        let state = if found.fingerprint.as_deref() != Some(run.fingerprint.as_str()) {
            EarlierState::OtherArguments
        } else if let (Some(_), Some(outcome)) = (found.ended_at, &found.outcome) {
            if !found.hear(transaction).await? {
                return Ok(None);
            }
            let keyring = self.keys.opening(transaction, Some(outcome.as_slice()).as_slice()).await?;
            let words = keyring.json(JOB_OUTCOME.of(id.uuid()), outcome)?;
            let outcome =
                RunOutcome::of_words(words).map_err(|_| Fault::Damaged(format!("outcome of run {id}")))?;
            EarlierState::Ended(outcome)
        } else if found.ended_at.is_none() && (now..=latest(run, now)).contains(&found.lease_until) {
            EarlierState::Running
        } else {
            if !found.take(transaction, run, self.process.serving.mark(), now).await? {
                return Ok(None);
            }
            lease.fence += 1;
            transaction.append(started).await?;
            EarlierState::Resumed
        };
        Ok(Some(Opening::Earlier(EarlierRun { lease, connection, state })))
    }
}

impl StoredRun {
    fn ids(&self) -> Result<(RunId, Option<ConnectionId>), Fault> {
        let damaged = |what: &str| Fault::Damaged(format!("{what} of run {}", self.id));
        let id = self.id.parse().map_err(|_| damaged("id"))?;
        let connection = match &self.connection_id {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| damaged("connection"))?),
        };
        Ok((id, connection))
    }

    /// Its caller is told: it is left no longer. False when somebody else took it.
    async fn hear(&self, transaction: &mut Transaction) -> Result<bool, Fault> {
        let heard = transaction
            .execute(
                "UPDATE runs SET left_at = NULL WHERE id = $1 AND fence = $2 AND ended_at IS NOT NULL \
                 AND (left_at IS NOT NULL OR key_digest IS NOT NULL)",
                [self.id.clone().into(), self.fence.into()],
            )
            .await?;
        Ok(heard > 0)
    }

    /// Takes the run over.
    async fn take(
        &self,
        transaction: &mut Transaction,
        run: &NewRun,
        served_by: Option<&str>,
        now: i64,
    ) -> Result<bool, Fault> {
        let taken = transaction
            .execute(
                "UPDATE runs SET fence = fence + 1, lease_until = $3, status = 'running', ended_at = NULL, left_at = NULL, \
                 outcome = NULL, served_by = $4 WHERE id = $1 AND fence = $2 \
                 AND (ended_at IS NOT NULL OR lease_until < $5 OR lease_until > $6)",
                [
                    self.id.clone().into(),
                    self.fence.into(),
                    until(now, run.lease).into(),
                    served_by.map(str::to_owned).into(),
                    now.into(),
                    latest(run, now).into(),
                ],
            )
            .await?;
        Ok(taken > 0)
    }
}

/// When a lease ends at the latest that was taken by now; one that ends later was taken before the clock was set back. Twice,
/// since two looks at a clock differ.
fn latest(run: &NewRun, now: i64) -> i64 {
    until(now, run.lease.saturating_mul(2))
}
