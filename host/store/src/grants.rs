//! What operators granted to plugins, by command or by configuration.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use toolbay_kernel::administration::{GrantRecord, GrantRevocation};
use toolbay_kernel::audit::{Act, Actor, Event, GrantChange};
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::ports::{Grants, StoreError};
use toolbay_kernel::{CapabilityName, PluginName};

use crate::clock;
use crate::error::Fault;
use crate::store::Store;

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
    pub(crate) async fn add_grant(
        &self,
        plugin: &PluginName,
        capability: CapabilityName,
        by: &Actor,
    ) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        let granted = transaction
            .execute(
                "INSERT INTO grants (plugin, capability, granted_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (plugin, capability) DO NOTHING",
                [plugin.as_str().into(), capability.as_str().into(), clock::now().into()],
            )
            .await?;
        if granted > 0 {
            transaction.append(&about_grant(by, plugin, capability, GrantChange::Granted)).await?;
        }
        transaction.commit().await?;
        self.changed(Change::Grants).await;
        Ok(granted > 0)
    }

    /// Takes a grant back. One that the configuration gives as well stays in force.
    pub(crate) async fn end_grant(
        &self,
        plugin: &PluginName,
        capability: CapabilityName,
        by: &Actor,
    ) -> Result<GrantRevocation, Fault> {
        if self.configured_grants.get(plugin).is_some_and(|names| names.contains(&capability)) {
            return Ok(GrantRevocation::FromConfiguration);
        }
        let mut transaction = self.database.begin().await?;
        let revoked = transaction
            .execute(
                "DELETE FROM grants WHERE plugin = $1 AND capability = $2",
                [plugin.as_str().into(), capability.as_str().into()],
            )
            .await?;
        if revoked > 0 {
            transaction.append(&about_grant(by, plugin, capability, GrantChange::Revoked)).await?;
        }
        transaction.commit().await?;
        self.changed(Change::Grants).await;
        Ok(if revoked > 0 { GrantRevocation::Revoked } else { GrantRevocation::NotGranted })
    }

    /// All grants, ordered by plugin and capability. One that is both stored and configured is listed twice.
    pub(crate) async fn all_grants(&self) -> Result<Vec<GrantRecord>, Fault> {
        let mut rows = self.stored_grants().await?;
        for (plugin, capabilities) in &self.configured_grants {
            rows.extend(capabilities.iter().map(|capability| GrantRecord {
                plugin: plugin.clone(),
                capability: *capability,
                granted_at: None,
            }));
        }
        rows.sort_by(|one, other| (&one.plugin, one.capability).cmp(&(&other.plugin, other.capability)));
        Ok(rows)
    }

    async fn stored_grants(&self) -> Result<Vec<GrantRecord>, Fault> {
        let stored: Vec<(String, String, i64)> =
            self.database.rows("SELECT plugin, capability, granted_at FROM grants", []).await?;
        let mut rows = Vec::with_capacity(stored.len());
        for (plugin, capability, granted_at) in stored {
            let (Ok(known_plugin), Ok(known_capability)) =
                (plugin.parse(), self.capabilities.parse(&capability))
            else {
                // What isn't understood isn't granted.
                tracing::warn!(plugin, capability, "store.unknown_grant");
                continue;
            };
            rows.push(GrantRecord {
                plugin: known_plugin,
                capability: known_capability,
                granted_at: Some(clock::from_milliseconds(granted_at)?),
            });
        }
        Ok(rows)
    }
}

fn about_grant(by: &Actor, plugin: &PluginName, capability: CapabilityName, change: GrantChange) -> Event {
    Event::of_host(by, Act::Grant { plugin: plugin.clone(), capability: capability.to_string(), change })
}
