//! The store: one value behind all of the kernel's ports that keep state.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use toolbay_kernel::other_hosts::{Change, OtherHosts};
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::rate_windows::RateWindows;
use toolbay_kernel::{CapabilityName, CapabilityRegistry, PluginName};

use crate::caches::Caches;
use crate::database::Database;
use crate::environment::KnownEnvironment;
use crate::known_keys::KnownKeys;
use crate::other_hosts::Neighbours;
use crate::serving::Process;

/// State over SQLite or PostgreSQL; see [`Store::open`].
pub struct Store {
    pub(crate) database: Database,
    pub(crate) keys: KnownKeys,
    pub(crate) environment: KnownEnvironment,
    pub(crate) default_connection: String,
    pub(crate) people_use_shared: bool,
    pub(crate) capabilities: CapabilityRegistry,
    pub(crate) configured_grants: HashMap<PluginName, BTreeSet<CapabilityName>>,
    pub(crate) caches: Caches,
    pub(crate) process: Process,
    /// Those on the same server; none on a file.
    pub(crate) other_hosts: Option<Arc<Neighbours>>,
}

impl Store {
    pub(crate) fn new(
        database: Database,
        keys: KnownKeys,
        environment: KnownEnvironment,
        (default_connection, people_use_shared): (String, bool),
        capabilities: CapabilityRegistry,
        configured_grants: HashMap<PluginName, BTreeSet<CapabilityName>>,
        process: Process,
    ) -> Self {
        let caches = Caches::new();
        let other_hosts = match &database {
            Database::Sqlite { .. } => None,
            Database::Postgres(pool) => {
                let (pool, name) = (pool.clone(), process.id.clone());
                Some(Arc::new(Neighbours::new(pool, name, caches.clone(), process.is_host)))
            }
        };
        Self {
            database,
            keys,
            environment,
            default_connection,
            people_use_shared,
            capabilities,
            configured_grants,
            caches,
            process,
            other_hosts,
        }
    }

    /// The rate windows that all hosts share; none on a file, which one host serves.
    #[must_use]
    pub fn rate_windows(self: &Arc<Self>) -> Option<Arc<dyn RateWindows>> {
        self.other_hosts.as_ref().map(|_| Arc::clone(self) as _)
    }

    /// The other hosts on the same server; none on a file.
    #[must_use]
    pub fn other_hosts(&self) -> Option<Arc<dyn OtherHosts>> {
        self.other_hosts.clone().map(|others| others as _)
    }

    /// Somebody may do something else than before: here at once, and in the other hosts as soon as they hear of it.
    pub(crate) async fn changed(&self, change: Change) {
        self.caches.note(change);
        if let Some(others) = &self.other_hosts {
            others.tell_now(change).await;
        }
    }

    /// Whether the database answers, for readiness.
    ///
    /// # Errors
    ///
    /// When it doesn't.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.database.row::<(i64,), 0>("SELECT COUNT(*) FROM data_keys", []).await?;
        Ok(())
    }

    /// Ends every connection to the database, when the process is about to end. Whatever is asked afterwards fails.
    pub async fn close(&self) {
        if let Some(others) = &self.other_hosts {
            others.close().await;
        }
        self.database.close().await;
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = match self.database {
            Database::Sqlite { .. } => "sqlite",
            Database::Postgres(_) => "postgres",
        };
        formatter.debug_struct("Store").field("database", &database).finish_non_exhaustive()
    }
}
