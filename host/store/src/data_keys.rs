//! The envelope: data keys encrypt rows, the master key wraps data keys.
//!
//! Changing the master key then means wrapping a few data keys again, not every row. Unwrapping all of them when the
//! store opens is also the canary: with another master key nothing starts, and nothing is written.

use std::collections::BTreeMap;
use std::path::Path;

use uuid::Uuid;

use crate::clock;
use crate::database::Database;
use crate::key::Key;
use crate::key_file;
use crate::open_error::OpenError;
use crate::settings::KeySource;
use crate::vault::{self, Location, Vault};

#[derive(sqlx::FromRow)]
struct StoredKey {
    id: i64,
    wrapped: Vec<u8>,
    kek_id: String,
    state: String,
}

const SELECT: &str = "SELECT id, wrapped, kek_id, state FROM data_keys ORDER BY id";

/// Opens the vault; creates the first data key when the database is new.
pub(crate) async fn unlock(
    database: &Database,
    source: &KeySource,
    data_dir: &Path,
) -> Result<Vault, OpenError> {
    let stored: Vec<StoredKey> = database.rows(SELECT, []).await?;
    if !stored.is_empty() {
        return unwrap(&stored, &existing_master(source, data_dir)?);
    }
    let mut transaction = database.begin().await?;
    transaction.lock("data_keys").await?;
    // Another host that shares the database may have been first.
    let stored: Vec<StoredKey> = transaction.rows(SELECT, []).await?;
    if !stored.is_empty() {
        return unwrap(&stored, &existing_master(source, data_dir)?);
    }
    if transaction.count("SELECT COUNT(*) FROM connections", []).await? > 0 {
        return Err(OpenError::DataKeysMissing);
    }
    let master = match source {
        KeySource::Given(text) => Key::from_base64(text).map_err(|_| OpenError::KeyMalformed)?,
        KeySource::DataDir => match key_file::read(data_dir)? {
            Some(key) => key,
            None => key_file::create(data_dir)?,
        },
    };
    let (id, key) = (1, Key::random()?);
    let wrapped = vault::seal(&master, master.fingerprint().number(), location(id), key.bytes())?;
    transaction
        .execute(
            "INSERT INTO data_keys (id, wrapped, kek_id, state, created_at) VALUES ($1, $2, $3, 'active', $4)",
            [
                i64::from(id).into(),
                wrapped.into(),
                master.fingerprint().to_string().into(),
                clock::now().into(),
            ],
        )
        .await?;
    transaction.commit().await?;
    Vault::new(id, [(id, key)].into()).ok_or(OpenError::DataKeyDamaged(i64::from(id)))
}

/// The master key of a database that has data keys: a new one could open nothing, so none is made.
fn existing_master(source: &KeySource, data_dir: &Path) -> Result<Key, OpenError> {
    match source {
        KeySource::Given(text) => Key::from_base64(text).map_err(|_| OpenError::KeyMalformed),
        KeySource::DataDir => {
            key_file::read(data_dir)?.ok_or_else(|| OpenError::KeyFileMissing(key_file::path(data_dir)))
        }
    }
}

fn unwrap(stored: &[StoredKey], master: &Key) -> Result<Vault, OpenError> {
    let mut keys = BTreeMap::new();
    let mut active = None;
    for row in stored {
        if row.kek_id != master.fingerprint().to_string() {
            return Err(OpenError::WrongKey {
                database: row.kek_id.clone(),
                given: master.fingerprint().to_string(),
            });
        }
        let damaged = || OpenError::DataKeyDamaged(row.id);
        let id = u32::try_from(row.id).map_err(|_| damaged())?;
        let bytes = vault::open(master, location(id), &row.wrapped).map_err(|_| damaged())?;
        keys.insert(id, Key::from_bytes(&bytes).map_err(|_| damaged())?);
        if row.state == "active" {
            active = Some(id);
        }
    }
    active.and_then(|id| Vault::new(id, keys)).ok_or(OpenError::NoActiveKey)
}

fn location(id: u32) -> Location {
    Location { table: "data_keys", column: "wrapped", row: Uuid::from_u128(u128::from(id)) }
}
