//! Plugins' values.

use async_trait::async_trait;
use serde_json::Value;
use toolbay_kernel::ports::{PluginState, StoreError};
use toolbay_kernel::{ConnectionId, PluginName};

use crate::store::MemoryStore;

#[async_trait]
impl PluginState for MemoryStore {
    async fn get(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
    ) -> Result<Option<Value>, StoreError> {
        Ok(self.state.lock().get(&(plugin.clone(), connection, key.to_owned())).cloned())
    }

    async fn put(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
        value: &Value,
        max_keys: u32,
    ) -> Result<bool, StoreError> {
        let mut state = self.state.lock();
        let of_plugin = state.keys().filter(|(owner, on, _)| owner == plugin && *on == connection).count();
        let key = (plugin.clone(), connection, key.to_owned());
        if !state.contains_key(&key) && of_plugin >= max_keys as usize {
            return Ok(false);
        }
        state.insert(key, value.clone());
        Ok(true)
    }

    async fn remove(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
    ) -> Result<(), StoreError> {
        self.state.lock().remove(&(plugin.clone(), connection, key.to_owned()));
        Ok(())
    }

    async fn keys(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        prefix: &str,
        max: u32,
    ) -> Result<Vec<String>, StoreError> {
        let state = self.state.lock();
        let of_plugin = state
            .keys()
            .filter(|(owner, on, key)| owner == plugin && *on == connection && key.starts_with(prefix));
        Ok(of_plugin.map(|(_, _, key)| key.clone()).take(max as usize).collect())
    }
}
