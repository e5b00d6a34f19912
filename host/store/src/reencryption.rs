//! Going over all encrypted values: to count them, to decrypt them, to move them to the active key.
//!
//! Where a pass is isn't kept anywhere: which key a value has is in the value itself, so that one that was interrupted goes on by
//! beginning again.

use std::time::Duration;

use toolbay_kernel::administration::{Pass, PassProgress, Tally};

use crate::error::Fault;
use crate::sealed_columns::{self, SealedColumn};
use crate::sealed_rows::{RowKey, RowPage};
use crate::store::Store;
use crate::vault::key_id;

/// Values that one transaction moves; fewer when they are large. With SQLite nobody else writes meanwhile.
const BATCH_VALUES: usize = 100;

/// Bytes after which a transaction that moves values ends.
const BATCH_BYTES: usize = 1024 * 1024;

/// Time between two transactions, in which others get their turn.
const BREATH: Duration = Duration::from_millis(5);

impl Store {
    pub(crate) async fn pass_over(&self, pass: Pass, progress: &PassProgress<'_>) -> Result<Tally, Fault> {
        let mut tally = Tally::default();
        for column in sealed_columns::ALL {
            let mut after = Some(RowKey::first(column));
            while let Some(from) = after {
                let RowPage { rows, next } = self.database.sealed_page(column, &from).await?;
                let values: Vec<_> =
                    rows.into_iter().filter_map(|(key, start)| Some((key, start?))).collect();
                match pass {
                    Pass::Count => count(column, &values, &mut tally),
                    Pass::Verify => self.verify_values(column, &values, &mut tally, progress).await?,
                    Pass::Reencrypt => self.move_values(column, values, &mut tally, progress).await?,
                }
                progress(&tally);
                after = next;
            }
        }
        Ok(tally)
    }

    async fn verify_values(
        &self,
        column: &SealedColumn,
        values: &[(RowKey, Vec<u8>)],
        tally: &mut Tally,
        progress: &PassProgress<'_>,
    ) -> Result<(), Fault> {
        for (key, _) in values {
            let read = self.keys.reading(&self.database, async |keyring| {
                let Some(blob) = self.database.sealed_value(column, key).await? else { return Ok(None) };
                let location = key.location(column).ok_or_else(|| damaged(column))?;
                keyring.open(location, &blob)?;
                Ok(Some(key_id(&blob)?))
            });
            match read.await {
                Ok(None) => {}
                Ok(Some(key)) => *tally.values.entry(key).or_default() += 1,
                Err(Fault::Vault(_) | Fault::Damaged(_)) => unreadable(column, tally),
                Err(fault) => return Err(fault),
            }
            progress(tally);
        }
        Ok(())
    }

    async fn move_values(
        &self,
        column: &SealedColumn,
        mut values: Vec<(RowKey, Vec<u8>)>,
        tally: &mut Tally,
        progress: &PassProgress<'_>,
    ) -> Result<(), Fault> {
        count(column, &values, tally);
        let active = self.database.active_key().await?;
        values.retain(|(_, start)| key_id(start).is_ok_and(|key| key != active));
        let mut left = values.as_slice();
        while !left.is_empty() {
            let looked_at = self.move_batch(column, left, tally).await?;
            progress(tally);
            left = left.get(looked_at..).unwrap_or_default();
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }

    /// Moves as many values as fit into one transaction; answers how many it has looked at.
    async fn move_batch(
        &self,
        column: &SealedColumn,
        values: &[(RowKey, Vec<u8>)],
        tally: &mut Tally,
    ) -> Result<usize, Fault> {
        let mut transaction = self.database.begin().await?;
        let sealing = self.keys.sealing(&mut transaction).await?;
        let (mut looked_at, mut bytes) = (0, 0);
        let (mut moved, mut busy, mut damaged) = (0, 0, 0);
        for (key, _) in values.iter().take(BATCH_VALUES) {
            if bytes >= BATCH_BYTES {
                break;
            }
            looked_at += 1;
            let Some(blob) = transaction.sealed_value_held(column, key).await? else {
                busy += 1;
                continue;
            };
            bytes += blob.len();
            if key_id(&blob).is_ok_and(|key| key == sealing.key()) {
                continue;
            }
            let keyring = self.keys.opening(&mut transaction, &[&blob]).await?;
            let location = key.location(column);
            let plain = location.and_then(|location| Some((location, keyring.open(location, &blob).ok()?)));
            let Some((location, plain)) = plain else {
                damaged += 1;
                continue;
            };
            let sealed = sealing.seal(location, &plain)?;
            match transaction.replace_sealed(column, key, blob, sealed).await? {
                true => moved += 1,
                false => busy += 1,
            }
        }
        transaction.commit().await?;
        tally.moved += moved;
        tally.busy += busy;
        if damaged > 0 {
            *tally.unreadable.entry(column.name).or_default() += damaged;
        }
        Ok(looked_at)
    }
}

fn count(column: &SealedColumn, values: &[(RowKey, Vec<u8>)], tally: &mut Tally) {
    for (_, start) in values {
        match key_id(start) {
            Ok(key) => *tally.values.entry(key).or_default() += 1,
            Err(_) => unreadable(column, tally),
        }
    }
}

fn unreadable(column: &SealedColumn, tally: &mut Tally) {
    *tally.unreadable.entry(column.name).or_default() += 1;
}

fn damaged(column: &SealedColumn) -> Fault {
    Fault::Damaged(format!("a key of {}", column.name))
}
