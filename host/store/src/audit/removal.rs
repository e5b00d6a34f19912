//! Removing the content of old events. Their leaves stay, so the log of the others can be verified as before.

use std::time::Duration;

use toolbay_kernel::audit::{Act, Actor, AuditChange, Event};
use toolbay_kernel::ports::StoreError;

use crate::clock;
use crate::error::Fault;
use crate::store::Store;

/// Events that one transaction changes. With SQLite nobody else writes meanwhile.
const BATCH: i64 = 500;

/// Time between two transactions, in which others get their turn.
const BREATH: Duration = Duration::from_millis(5);

/// Numbers that one statement goes over.
const WINDOW: i64 = 50_000;

impl Store {
    /// Removes the content of events older than this that have their leaves: details, the principal's name, and what they were
    /// about. The event's number, time, kind, ids and surface stay. The last thing known of each plugin stays whole, and what was
    /// done to the audit itself. Answers how many events lost theirs.
    ///
    /// That it was done is an event, and is recorded first: content that is missing without one was taken by somebody else.
    ///
    /// # Errors
    ///
    /// When the store fails; what was removed by then stays so.
    pub async fn remove_audit_content(&self, age: Duration, by: &Actor) -> Result<u64, StoreError> {
        let before = self.database.now().await?.saturating_sub(clock::milliseconds(age));
        Ok(self.remove_content_before(before, by).await?)
    }

    async fn remove_content_before(&self, before: i64, by: &Actor) -> Result<u64, Fault> {
        let newest: Option<(i64,)> =
            self.database.row("SELECT CAST(COALESCE(MAX(seq), 0) AS BIGINT) FROM audit_leaves", []).await?;
        let newest = newest.map_or(0, |(seq,)| seq);
        let (mut after, mut removed, mut is_recorded) = (0, 0, false);
        while after < newest {
            let until = newest.min(after.saturating_add(WINDOW));
            let found: Vec<(i64,)> = self
                .database
                .rows(
                    "SELECT seq FROM audit_events AS events WHERE seq > $1 AND seq <= $2 AND happened_at < $3 \
                     AND details <> '' AND kind NOT IN ('plugin', 'audit') \
                     AND EXISTS (SELECT 1 FROM audit_leaves WHERE audit_leaves.seq = events.seq) ORDER BY seq LIMIT $4",
                    [after.into(), until.into(), before.into(), BATCH.into()],
                )
                .await?;
            let (Some((first,)), Some((last,))) = (found.first(), found.last()) else {
                after = until;
                continue;
            };
            let mut transaction = self.database.begin().await?;
            if !is_recorded {
                let change = AuditChange::ContentRemoved { before: clock::from_milliseconds(before)? };
                transaction.append(&Event::of_host(by, Act::Audit { change })).await?;
                is_recorded = true;
            }
            removed += transaction
                .execute(
                    "UPDATE audit_events SET details = '', principal_name = '', subject = NULL \
                     WHERE seq >= $1 AND seq <= $2 AND happened_at < $3 AND details <> '' AND kind NOT IN ('plugin', 'audit') \
                     AND EXISTS (SELECT 1 FROM audit_leaves WHERE audit_leaves.seq = audit_events.seq)",
                    [(*first).into(), (*last).into(), before.into()],
                )
                .await?;
            transaction.commit().await?;
            after = *last;
            tokio::time::sleep(BREATH).await;
        }
        Ok(removed)
    }
}
