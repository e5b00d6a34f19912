//! What administration needs of the store. Each change is made together with its event, or not at all.

use std::collections::BTreeMap;

use async_trait::async_trait;
use secrecy::SecretString;

use super::connections::{ConnectionRecord, NewConnection};
use super::grants::GrantRecord;
use super::jobs::JobRecord;
use super::tokens::{NewToken, TokenRecord};
use crate::audit::{Actor, PluginChange};
use crate::capability::CapabilityName;
use crate::id::{ConnectionId, JobId, PrincipalId};
use crate::name::PluginName;
use crate::ports::StoreError;

/// What became of a grant that was to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantRevocation {
    Revoked,
    /// There was none.
    NotGranted,
    /// The configuration grants it, so that it stays in force.
    FromConfiguration,
}

/// The rows that operators change.
#[async_trait]
pub trait AdministrationStore: Send + Sync {
    /// Creates a token; none when another valid one has its name.
    async fn create_token(
        &self,
        new: &NewToken,
        by: &Actor,
    ) -> Result<Option<(SecretString, TokenRecord)>, StoreError>;

    /// All tokens, oldest first.
    async fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError>;

    /// Revokes a token. False when no valid one has this id.
    async fn revoke_token(&self, id: PrincipalId, by: &Actor) -> Result<bool, StoreError>;

    /// Grants a capability. False when it was granted already.
    async fn grant(
        &self,
        plugin: &PluginName,
        capability: CapabilityName,
        by: &Actor,
    ) -> Result<bool, StoreError>;

    /// Takes a grant back.
    async fn revoke_grant(
        &self,
        plugin: &PluginName,
        capability: CapabilityName,
        by: &Actor,
    ) -> Result<GrantRevocation, StoreError>;

    /// All grants, those of the configuration too, ordered by plugin and capability.
    async fn granted(&self) -> Result<Vec<GrantRecord>, StoreError>;

    /// Adds a connection; none when another one has its name.
    async fn add_connection(
        &self,
        new: &NewConnection,
        by: &Actor,
    ) -> Result<Option<ConnectionId>, StoreError>;

    /// All connections, ordered by name.
    async fn all_connections(&self) -> Result<Vec<ConnectionRecord>, StoreError>;

    /// The newest jobs, those that haven't ended first.
    async fn listed_jobs(&self, max: u32) -> Result<Vec<JobRecord>, StoreError>;

    /// A job, whoever's it is.
    async fn listed_job(&self, id: JobId) -> Result<Option<JobRecord>, StoreError>;

    /// Notes that a job is to stop; one that nobody has begun ends at once. False when there is none that hasn't ended.
    async fn cancel_listed_job(&self, id: JobId, by: &Actor) -> Result<bool, StoreError>;

    /// The digests of the plugins whose last event says that they are installed.
    async fn recorded_plugins(&self) -> Result<BTreeMap<PluginName, String>, StoreError>;

    /// Appends an event about a plugin.
    async fn record_plugin(
        &self,
        plugin: &PluginName,
        change: PluginChange,
        by: &Actor,
    ) -> Result<(), StoreError>;
}
