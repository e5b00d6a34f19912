//! The data keys that this process knows, and how it learns of those that others add.
//!
//! Several processes share one database, and any of them may change the keys. So none relies on what it knows:
//!
//! - **What is stored** is encrypted with the key that the database names in the same transaction ([`KnownKeys::sealing`]), which
//!   can't be removed until the transaction has ended. A host learns of a promotion with the next value that it stores.
//! - **What is read** may name a key that came after this process has looked last. Then it looks again, and reads again
//!   ([`KnownKeys::reading`]): what was read before may have been moved to another key, and its own be gone.
//! - **What is read in a transaction that changes the row** can't be moved meanwhile, so its key is there to be found
//!   ([`KnownKeys::opening`]).

use std::sync::Arc;

use arc_swap::ArcSwap;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::data_keys::{self, StoredKey};
use crate::database::{Database, Transaction};
use crate::error::Fault;
use crate::master_keys::MasterKeys;
use crate::vault::{Keyring, Location, Sealing, key_id};

/// How often a value is read again that names a key which this process doesn't know. Each time another key must have come
/// and gone between two statements.
const READS: u32 = 10;

/// The data keys, as this process saw them last.
pub(crate) struct KnownKeys {
    keyring: ArcSwap<Keyring>,
    masters: MasterKeys,
}

impl KnownKeys {
    pub(crate) fn new(keyring: Keyring, masters: MasterKeys) -> Self {
        Self { keyring: ArcSwap::from_pointee(keyring), masters }
    }

    /// Where the master key comes from.
    pub(crate) fn masters(&self) -> &MasterKeys {
        &self.masters
    }

    /// What encrypts in this transaction.
    pub(crate) async fn sealing(&self, transaction: &mut Transaction) -> Result<Sealing, Fault> {
        let active = transaction.active_key().await?;
        let mut keyring = self.keyring.load_full();
        if !keyring.has(active) {
            keyring = self.learn(&data_keys::stored_in(transaction).await?)?;
        }
        Ok(keyring.sealing(active)?)
    }

    /// Reads and decrypts, again with what is there by then as long as a key is missing.
    pub(crate) async fn reading<T, F>(
        &self,
        database: &Database,
        read: impl Fn(Arc<Keyring>) -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let mut keyring = self.keyring.load_full();
        let mut missing = None;
        for _ in 0..READS {
            let ended = read(keyring).await;
            let key = ended.as_ref().err().and_then(Fault::missing_key);
            // It was looked for, and a key never comes back: the value is damaged.
            if key.is_none() || key == missing {
                return ended;
            }
            missing = key;
            keyring = self.learn(&data_keys::stored(database).await?)?;
        }
        read(keyring).await
    }

    /// What decrypts values whose rows this transaction changes.
    pub(crate) async fn opening(
        &self,
        transaction: &mut Transaction,
        blobs: &[&[u8]],
    ) -> Result<Arc<Keyring>, Fault> {
        let keyring = self.keyring.load_full();
        if blobs.iter().all(|blob| key_id(blob).map_or(true, |key| keyring.has(key))) {
            return Ok(keyring);
        }
        self.learn(&data_keys::stored_in(transaction).await?)
    }

    fn learn(&self, stored: &[StoredKey]) -> Result<Arc<Keyring>, Fault> {
        let keyring = Arc::new(data_keys::unwrap(stored, &self.masters)?);
        self.keyring.store(Arc::clone(&keyring));
        Ok(keyring)
    }
}

impl Sealing {
    /// Encrypts a credential.
    pub(crate) fn secret(&self, location: Location, secret: &SecretString) -> Result<Vec<u8>, Fault> {
        Ok(self.seal(location, secret.expose_secret().as_bytes())?)
    }

    /// Encrypts a value that holds what callers wrote, or what Notion answered.
    pub(crate) fn json(&self, location: Location, value: &Value) -> Result<Vec<u8>, Fault> {
        Ok(self.seal(location, value.to_string().as_bytes())?)
    }
}

impl Keyring {
    /// Decrypts a credential.
    pub(crate) fn secret(&self, location: Location, blob: &[u8]) -> Result<SecretString, Fault> {
        let plain = self.open(location, blob)?;
        let text = std::str::from_utf8(&plain)
            .map_err(|_| Fault::Damaged(format!("{} of connection {}", location.column, location.row)))?;
        Ok(SecretString::from(text))
    }

    /// Decrypts a value.
    pub(crate) fn json(&self, location: Location, blob: &[u8]) -> Result<Value, Fault> {
        let plain = self.open(location, blob)?;
        serde_json::from_slice(&plain)
            .map_err(|_| Fault::Damaged(format!("{} of a row in {}", location.column, location.table)))
    }
}
