//! Another master key for all data keys.

use toolbay_kernel::administration::Rewrap;
use toolbay_kernel::audit::{Act, Actor, Event, KeyChange};

use crate::data_keys::{self, LOCK};
use crate::error::Fault;
use crate::key_file;
use crate::master_keys::NextMasterKey;
use crate::store::Store;

impl Store {
    /// Wraps all data keys with the next master key, in one transaction: the database always names one master key.
    ///
    /// A key in the data folder is there before the transaction and takes its place after it: whenever the process ends,
    /// the folder has the key that the database names, and the next start puts it in its place.
    pub(crate) async fn rewrapped_keys(&self, by: &Actor) -> Result<Rewrap, Fault> {
        let masters = self.keys.masters();
        let Some(next) = masters.next().await? else { return Ok(Rewrap::NoNewKey) };
        let fingerprint = next.fingerprint().to_string();
        let mut transaction = self.database.begin().await?;
        transaction.lock(LOCK).await?;
        let stored = data_keys::stored_in(&mut transaction).await?;
        if stored.iter().all(|row| row.kek_id == fingerprint) {
            return Ok(Rewrap::SameKey);
        }
        for row in &stored {
            let (id, key) = row.unwrapped(&masters.of(&row.kek_id)?)?;
            transaction
                .execute(
                    "UPDATE data_keys SET wrapped = $2, kek_id = $3 WHERE id = $1",
                    [
                        i64::from(id).into(),
                        data_keys::wrapped(&key, id, next.key())?.into(),
                        fingerprint.clone().into(),
                    ],
                )
                .await?;
        }
        let keys = u32::try_from(stored.len()).unwrap_or(u32::MAX);
        let change = KeyChange::Rewrapped { keys, master: fingerprint.clone() };
        transaction.append(&Event::of_host(by, Act::Key { key: None, change })).await?;
        transaction.commit().await?;
        let former = match &next {
            NextMasterKey::Given(_) => None,
            NextMasterKey::InDataDir(..) => key_file::take_next(masters.data_dir())?,
        };
        let former = former.map(|path| path.display().to_string());
        Ok(Rewrap::Done { keys, master: fingerprint, former })
    }
}
