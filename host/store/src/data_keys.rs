//! The envelope: data keys encrypt rows, the master key wraps data keys.
//!
//! Changing the master key then means wrapping a few data keys again, not every row. Unwrapping all of them when the
//! store opens is also the canary: with another master key nothing starts, and nothing is written.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use toolbay_kernel::administration::KeyState;
use uuid::Uuid;

use crate::clock;
use crate::database::{Database, Held, Transaction};
use crate::error::Fault;
use crate::key::Key;
use crate::master_keys::MasterKeys;
use crate::open_error::OpenError;
use crate::sealed_columns;
use crate::vault::{self, Keyring, Location};

/// A key that isn't retired.
#[derive(serde::Deserialize)]
pub(crate) struct StoredKey {
    pub(crate) id: i64,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) kek_id: String,
    pub(crate) state: String,
}

const SELECT: &str = "SELECT id, wrapped, kek_id, state FROM data_keys WHERE wrapped IS NOT NULL ORDER BY id";

/// The key that encrypts. Whoever holds its row keeps it from being removed, and not from being demoted.
const ACTIVE: &str = "SELECT id FROM data_keys WHERE state = 'active'";
const ACTIVE_HELD: Held =
    Held { rows: ACTIVE, and_held: "SELECT id FROM data_keys WHERE state = 'active' FOR KEY SHARE" };

/// Opens the vault; creates the first data key when the database is new.
pub(crate) async fn unlock(database: &Database, masters: &MasterKeys) -> Result<Keyring, OpenError> {
    let stored = stored(database).await?;
    if !stored.is_empty() {
        return known(&stored, masters).await;
    }
    let mut transaction = database.begin().await?;
    transaction.lock(LOCK).await?;
    // Another host that shares the database may have been first.
    let stored = stored_in(&mut transaction).await?;
    if !stored.is_empty() {
        drop(transaction);
        return known(&stored, masters).await;
    }
    for column in sealed_columns::ALL {
        if !transaction.rows::<(i64,), 0>(column.any, []).await?.is_empty() {
            return Err(OpenError::DataKeysMissing);
        }
    }
    let master = masters.first()?;
    transaction.add_data_key(&master, KeyState::Active.as_str()).await?;
    let stored = stored_in(&mut transaction).await?;
    let keyring = unwrap(&stored, masters)?;
    transaction.commit().await?;
    Ok(keyring)
}

async fn known(stored: &[StoredKey], masters: &MasterKeys) -> Result<Keyring, OpenError> {
    let keyring = unwrap(stored, masters)?;
    let active =
        stored.iter().find(|row| row.state == KeyState::Active.as_str()).ok_or(OpenError::NoActiveKey)?;
    masters.finish(&active.kek_id).await?;
    Ok(keyring)
}

/// Held by whoever changes keys.
pub(crate) const LOCK: &str = "data_keys";

/// The keys that there are.
pub(crate) async fn stored(database: &Database) -> Result<Vec<StoredKey>, Fault> {
    database.rows(SELECT, []).await
}

/// As [`stored`].
pub(crate) async fn stored_in(transaction: &mut Transaction) -> Result<Vec<StoredKey>, Fault> {
    transaction.rows(SELECT, []).await
}

/// Unwraps keys.
pub(crate) fn unwrap(stored: &[StoredKey], masters: &MasterKeys) -> Result<Keyring, OpenError> {
    let mut keys = BTreeMap::new();
    let mut by_fingerprint: BTreeMap<&str, Key> = BTreeMap::new();
    for row in stored {
        let master = match by_fingerprint.entry(&row.kek_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(masters.of(&row.kek_id)?),
        };
        let (id, key) = row.unwrapped(master)?;
        keys.insert(id, key);
    }
    Ok(Keyring::new(keys))
}

impl StoredKey {
    /// The key, by the master key that wrapped it.
    pub(crate) fn unwrapped(&self, master: &Key) -> Result<(u32, Key), OpenError> {
        let damaged = || OpenError::DataKeyDamaged(self.id);
        let id = u32::try_from(self.id).map_err(|_| damaged())?;
        let bytes = vault::open(master, location(id), &self.wrapped).map_err(|_| damaged())?;
        Ok((id, Key::from_bytes(&bytes).map_err(|_| damaged())?))
    }
}

/// A key as it is stored.
pub(crate) fn wrapped(key: &Key, id: u32, master: &Key) -> Result<Vec<u8>, Fault> {
    Ok(vault::seal(master, master.fingerprint().number(), location(id), key.bytes())?)
}

impl Database {
    /// The key that encrypts, at this moment.
    pub(crate) async fn active_key(&self) -> Result<u32, Fault> {
        let found: Option<(i64,)> = self.row(ACTIVE, []).await?;
        found.and_then(|(id,)| u32::try_from(id).ok()).ok_or_else(none_active)
    }
}

impl Transaction {
    /// The key that encrypts, which stays until this transaction has ended.
    pub(crate) async fn active_key(&mut self) -> Result<u32, Fault> {
        for _ in 0..ACTIVE_TRIES {
            let found: Vec<(i64,)> = self.held_rows(ACTIVE_HELD, []).await?;
            if let Some((id,)) = found.first() {
                return u32::try_from(*id).map_err(|_| Fault::Damaged(format!("id of data key {id}")));
            }
        }
        Err(none_active())
    }

    /// Adds a new key after all that there ever were.
    pub(crate) async fn add_data_key(&mut self, master: &Key, state: &str) -> Result<u32, Fault> {
        let newest: Vec<(i64,)> = self.rows("SELECT COALESCE(MAX(id), 0) FROM data_keys", []).await?;
        let id = newest.first().and_then(|(id,)| u32::try_from(id.saturating_add(1)).ok());
        let id = id.ok_or_else(|| Fault::Damaged("ids of data keys".to_owned()))?;
        let key = Key::random().map_err(vault::VaultError::from)?;
        let now = clock::now();
        self.execute(
            "INSERT INTO data_keys (id, wrapped, kek_id, state, created_at, changed_at, promotions) \
             VALUES ($1, $2, $3, $4, $5, $6, 0)",
            [
                i64::from(id).into(),
                wrapped(&key, id, master)?.into(),
                master.fingerprint().to_string().into(),
                state.into(),
                now.into(),
                now.into(),
            ],
        )
        .await?;
        Ok(id)
    }
}

/// With PostgreSQL, a statement that waits to hold a row that is demoted meanwhile finds none: the next one finds the other.
const ACTIVE_TRIES: u32 = 5;

fn none_active() -> Fault {
    Fault::Damaged("no data key is active".to_owned())
}

fn location(id: u32) -> Location {
    Location { table: "data_keys", column: "wrapped", row: Uuid::from_u128(u128::from(id)) }
}
