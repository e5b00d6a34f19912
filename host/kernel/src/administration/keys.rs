//! Data keys: how one comes, encrypts, is replaced and goes.
//!
//! `add`, `promote`, `reencrypt`, `retire` are four steps, so that an operator can stop after each of them: between two steps
//! everything works, for as long as one likes.
//!
//! # Why a key can be retired while hosts run
//!
//! A host may not have heard that another key was promoted. So nobody relies on having heard: whoever stores a value reads in
//! the same transaction which key is active, and keeps that key from being removed until the transaction has ended. After a
//! key was demoted, the only values that can still come under it are those of transactions that had begun before. Retiring
//! waits for these, then counts, and removes the key only if it wasn't promoted in between. No clock is part of it: a
//! process that was stopped for an hour in the middle of a transaction makes retiring wait or fail, and loses nothing.

use std::sync::Arc;
use std::time::Duration;

use super::{KeyRecord, KeyState, KeyStore, Pass, PassProgress, Promotion, Refused, Rewrap, Tally};
use crate::audit::{Actor, KeyChange};
use crate::ports::StoreError;

/// How often values are looked for again that somebody else was changing. Each is changed for milliseconds, and has the
/// active key afterwards.
const MAX_ROUNDS: u32 = 20;

/// Time between two rounds.
const PAUSE: Duration = Duration::from_millis(20);

/// The administration of keys. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    store: Arc<dyn KeyStore>,
}

/// A key, and how many values it encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    pub key: KeyRecord,
    pub values: u64,
}

/// What became of moving values to the active key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reencryption {
    /// Values that were under another key before.
    pub found: u64,
    pub moved: u64,
    /// Values that somebody else was changing each time.
    pub busy: u64,
    /// Values that can't be decrypted, by table and column; they stay as they are.
    pub unreadable: u64,
}

impl Keys {
    /// The keys that this store has.
    #[must_use]
    pub fn new(store: Arc<dyn KeyStore>) -> Self {
        Self { store }
    }

    /// All keys, retired ones too, with the number of values that each encrypts.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn status(&self) -> Result<Vec<KeyStatus>, StoreError> {
        let tally = self.store.pass(Pass::Count, &|_| {}).await?;
        let keys = self.store.keys().await?.into_iter();
        Ok(keys.map(|key| KeyStatus { values: of(&tally, key.id), key }).collect())
    }

    /// Makes a key that encrypts nothing yet.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn add(&self, by: &Actor) -> Result<u32, StoreError> {
        self.store.add_key(by).await
    }

    /// Makes a key the one that encrypts. One that was demoted may be promoted again.
    ///
    /// # Errors
    ///
    /// For a key that isn't there, is retired or encrypts already, and when the store fails.
    pub async fn promote(&self, key: u32, by: &Actor) -> Result<(), Refused> {
        match self.store.promote_key(key, by).await? {
            Promotion::Promoted => Ok(()),
            Promotion::NoSuchKey => Err(Refused::NoSuchKey(key)),
            Promotion::Retired => Err(Refused::RetiredKey(key)),
            Promotion::Active => Err(Refused::ActiveAlready(key)),
        }
    }

    /// How many values are to be moved to the active key. Nothing is changed.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn to_reencrypt(&self) -> Result<u64, StoreError> {
        let active = self.store.keys().await?.into_iter().find(|key| key.state == KeyState::Active);
        let tally = self.store.pass(Pass::Count, &|_| {}).await?;
        let all: u64 = tally.values.values().sum();
        Ok(all.saturating_sub(active.map_or(0, |key| of(&tally, key.id))))
    }

    /// Moves every value to the active key. One that was interrupted goes on where it was: a value that has the active key
    /// is only looked at.
    ///
    /// # Errors
    ///
    /// When the store fails; what was moved stays moved.
    pub async fn reencrypt(
        &self,
        by: &Actor,
        progress: &(dyn Fn(u64, u64) + Send + Sync),
    ) -> Result<Reencryption, StoreError> {
        // Else values could come under the former key behind the pass.
        self.store.await_writers().await?;
        let found = self.to_reencrypt().await?;
        let mut done = Reencryption { found, ..Reencryption::default() };
        if found == 0 {
            return Ok(done);
        }
        self.store.record_keys(KeyChange::ReencryptionStarted { values: found }, by).await?;
        for round in 0..MAX_ROUNDS {
            if round > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            let before = done.moved;
            let told = |tally: &Tally| progress(before.saturating_add(tally.moved), found);
            let tally = self.store.pass(Pass::Reencrypt, &told).await?;
            done.moved += tally.moved;
            done.busy = tally.busy;
            done.unreadable = tally.unreadable.values().sum();
            if done.busy == 0 {
                break;
            }
        }
        self.store.record_keys(KeyChange::ReencryptionEnded { moved: done.moved }, by).await?;
        Ok(done)
    }

    /// Removes a key for good.
    ///
    /// # Errors
    ///
    /// For a key that encrypts, is named by a value, or isn't there; and when the store fails.
    pub async fn retire(&self, key: u32, by: &Actor) -> Result<(), Refused> {
        let known = self.store.keys().await?.into_iter().find(|known| known.id == key);
        let known = known.ok_or(Refused::NoSuchKey(key))?;
        match known.state {
            KeyState::Active => return Err(Refused::ActiveKey(key)),
            KeyState::Retired => return Err(Refused::RetiredKey(key)),
            KeyState::Pending | KeyState::Demoted => {}
        }
        // In this order: what is counted afterwards can only become less.
        self.store.await_writers().await?;
        let values = of(&self.store.pass(Pass::Count, &|_| {}).await?, key);
        if values > 0 {
            return Err(Refused::KeyInUse { key, values });
        }
        if !self.store.retire_key(&known, by).await? {
            return Err(Refused::KeyChanged(key));
        }
        Ok(())
    }

    /// Decrypts every value, and says how many there are and how many can't be decrypted.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn verify(&self, progress: &PassProgress<'_>) -> Result<Tally, StoreError> {
        self.store.pass(Pass::Verify, progress).await
    }

    /// Wraps all data keys with another master key. No value changes.
    ///
    /// # Errors
    ///
    /// Without a new master key, or with the one in use; and when the store fails.
    pub async fn rewrap(&self, by: &Actor) -> Result<Rewrap, Refused> {
        match self.store.rewrap_keys(by).await? {
            Rewrap::NoNewKey => Err(Refused::NoNewMasterKey),
            Rewrap::SameKey => Err(Refused::SameMasterKey),
            done @ Rewrap::Done { .. } => Ok(done),
        }
    }
}

fn of(tally: &Tally, key: u32) -> u64 {
    tally.values.get(&key).copied().unwrap_or_default()
}
