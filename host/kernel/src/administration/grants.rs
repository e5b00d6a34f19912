//! What plugins are granted.

use time::OffsetDateTime;

use super::{Administration, GrantRevocation, Refused};
use crate::audit::Actor;
use crate::capability::CapabilityName;
use crate::name::PluginName;
use crate::ports::StoreError;

/// One capability of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    pub plugin: PluginName,
    /// What it was granted.
    pub capability: CapabilityName,
    /// When; none for what the configuration grants.
    pub granted_at: Option<OffsetDateTime>,
}

impl Administration {
    /// Grants a capability. False when it was granted already.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn grant(
        &self,
        plugin: &PluginName,
        capability: CapabilityName,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        self.store.grant(plugin, capability, by).await
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
        by: &Actor,
    ) -> Result<bool, Refused> {
        match self.store.revoke_grant(plugin, capability, by).await? {
            GrantRevocation::Revoked => Ok(true),
            GrantRevocation::NotGranted => Ok(false),
            GrantRevocation::FromConfiguration => Err(Refused::FromConfiguration),
        }
    }

    /// All grants, ordered by plugin and capability. One that is both stored and configured is listed twice.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn grants(&self) -> Result<Vec<GrantRecord>, StoreError> {
        self.store.granted().await
    }
}
