//! Small durable values of plugins.

use async_trait::async_trait;
use serde_json::Value;
use toolbay_kernel::ports::{PluginState, StoreError};
use toolbay_kernel::{ConnectionId, PluginName};

use crate::clock;
use crate::error::Fault;
use crate::store::Store;

/// Longest key, in bytes. The sandbox may allow less; this is the last line, so that no plugin can swell the database.
pub const MAX_STATE_KEY: usize = 512;

/// Largest value as JSON, in bytes: as much as the arguments of a call.
pub const MAX_STATE_VALUE: usize = 1024 * 1024;

#[async_trait]
impl PluginState for Store {
    async fn get(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
    ) -> Result<Option<Value>, StoreError> {
        check_key(key)?;
        let found: Option<(String,)> = self
            .database
            .row(
                "SELECT value FROM plugin_state WHERE plugin = $1 AND connection_id = $2 AND key = $3",
                [plugin.as_str().into(), connection.to_string().into(), key.into()],
            )
            .await?;
        let value = found.map(|(text,)| serde_json::from_str(&text)).transpose();
        Ok(value.map_err(|_| Fault::Damaged(format!("a state value of plugin {plugin}")))?)
    }

    async fn put(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
        value: &Value,
        max_keys: u32,
    ) -> Result<bool, StoreError> {
        check_key(key)?;
        let value = value.to_string();
        if value.len() > MAX_STATE_VALUE {
            return Err(Fault::TooLarge("a state value has at most 1 MiB as JSON").into());
        }
        let now = clock::now();
        let mut transaction = self.database.begin().await?;
        // Two calls that each add the last key allowed would both count one too few.
        transaction.lock(&format!("plugin_state/{plugin}/{connection}")).await?;
        let replaced = transaction
            .execute(
                "UPDATE plugin_state SET value = $4, updated_at = $5 \
                 WHERE plugin = $1 AND connection_id = $2 AND key = $3",
                [
                    plugin.as_str().into(),
                    connection.to_string().into(),
                    key.into(),
                    value.clone().into(),
                    now.into(),
                ],
            )
            .await?;
        if replaced == 0 {
            let keys = transaction
                .count(
                    "SELECT COUNT(*) FROM plugin_state WHERE plugin = $1 AND connection_id = $2",
                    [plugin.as_str().into(), connection.to_string().into()],
                )
                .await?;
            if keys >= i64::from(max_keys) {
                return Ok(false);
            }
            transaction
                .execute(
                    "INSERT INTO plugin_state (plugin, connection_id, key, value, updated_at) \
                     VALUES ($1, $2, $3, $4, $5)",
                    [
                        plugin.as_str().into(),
                        connection.to_string().into(),
                        key.into(),
                        value.into(),
                        now.into(),
                    ],
                )
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn remove(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
    ) -> Result<(), StoreError> {
        check_key(key)?;
        self.database
            .execute(
                "DELETE FROM plugin_state WHERE plugin = $1 AND connection_id = $2 AND key = $3",
                [plugin.as_str().into(), connection.to_string().into(), key.into()],
            )
            .await?;
        Ok(())
    }

    async fn keys(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        prefix: &str,
        max: u32,
    ) -> Result<Vec<String>, StoreError> {
        check_key(prefix)?;
        // Not LIKE, whose wildcards a prefix may hold. The comparison lets the primary key's index skip what is before.
        let keys: Vec<(String,)> = self
            .database
            .rows(
                "SELECT key FROM plugin_state WHERE plugin = $1 AND connection_id = $2 AND key >= $3 \
                 AND substr(key, 1, length($3)) = $3 ORDER BY key LIMIT $4",
                [plugin.as_str().into(), connection.to_string().into(), prefix.into(), i64::from(max).into()],
            )
            .await?;
        Ok(keys.into_iter().map(|(key,)| key).collect())
    }
}

fn check_key(key: &str) -> Result<(), Fault> {
    if key.len() > MAX_STATE_KEY {
        return Err(Fault::TooLarge("a state key has at most 512 bytes"));
    }
    // PostgreSQL can't store it, and SQLite's functions end at it.
    if key.contains('\0') {
        return Err(Fault::TooLarge("a state key has no NUL character"));
    }
    Ok(())
}
