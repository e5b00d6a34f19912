//! Connecting, where nobody connects.

use std::time::Duration;

use async_trait::async_trait;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::connecting::{
    Authorized, ConnectingStore, Held, Owner, PendingAuthorization, Person, Removal, RenewalLease, Turn,
    Unrenewed,
};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::ports::{StoreError, StoreErrorKind};
use toolbay_kernel::upstream::{UpstreamAccounts, UpstreamName};
use toolbay_kernel::{Connection, ConnectionId, System};

use crate::store::MemoryStore;

#[async_trait]
impl ConnectingStore for MemoryStore {
    async fn begin(
        &self,
        _: NonceDigest,
        _: &PendingAuthorization,
        _: Duration,
        _: u32,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn take(&self, _: NonceDigest) -> Result<Option<PendingAuthorization>, StoreError> {
        Ok(None)
    }

    async fn person(&self, _: &Owner) -> Result<Person, StoreError> {
        Err(StoreError::new(StoreErrorKind::Refused, "nothing is kept here"))
    }

    async fn adopt(
        &self,
        _: &System,
        _: &Authorized,
        _: &Actor,
        _: Option<&str>,
    ) -> Result<Connection, StoreError> {
        Err(StoreError::new(StoreErrorKind::Refused, "nothing is kept here"))
    }

    async fn held(&self, _: ConnectionId) -> Result<Option<Held>, StoreError> {
        let held = |credential: String| Held {
            credential: credential.into(),
            system: System::Notion,
            origin: None,
            given_at: None,
            expires_at: None,
            is_renewable: false,
            is_ended: false,
        };
        Ok(self.credential.lock().clone().map(held))
    }

    async fn latest(&self, _: &System) -> Result<Vec<ConnectionId>, StoreError> {
        Ok(Vec::new())
    }

    async fn turn(&self, _: ConnectionId, _: Duration) -> Result<Turn, StoreError> {
        Ok(Turn::Gone)
    }

    async fn renewed(
        &self,
        _: ConnectionId,
        _: &RenewalLease,
        _: &Authorized,
        _: &Actor,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn unrenewed(&self, _: ConnectionId, _: &RenewalLease, _: Unrenewed) -> Result<(), StoreError> {
        Ok(())
    }

    async fn remove(&self, _: ConnectionId, _: &Actor) -> Result<Removal, StoreError> {
        Ok(Removal::Gone)
    }
}

#[async_trait]
impl UpstreamAccounts for MemoryStore {
    async fn accounts(&self, server: &UpstreamName) -> Result<Vec<ConnectionId>, StoreError> {
        let system = System::Upstream(server.clone());
        let connections = self.connections.lock();
        let of_it = connections.iter().filter(|connection| connection.system == system);
        Ok(of_it.map(|connection| connection.id).collect())
    }
}
