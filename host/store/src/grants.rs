//! What operators granted to plugins, by command or by configuration.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use time::OffsetDateTime;
use toolbay_kernel::ports::{Grants, StoreError};
use toolbay_kernel::{CapabilityName, PluginName};

use crate::clock;
use crate::error::{ChangeError, Fault};
use crate::store::Store;

/// One capability of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    pub plugin: PluginName,
    /// What it was granted.
    pub capability: CapabilityName,
    /// When; none for what the configuration grants.
    pub granted_at: Option<OffsetDateTime>,
}

#[async_trait]
impl Grants for Store {
    async fn grants(&self) -> Result<HashMap<PluginName, BTreeSet<CapabilityName>>, StoreError> {
        let mut grants = self.configured_grants.clone();
        for row in self.stored_grants().await? {
            grants.entry(row.plugin).or_default().insert(row.capability);
        }
        Ok(grants)
    }
}

impl Store {
    /// Grants a capability. False when it was granted already.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn grant(&self, plugin: &PluginName, capability: CapabilityName) -> Result<bool, StoreError> {
        let granted = self
            .database
            .execute(
                "INSERT INTO grants (plugin, capability, granted_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (plugin, capability) DO NOTHING",
                [plugin.as_str().into(), capability.as_str().into(), clock::now().into()],
            )
            .await?;
        Ok(granted > 0)
    }

    /// Takes a grant back. False when there was none.
    ///
    /// # Errors
    ///
    /// For a capability that the configuration grants as well, since it would stay in force; and when the store fails.
    pub async fn revoke_grant(
        &self,
        plugin: &PluginName,
        capability: CapabilityName,
    ) -> Result<bool, ChangeError> {
        let revoked = self
            .database
            .execute(
                "DELETE FROM grants WHERE plugin = $1 AND capability = $2",
                [plugin.as_str().into(), capability.as_str().into()],
            )
            .await?;
        if self.configured_grants.get(plugin).is_some_and(|names| names.contains(&capability)) {
            return Err(ChangeError::FromConfiguration);
        }
        Ok(revoked > 0)
    }

    /// All grants, ordered by plugin and capability. One that is both stored and configured is listed twice.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn list_grants(&self) -> Result<Vec<GrantRow>, StoreError> {
        let mut rows = self.stored_grants().await?;
        for (plugin, capabilities) in &self.configured_grants {
            rows.extend(capabilities.iter().map(|capability| GrantRow {
                plugin: plugin.clone(),
                capability: *capability,
                granted_at: None,
            }));
        }
        rows.sort_by(|one, other| (&one.plugin, one.capability).cmp(&(&other.plugin, other.capability)));
        Ok(rows)
    }

    async fn stored_grants(&self) -> Result<Vec<GrantRow>, Fault> {
        let stored: Vec<(String, String, i64)> =
            self.database.rows("SELECT plugin, capability, granted_at FROM grants", []).await?;
        let mut rows = Vec::with_capacity(stored.len());
        for (plugin, capability, granted_at) in stored {
            let (Ok(known_plugin), Ok(known_capability)) = (plugin.parse(), capability.parse()) else {
                // What isn't understood isn't granted.
                tracing::warn!(plugin, capability, "store.unknown_grant");
                continue;
            };
            rows.push(GrantRow {
                plugin: known_plugin,
                capability: known_capability,
                granted_at: Some(clock::from_milliseconds(granted_at)?),
            });
        }
        Ok(rows)
    }
}
