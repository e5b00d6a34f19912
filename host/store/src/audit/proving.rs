//! Receipts, and proofs that the log went on.

use toolbay_kernel::CallId;
use toolbay_kernel::audit::merkle;
use toolbay_kernel::audit::{Checkpoint, CheckpointError, ConsistencyProof, Receipt};
use toolbay_kernel::ports::StoreError;

use super::nodes::Hashes;
use super::rows::{LoggedEvent, PAGE, read};
use crate::error::Fault;
use crate::store::Store;

/// Which events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditItem {
    /// The one of this number.
    Event(i64),
    /// Those of this call.
    Call(CallId),
}

/// Why there is no proof from an older checkpoint on.
#[derive(Debug, thiserror::Error)]
pub enum NotProved {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(
        "the log has {now} leaves, and the checkpoint {then}: it was truncated, or restored from a backup"
    )]
    Truncated { now: u64, then: u64 },
    #[error("the log doesn't go on from the checkpoint of {0} leaves: it was rewritten")]
    Rewritten(u64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The leaves of an event or of a call's events, with the events as they are there, in order. An event that is too new to
    /// have a leaf isn't among them.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn logged_events(&self, item: AuditItem) -> Result<Vec<LoggedEvent>, StoreError> {
        let (event, call) = match item {
            AuditItem::Event(seq) => (Some(seq), None),
            AuditItem::Call(call) => (None, Some(call.to_string())),
        };
        let places: Vec<(i64,)> = self
            .database
            .rows(
                "SELECT leaf_index FROM audit_leaves WHERE seq = $1 UNION \
                 SELECT leaf_index FROM audit_events AS events JOIN audit_leaves AS leaves ON leaves.seq = events.seq \
                 WHERE call_id = $2 ORDER BY leaf_index",
                [event.into(), call.into()],
            )
            .await?;
        let mut logged = Vec::with_capacity(places.len());
        for (index,) in places {
            logged.extend(self.database.leaves_from(read(index)?, 1).await?);
        }
        Ok(logged)
    }

    /// The log from a place on, in order; at most a thousand leaves.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn logged_from(&self, index: u64) -> Result<Vec<LoggedEvent>, StoreError> {
        Ok(self.database.leaves_from(index, PAGE).await?)
    }

    /// Receipts of these events, for the log as it is now. Events that are too new to have a leaf get theirs first.
    ///
    /// # Errors
    ///
    /// When the store fails, or the log isn't the one that was signed last.
    pub async fn audit_receipts(&self, item: AuditItem) -> Result<Vec<(i64, Receipt)>, StoreError> {
        let Some(checkpoint) = self.signed_now().await? else { return Ok(Vec::new()) };
        let mut receipts = Vec::new();
        for logged in self.logged_events(item).await? {
            let LoggedEvent { index, seq, hash, event } = logged;
            let size = read(checkpoint.size)?;
            // One that came meanwhile is beyond the checkpoint.
            let Some(path) = merkle::inclusion(index, size) else { continue };
            let proof = Hashes::Of(&self.database).told(&path).await?;
            let leaf = event.as_ref().filter(|event| !event.is_without_content()).ok_or(hash);
            receipts.push((seq, Receipt::new(checkpoint.note.clone(), index, leaf, proof)));
        }
        Ok(receipts)
    }

    /// The proof that the log as it is now goes on from an older checkpoint of it.
    ///
    /// # Errors
    ///
    /// When it doesn't, and when the store fails.
    pub async fn audit_consistency(&self, old: &str) -> Result<ConsistencyProof, NotProved> {
        let key = self.audit_key().await?;
        let then = Checkpoint::open(old, &key)?;
        let newest = self.signed_now().await.map_err(StoreError::from)?;
        let Some(newest) = newest else { return Err(NotProved::Truncated { now: 0, then: then.size }) };
        let now = Checkpoint::open(&newest.note, &key)?;
        let Some(path) = merkle::consistency(then.size, now.size) else {
            return Err(NotProved::Truncated { now: now.size, then: then.size });
        };
        let proof =
            Hashes::Of(&self.database).told(&path).await.map_err(|fault: Fault| StoreError::from(fault))?;
        let proof = ConsistencyProof::new(old.to_owned(), newest.note, proof);
        match proof.verify(&key) {
            Ok(_) => Ok(proof),
            Err(_) => Err(NotProved::Rewritten(then.size)),
        }
    }
}
