//! The life of data keys: they come, encrypt, are demoted, and go.

use async_trait::async_trait;
use toolbay_kernel::administration::{
    KeyRecord, KeyState, KeyStore, Pass, PassProgress, Promotion, Rewrap, Tally,
};
use toolbay_kernel::audit::{Act, Actor, Event, KeyChange};
use toolbay_kernel::ports::StoreError;

use crate::clock;
use crate::data_keys::{self, LOCK};
use crate::database::Held;
use crate::error::Fault;
use crate::store::Store;

#[derive(serde::Deserialize)]
struct KeyRow {
    id: i64,
    state: String,
    promotions: i64,
    kek_id: String,
    created_at: i64,
    changed_at: i64,
}

const ALL: &str = "SELECT id, state, promotions, kek_id, created_at, changed_at FROM data_keys ORDER BY id";

/// Keys that writers may hold who began before another key was promoted. With SQLite there are none: who writes is alone.
const NOT_ACTIVE: &str = "SELECT id FROM data_keys WHERE state IN ('pending', 'demoted')";
const NOT_ACTIVE_HELD: Held = Held {
    rows: NOT_ACTIVE,
    and_held: "SELECT id FROM data_keys WHERE state IN ('pending', 'demoted') ORDER BY id FOR UPDATE",
};

#[async_trait]
impl KeyStore for Store {
    async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let rows: Vec<KeyRow> = self.database.rows(ALL, []).await?;
        Ok(rows.into_iter().map(KeyRow::into_record).collect::<Result<_, Fault>>()?)
    }

    async fn add_key(&self, by: &Actor) -> Result<u32, StoreError> {
        Ok(self.added_key(by).await?)
    }

    async fn promote_key(&self, key: u32, by: &Actor) -> Result<Promotion, StoreError> {
        Ok(self.promoted_key(key, by).await?)
    }

    async fn await_writers(&self) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        // Whoever stores a value holds the row of its key.
        transaction.held_rows::<(i64,), 0>(NOT_ACTIVE_HELD, []).await?;
        Ok(transaction.commit().await?)
    }

    async fn pass(&self, pass: Pass, progress: &PassProgress<'_>) -> Result<Tally, StoreError> {
        Ok(self.pass_over(pass, progress).await?)
    }

    async fn retire_key(&self, key: &KeyRecord, by: &Actor) -> Result<bool, StoreError> {
        Ok(self.retired_key(key, by).await?)
    }

    async fn rewrap_keys(&self, by: &Actor) -> Result<Rewrap, StoreError> {
        Ok(self.rewrapped_keys(by).await?)
    }

    async fn record_keys(&self, change: KeyChange, by: &Actor) -> Result<(), StoreError> {
        Ok(self.database.append(&about_key(by, None, change)).await?)
    }
}

impl Store {
    async fn added_key(&self, by: &Actor) -> Result<u32, Fault> {
        let mut transaction = self.database.begin().await?;
        transaction.lock(LOCK).await?;
        // With the master key of the others, whatever else this process is given.
        let stored = data_keys::stored_in(&mut transaction).await?;
        let newest = stored.last().ok_or_else(|| Fault::Damaged("there are no data keys".to_owned()))?;
        let master = self.keys.masters().of(&newest.kek_id)?;
        newest.unwrapped(&master)?;
        let id = transaction.add_data_key(&master, KeyState::Pending.as_str()).await?;
        transaction.append(&about_key(by, Some(id), KeyChange::Added)).await?;
        transaction.commit().await?;
        Ok(id)
    }

    async fn promoted_key(&self, key: u32, by: &Actor) -> Result<Promotion, Fault> {
        let mut transaction = self.database.begin().await?;
        transaction.lock(LOCK).await?;
        let rows: Vec<KeyRow> = transaction.rows(ALL, []).await?;
        let Some(row) = rows.iter().find(|row| row.id == i64::from(key)) else {
            return Ok(Promotion::NoSuchKey);
        };
        match row.state()? {
            KeyState::Retired => return Ok(Promotion::Retired),
            KeyState::Active => return Ok(Promotion::Active),
            KeyState::Pending | KeyState::Demoted => {}
        }
        // One that can't be unwrapped would make every write fail.
        let stored = data_keys::stored_in(&mut transaction).await?;
        data_keys::unwrap(&stored, self.keys.masters())?;
        let now = clock::now();
        let demoted: Vec<(i64,)> = transaction
            .rows(
                "UPDATE data_keys SET state = 'demoted', changed_at = $1 WHERE state = 'active' RETURNING id",
                [now.into()],
            )
            .await?;
        transaction
            .execute(
                "UPDATE data_keys SET state = 'active', changed_at = $2, promotions = promotions + 1 WHERE id = $1",
                [i64::from(key).into(), now.into()],
            )
            .await?;
        let demoted = demoted.first().and_then(|(id,)| u32::try_from(*id).ok());
        let demoted = demoted.ok_or_else(|| Fault::Damaged("no data key is active".to_owned()))?;
        transaction.append(&about_key(by, Some(key), KeyChange::Promoted { demoted })).await?;
        transaction.commit().await?;
        Ok(Promotion::Promoted)
    }

    async fn retired_key(&self, key: &KeyRecord, by: &Actor) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        transaction.lock(LOCK).await?;
        let retired = transaction
            .execute(
                "UPDATE data_keys SET state = 'retired', wrapped = NULL, changed_at = $3 \
                 WHERE id = $1 AND promotions = $2 AND state IN ('pending', 'demoted')",
                [i64::from(key.id).into(), key.promotions.into(), clock::now().into()],
            )
            .await?;
        if retired == 0 {
            return Ok(false);
        }
        transaction.append(&about_key(by, Some(key.id), KeyChange::Retired)).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

impl KeyRow {
    fn state(&self) -> Result<KeyState, Fault> {
        KeyState::parse(&self.state).ok_or_else(|| Fault::Damaged(format!("state of data key {}", self.id)))
    }

    fn into_record(self) -> Result<KeyRecord, Fault> {
        Ok(KeyRecord {
            id: u32::try_from(self.id).map_err(|_| Fault::Damaged(format!("id of data key {}", self.id)))?,
            state: self.state()?,
            promotions: self.promotions,
            created_at: clock::from_milliseconds(self.created_at)?,
            changed_at: clock::from_milliseconds(self.changed_at)?,
            master: self.kek_id,
        })
    }
}

fn about_key(by: &Actor, key: Option<u32>, change: KeyChange) -> Event {
    Event::of_host(by, Act::Key { key, change })
}
