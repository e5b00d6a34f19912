//! Checkpoints: the log as it is, signed.

use std::io;

use toolbay_kernel::audit::merkle::{self, Edge};
use toolbay_kernel::audit::{Checkpoint, LogKey};

use super::nodes::Hashes;
use super::own_checkpoint;
use super::rows::{read, stored};
use crate::database::{Database, Transaction};
use crate::error::Fault;
use crate::store::Store;

/// Held by whoever adds to the log: one at a time, in all processes.
pub(super) const LOCK: &str = "audit log";

const NEWEST: &str = "SELECT size, signed_at, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1";

/// A checkpoint's row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub(super) struct StoredCheckpoint {
    pub(super) size: i64,
    /// In milliseconds since 1970, by the database's clock.
    pub(super) signed_at: i64,
    pub(super) note: String,
}

impl Store {
    /// Signs the log as it is, unless that was done; answers the newest checkpoint, or none when there is no leaf.
    ///
    /// What is signed can't be taken back, so it goes on from the newest checkpoint or isn't signed.
    pub(super) async fn sign_log(&self) -> Result<Option<StoredCheckpoint>, Fault> {
        let key = self.log_key().await?;
        let mut transaction = self.database.begin().await?;
        transaction.lock(LOCK).await?;
        let newest: Option<StoredCheckpoint> = transaction.rows(NEWEST, []).await?.pop();
        let size = Hashes::In(&mut transaction).size().await?;
        if size == 0 && newest.is_none() {
            return Ok(None);
        }
        let edge = Hashes::In(&mut transaction).edge(size).await?;
        let own = own_checkpoint::read(&self.process.data_dir).map_err(unreadable)?;
        if let Some(own) = &own {
            check_goes_on(&mut transaction, own, &edge, &key).await?;
        }
        if let Some(newest) = &newest {
            check_goes_on(&mut transaction, &newest.note, &edge, &key).await?;
            if own.is_none() {
                own_checkpoint::write(&self.process.data_dir, &newest.note).map_err(unreadable)?;
            }
            if read(newest.size)? == size {
                return Ok(Some(newest.clone()));
            }
        }
        let origin = key.verifier().name().to_owned();
        let note = Checkpoint { origin, size, root: edge.root() }.signed(&key);
        let signed = StoredCheckpoint { size: stored(size), signed_at: transaction.now().await?, note };
        transaction
            .execute(
                "INSERT INTO audit_checkpoints (size, signed_at, note) VALUES ($1, $2, $3)",
                [signed.size.into(), signed.signed_at.into(), signed.note.clone().into()],
            )
            .await?;
        transaction.commit().await?;
        own_checkpoint::write(&self.process.data_dir, &signed.note).map_err(unreadable)?;
        Ok(Some(signed))
    }
}

impl Database {
    /// When the newest checkpoint was signed, and whether there are leaves beyond it; none without a checkpoint.
    pub(super) async fn newest_checkpoint(&self) -> Result<Option<StoredCheckpoint>, Fault> {
        self.row(NEWEST, []).await
    }

    /// The checkpoint after one of this size.
    pub(super) async fn checkpoint_after(&self, size: u64) -> Result<Option<StoredCheckpoint>, Fault> {
        self.row(
            "SELECT size, signed_at, note FROM audit_checkpoints WHERE size > $1 ORDER BY size LIMIT 1",
            [stored(size).into()],
        )
        .await
    }
}

fn unreadable(error: io::Error) -> Fault {
    Fault::Damaged(format!("the audit's own checkpoint in the data folder: {error}"))
}

async fn check_goes_on(
    transaction: &mut Transaction,
    newest: &str,
    edge: &Edge,
    key: &LogKey,
) -> Result<(), Fault> {
    let broken =
        |why: String| Fault::Damaged(format!("the audit's log: {why}; toolbay audit verify says where"));
    let old = Checkpoint::open(newest, &key.verifier()).map_err(|error| broken(error.to_string()))?;
    let other = || broken(format!("it doesn't go on from the checkpoint of {} leaves", old.size));
    let proof = merkle::consistency(old.size, edge.size()).ok_or_else(other)?;
    let proof = Hashes::In(transaction).told(&proof).await?;
    if merkle::is_consistent((old.size, &old.root), (edge.size(), &edge.root()), &proof) {
        Ok(())
    } else {
        Err(other())
    }
}
