//! The record of which plugins came and went.
//!
//! A plugin is installed by putting its file into the watched folder, which an operator may do while no host runs. So the host
//! that serves compares what it publishes with what the audit last said, and appends an event for each difference.

use std::collections::BTreeMap;

use super::Administration;
use crate::audit::{Actor, PluginChange};
use crate::name::PluginName;
use crate::ports::StoreError;

/// A plugin that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledPlugin {
    pub version: String,
    /// SHA-256 of its file, in hex.
    pub digest: String,
}

impl Administration {
    /// Appends an event for each plugin that came, changed or went since the last one.
    ///
    /// # Errors
    ///
    /// When the store fails; what was appended before stays.
    pub async fn record_plugins(
        &self,
        published: &BTreeMap<PluginName, InstalledPlugin>,
        by: &Actor,
    ) -> Result<(), StoreError> {
        let mut recorded = self.store.recorded_plugins().await?;
        for (name, InstalledPlugin { version, digest }) in published {
            if recorded.remove(name).as_ref() == Some(digest) {
                continue;
            }
            let change = PluginChange::Installed { version: version.clone(), digest: digest.clone() };
            self.store.record_plugin(name, change, by).await?;
        }
        for gone in recorded.keys() {
            self.store.record_plugin(gone, PluginChange::Removed, by).await?;
        }
        Ok(())
    }

    /// Appends the event of a plugin that was put into the folder.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn record_install(
        &self,
        name: &PluginName,
        plugin: InstalledPlugin,
        by: &Actor,
    ) -> Result<(), StoreError> {
        let recorded = self.store.recorded_plugins().await?;
        if recorded.get(name) == Some(&plugin.digest) {
            return Ok(());
        }
        let InstalledPlugin { version, digest } = plugin;
        self.store.record_plugin(name, PluginChange::Installed { version, digest }, by).await
    }

    /// Appends the event of a plugin that was taken out of the folder.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn record_removal(&self, name: &PluginName, by: &Actor) -> Result<(), StoreError> {
        self.store.record_plugin(name, PluginChange::Removed, by).await
    }
}
