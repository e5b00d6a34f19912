//! The rows that operators change. What is about one kind of row is in its own file.

use std::collections::BTreeMap;

use async_trait::async_trait;
use secrecy::SecretString;
use toolbay_kernel::administration::{
    AdministrationStore, ConnectionRecord, GrantRecord, GrantRevocation, JobRecord, NewConnection, NewToken,
    TokenRecord,
};
use toolbay_kernel::audit::{Act, Actor, Event, PluginChange};
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::{CapabilityName, ConnectionId, JobId, PluginName, PrincipalId};

use crate::error::Fault;
use crate::store::Store;

#[async_trait]
impl AdministrationStore for Store {
    async fn create_token(
        &self,
        new: &NewToken,
        by: &Actor,
    ) -> Result<Option<(SecretString, TokenRecord)>, StoreError> {
        Ok(self.add_token(new, by).await?)
    }

    async fn tokens(&self) -> Result<Vec<TokenRecord>, StoreError> {
        Ok(self.all_tokens().await?)
    }

    async fn revoke_token(&self, id: PrincipalId, by: &Actor) -> Result<bool, StoreError> {
        Ok(self.end_token(id, by).await?)
    }

    async fn grant(
        &self,
        plugin: &PluginName,
        capability: CapabilityName,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        Ok(self.add_grant(plugin, capability, by).await?)
    }

    async fn revoke_grant(
        &self,
        plugin: &PluginName,
        capability: CapabilityName,
        by: &Actor,
    ) -> Result<GrantRevocation, StoreError> {
        Ok(self.end_grant(plugin, capability, by).await?)
    }

    async fn granted(&self) -> Result<Vec<GrantRecord>, StoreError> {
        Ok(self.all_grants().await?)
    }

    async fn add_connection(
        &self,
        new: &NewConnection,
        by: &Actor,
    ) -> Result<Option<ConnectionId>, StoreError> {
        Ok(self.insert_connection(new, by).await?)
    }

    async fn all_connections(&self) -> Result<Vec<ConnectionRecord>, StoreError> {
        Ok(self.listed_connections().await?)
    }

    async fn listed_jobs(&self, max: u32) -> Result<Vec<JobRecord>, StoreError> {
        Ok(self.newest_jobs(max).await?)
    }

    async fn listed_job(&self, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        Ok(self.job_record(id).await?)
    }

    async fn cancel_listed_job(&self, id: JobId, by: &Actor) -> Result<bool, StoreError> {
        Ok(self.stop_job(id, by).await?)
    }

    async fn recorded_plugins(&self) -> Result<BTreeMap<PluginName, String>, StoreError> {
        let last: Vec<(String, String)> = self
            .database
            .rows(
                "SELECT subject, details FROM audit_events WHERE seq IN \
                 (SELECT MAX(seq) FROM audit_events WHERE kind = 'plugin' GROUP BY subject)",
                [],
            )
            .await?;
        let mut installed = BTreeMap::new();
        for (name, details) in last {
            let damaged = || Fault::Damaged(format!("the last event of plugin {name}"));
            match serde_json::from_str(&details).map_err(|_| damaged())? {
                PluginChange::Installed { digest, .. } => {
                    installed.insert(name.parse().map_err(|_| damaged())?, digest);
                }
                PluginChange::Removed => {}
            }
        }
        Ok(installed)
    }

    async fn record_plugin(
        &self,
        plugin: &PluginName,
        change: PluginChange,
        by: &Actor,
    ) -> Result<(), StoreError> {
        let event = Event::of_host(by, Act::Plugin { plugin: plugin.clone(), change });
        Ok(self.database.append(&event).await?)
    }
}
