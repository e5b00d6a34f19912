//! What the administration of keys needs of the store. Each change is made together with its event, or not at all.

use std::collections::BTreeMap;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::audit::{Actor, KeyChange};
use crate::ports::StoreError;

/// Where a data key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It decrypts, and has never encrypted.
    Pending,
    /// It encrypts what is stored now. Exactly one does.
    Active,
    /// It decrypts what it encrypted before.
    Demoted,
    /// It is gone. Its id stays, so that no other key ever gets it.
    Retired,
}

impl KeyState {
    const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Demoted, Self::Retired];

    /// The state as word, such as `active`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Demoted => "demoted",
            Self::Retired => "retired",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A data key as it is listed; never with the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    pub id: u32,
    pub state: KeyState,
    /// How often it was promoted: whoever finds the number unchanged knows that it wasn't in between.
    pub promotions: i64,
    /// The fingerprint of the master key that wraps it.
    pub master: String,
    pub created_at: OffsetDateTime,
    /// When it got its state.
    pub changed_at: OffsetDateTime,
}

/// What became of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promotion {
    Promoted,
    NoSuchKey,
    Retired,
    /// It encrypts already.
    Active,
}

/// What became of wrapping all data keys with another master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrap {
    Done {
        /// How many data keys were wrapped.
        keys: u32,
        /// The new master key's fingerprint.
        master: String,
        /// The file where the former master key is kept, when the data folder has the master key.
        former: Option<String>,
    },
    /// The master key is given from outside, and no new one is.
    NoNewKey,
    /// The new one is the one in use.
    SameKey,
}

/// What to do with every encrypted value that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Look which key it names. Nothing is decrypted.
    Count,
    /// Decrypt it.
    Verify,
    /// Encrypt it with the active key, unless it is already.
    Reencrypt,
}

/// What a pass has found so far. Values that come or go meanwhile may be in it or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Values by the key that they name, as they were found.
    pub values: BTreeMap<u32, u64>,
    /// Values that can't be read, by table and column: of an unknown format; when decrypted also damaged ones.
    pub unreadable: BTreeMap<&'static str, u64>,
    /// Values that were encrypted anew.
    pub moved: u64,
    /// Values that somebody else was changing.
    pub busy: u64,
}

/// Told now and then how far a pass is.
pub type PassProgress<'a> = dyn Fn(&Tally) + Send + Sync + 'a;

/// The data keys, and the values that they encrypt.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// All keys, retired ones too, oldest first.
    async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError>;

    /// Makes a pending key.
    async fn add_key(&self, by: &Actor) -> Result<u32, StoreError>;

    /// Makes a key the active one, and demotes the one that was.
    async fn promote_key(&self, key: u32, by: &Actor) -> Result<Promotion, StoreError>;

    /// Waits until whoever began to store something under a key that isn't active any more has ended. Who stores something
    /// afterwards, in whatever process, does so under the active key.
    async fn await_writers(&self) -> Result<(), StoreError>;

    /// Goes over all encrypted values, and tells now and then how far it is. Its statements are small and its memory
    /// doesn't grow with the tables.
    async fn pass(&self, pass: Pass, progress: &PassProgress<'_>) -> Result<Tally, StoreError>;

    /// Removes the wrapped key, unless it is active or was promoted again. False when it was.
    async fn retire_key(&self, key: &KeyRecord, by: &Actor) -> Result<bool, StoreError>;

    /// Wraps all data keys with the new master key.
    async fn rewrap_keys(&self, by: &Actor) -> Result<Rewrap, StoreError>;

    /// Appends an event about keys that changes no row of theirs.
    async fn record_keys(&self, change: KeyChange, by: &Actor) -> Result<(), StoreError>;
}
