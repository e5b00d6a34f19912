//! State in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use toolbay_kernel::audit::Event;
use toolbay_kernel::ports::{Connections, Credentials, Grants, Principals, StoreError, StoreErrorKind};
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::run::Entry;
use toolbay_kernel::{
    CapabilityName, Connection, ConnectionId, PluginName, Principal, PrincipalId, RunId, System,
};

use crate::calls::{CallRecord, Recorded as _};
use crate::runs::MemoryRun;

/// What stands behind the ports that keep something.
#[derive(Default)]
pub struct MemoryStore {
    /// Who is behind which bearer token.
    pub principals: Mutex<HashMap<String, Arc<Principal>>>,
    pub connections: Mutex<Vec<Connection>>,
    /// The credential of every connection.
    pub credential: Mutex<Option<String>>,
    pub grants: Mutex<HashMap<PluginName, BTreeSet<CapabilityName>>>,
    pub state: Mutex<BTreeMap<(PluginName, ConnectionId, String), Value>>,
    /// The audit.
    pub events: Mutex<Vec<Event>>,
    /// The runs of calls.
    pub runs: Mutex<HashMap<RunId, MemoryRun>>,
    pub journal: Mutex<BTreeMap<(RunId, String), Entry>>,
    /// Whether every event is refused, and every entry of a journal.
    pub fails: AtomicBool,
    /// Whether every entry of a journal is refused.
    pub journal_fails: AtomicBool,
    /// Whether every port lets others go first, before and after what it does.
    pub yields: AtomicBool,
}

impl MemoryStore {
    /// A store with connections of these names.
    #[must_use]
    pub fn with_connections(names: &[&str]) -> Self {
        let connection = |name: &&str| Connection {
            id: ConnectionId::of_environment(name),
            name: (*name).to_owned(),
            workspace_name: None,
            system: System::Notion,
        };
        Self { connections: Mutex::new(names.iter().map(connection).collect()), ..Self::default() }
    }

    /// The calls that could write, in the order in which they began.
    #[must_use]
    pub fn calls(&self) -> Vec<CallRecord> {
        self.events.lock().clone().calls()
    }

    /// Lets others go first, where the test wants that.
    pub async fn give_way(&self) {
        if self.yields.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn check(&self, fails: &AtomicBool) -> Result<(), StoreError> {
        if self.fails.load(Ordering::Relaxed) || fails.load(Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Refused, "the disk is full at /secret/path"));
        }
        Ok(())
    }
}

#[async_trait]
impl Principals for MemoryStore {
    async fn authenticate(&self, token: &SecretString) -> Result<Option<Arc<Principal>>, StoreError> {
        Ok(self.principals.lock().get(token.expose_secret()).cloned())
    }

    async fn principal(&self, id: PrincipalId) -> Result<Option<Arc<Principal>>, StoreError> {
        Ok(self.principals.lock().values().find(|principal| principal.id == id).cloned())
    }
}

#[async_trait]
impl Connections for MemoryStore {
    async fn default_of(&self, allowed: &Allowed<ConnectionId>) -> Result<Option<Connection>, StoreError> {
        self.named(allowed, "default").await
    }

    async fn page(
        &self,
        allowed: &Allowed<ConnectionId>,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Connection>, StoreError> {
        self.give_way().await;
        let mut page: Vec<Connection> = self.connections.lock().clone();
        page.retain(|connection| {
            allowed.contains(&connection.id) && after.is_none_or(|after| *connection.name > *after)
        });
        page.truncate(max);
        Ok(page)
    }
}

#[async_trait]
impl Credentials for MemoryStore {
    async fn credential(&self, _connection: ConnectionId) -> Result<Option<SecretString>, StoreError> {
        self.give_way().await;
        Ok(self.credential.lock().clone().map(SecretString::from))
    }
}

#[async_trait]
impl Grants for MemoryStore {
    async fn grants(&self) -> Result<HashMap<PluginName, BTreeSet<CapabilityName>>, StoreError> {
        Ok(self.grants.lock().clone())
    }
}
