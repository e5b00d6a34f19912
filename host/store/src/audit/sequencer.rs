//! Giving events their leaves.
//!
//! Events are appended by any transaction of any process, at no more cost than a row. A transaction may commit after one whose
//! events have higher numbers, so an event can't have its leaf before its commit; it gets it afterwards, from whoever looks next.
//! Those who look exclude each other, and an event that they find late gets a later leaf.
//!
//! Looking is cheap, since numbers grow: all below a mark have their leaves. On SQLite, where one writes at a time, the mark is the last
//! event that was looked at. On PostgreSQL it is the last one that was seen a minute ago, which is longer than a transaction of the host
//! lasts. Should one last longer, it is found by the look at all events that each host takes at its start and hourly, and each command
//! that signs.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use toolbay_kernel::audit::merkle::Hash;
use toolbay_kernel::ports::StoreError;

use super::nodes::{Hashes, LEAVES, NODES};
use super::rows::{EventRow, stored};
use super::signing::{LOCK, StoredCheckpoint};
use crate::database::Database;
use crate::error::Fault;
use crate::store::Store;

/// Events that one transaction gives their leaves. With SQLite nobody else writes meanwhile.
const BATCH: usize = 500;

/// Numbers that one look goes over, so that it is short in a large table too.
const WINDOW: i64 = 50_000;

/// Shortest time between two transactions, in which others get their turn. It is as long as a transaction: another process that
/// waits for a SQLite file only looks now and then whether it is free.
const BREATH: Duration = Duration::from_millis(5);

/// How far behind the newest number a new host begins to look, after its look at all.
const BEHIND: i64 = 10_000;

/// Longer than a transaction lasts: the server ends one that is idle for half of it.
const SETTLED_AFTER: Duration = Duration::from_secs(60);

/// Time between two looks at all events.
const LOOK_AT_ALL_EVERY: Duration = Duration::from_secs(3_600);

/// Time between two checkpoints that nobody asked for, in milliseconds. Commands sign at once.
const SIGN_EVERY_MS: i64 = 60_000;

/// Gives events their leaves and signs the log from time to time, as long as a host serves.
pub struct Sequencer {
    store: Arc<Store>,
    /// All events up to this number have their leaves.
    settled: i64,
    /// The highest numbers that were seen, and when.
    seen: VecDeque<(Instant, i64)>,
    looked_at_all: Option<Instant>,
}

/// What a look has come to.
struct Looked {
    leaves: u64,
    /// The highest number that there was.
    newest: i64,
}

impl Sequencer {
    /// One that has looked at nothing yet.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, settled: 0, seen: VecDeque::new(), looked_at_all: None }
    }

    /// Gives every event its leaf that has none, and signs when it is time; answers how many got theirs. It can be stopped at any
    /// moment, and goes on where it was.
    ///
    /// # Errors
    ///
    /// When the store fails, or the log isn't the one that was signed last; then nothing is signed.
    pub async fn pass(&mut self) -> Result<u64, StoreError> {
        let begun = Instant::now();
        let is_at_all = self.looked_at_all.is_none_or(|at| at.elapsed() >= LOOK_AT_ALL_EVERY);
        let looked = self.store.give_leaves(if is_at_all { 0 } else { self.settled }).await?;
        if is_at_all {
            self.looked_at_all = Some(begun);
            self.settled = self.settled.max(looked.newest.saturating_sub(BEHIND));
        }
        self.settle(begun, looked.newest);
        self.store.sign_log_when_due().await?;
        Ok(looked.leaves)
    }

    fn settle(&mut self, at: Instant, newest: i64) {
        if matches!(self.store.database, Database::Sqlite { .. }) {
            self.settled = self.settled.max(newest);
            return;
        }
        self.seen.push_back((at, newest));
        while let Some((seen, number)) = self.seen.front().copied()
            && seen.elapsed() > SETTLED_AFTER
        {
            self.settled = self.settled.max(number);
            self.seen.pop_front();
        }
    }
}

impl Store {
    /// Gives every event its leaf that has none, and signs the log as it is then; answers the signed checkpoint, or none when
    /// there is no event.
    ///
    /// # Errors
    ///
    /// As [`Sequencer::pass`].
    pub async fn audit_checkpoint(&self) -> Result<Option<String>, StoreError> {
        Ok(self.signed_now().await?.map(|checkpoint| checkpoint.note))
    }

    pub(super) async fn signed_now(&self) -> Result<Option<StoredCheckpoint>, Fault> {
        self.give_leaves(0).await?;
        self.sign_log().await
    }

    /// Only after a look at all events that there are: what has no leaf in a checkpoint came after it.
    async fn sign_log_when_due(&self) -> Result<(), Fault> {
        if let Some(newest) = self.database.newest_checkpoint().await?
            && (stored(Hashes::Of(&self.database).size().await?) == newest.size
                || self.database.now().await?.saturating_sub(newest.signed_at) < SIGN_EVERY_MS)
        {
            return Ok(());
        }
        self.sign_log().await?;
        Ok(())
    }

    async fn give_leaves(&self, settled: i64) -> Result<Looked, Fault> {
        let newest = self.database.newest_event().await?;
        let mut leaves = 0;
        let mut after = settled;
        while after < newest {
            let until = newest.min(after.saturating_add(WINDOW));
            // Who only looks keeps nobody from writing.
            while self.database.has_event_without_leaf(after, until).await? {
                let begun = Instant::now();
                let given = self.give_batch(after, until).await?;
                leaves += given as u64;
                if given < BATCH {
                    break;
                }
                tokio::time::sleep(begun.elapsed().max(BREATH)).await;
            }
            after = until;
        }
        Ok(Looked { leaves, newest })
    }

    /// Gives the first events of a range their leaves; answers how many.
    async fn give_batch(&self, after: i64, until: i64) -> Result<usize, Fault> {
        let mut transaction = self.database.begin().await?;
        transaction.lock(LOCK).await?;
        let events: Vec<EventRow> = transaction
            .rows(
                "SELECT seq, happened_at, kind, subject, principal_id, principal_name, surface, call_id, connection_id, details \
                 FROM audit_events AS events WHERE seq > $1 AND seq <= $2 \
                 AND NOT EXISTS (SELECT 1 FROM audit_leaves WHERE audit_leaves.seq = events.seq) ORDER BY seq LIMIT $3",
                [after.into(), until.into(), i64::try_from(BATCH).unwrap_or(i64::MAX).into()],
            )
            .await?;
        let given = events.len();
        let mut hashes = Hashes::In(&mut transaction);
        let size = hashes.size().await?;
        let mut edge = hashes.edge(size).await?;
        let mut leaves: Vec<(i64, i64, Hash)> = Vec::with_capacity(given);
        let mut nodes: Vec<(i64, i64, Hash)> = Vec::with_capacity(given);
        for event in events {
            let event = event.leaf();
            let hash = event.hash();
            leaves.push((stored(edge.size()), event.seq, hash));
            let complete = edge.append(hash).into_iter();
            nodes.extend(complete.map(|(node, hash)| (i64::from(node.level), stored(node.index), hash)));
        }
        LEAVES.run(&mut transaction, &leaves).await?;
        NODES.run(&mut transaction, &nodes).await?;
        transaction.commit().await?;
        Ok(given)
    }
}

impl Database {
    async fn has_event_without_leaf(&self, after: i64, until: i64) -> Result<bool, Fault> {
        let first: Option<(i64,)> = self
            .row(
                "SELECT seq FROM audit_events AS events WHERE seq > $1 AND seq <= $2 \
                 AND NOT EXISTS (SELECT 1 FROM audit_leaves WHERE audit_leaves.seq = events.seq) ORDER BY seq LIMIT 1",
                [after.into(), until.into()],
            )
            .await?;
        Ok(first.is_some())
    }

    /// Events that have no leaf.
    pub(super) async fn events_without_leaf(&self) -> Result<u64, Fault> {
        let newest = self.newest_event().await?;
        let (mut after, mut without) = (0, 0);
        while after < newest {
            let until = newest.min(after.saturating_add(WINDOW));
            let counted: Option<(i64,)> = self
                .row(
                    "SELECT COUNT(*) FROM audit_events AS events WHERE seq > $1 AND seq <= $2 \
                     AND NOT EXISTS (SELECT 1 FROM audit_leaves WHERE audit_leaves.seq = events.seq)",
                    [after.into(), until.into()],
                )
                .await?;
            without += counted.and_then(|(count,)| u64::try_from(count).ok()).unwrap_or_default();
            after = until;
        }
        Ok(without)
    }

    /// The highest number of an event.
    async fn newest_event(&self) -> Result<i64, Fault> {
        let newest: Option<(i64,)> =
            self.row("SELECT CAST(COALESCE(MAX(seq), 0) AS BIGINT) FROM audit_events", []).await?;
        Ok(newest.map_or(0, |(seq,)| seq))
    }
}
