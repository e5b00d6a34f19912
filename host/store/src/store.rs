//! The store: one value behind all of the kernel's ports that keep state.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::{CapabilityName, CapabilityRegistry, Connection, ConnectionId, PluginName};

use crate::database::Database;
use crate::environment::KnownEnvironment;
use crate::known_keys::KnownKeys;
use crate::principals::KnownToken;
use crate::serving::Process;
use crate::token::TokenDigest;

/// How long an answer about a token or the list of connections may be used again: what another process revokes is
/// refused here at most this much later. Every call asks both questions, so even this little saves nearly all look-ups.
pub const CACHED: Duration = Duration::from_secs(2);

/// Tokens in use at the same time that are answered from memory.
const CACHED_TOKENS: u64 = 10_000;

/// Pages of connections that are answered from memory: a call needs one connection, or the first few.
const CACHED_PAGES: u64 = 1_000;

/// A page of connections: of whose, after which name, and how many.
pub(crate) type PageOf = (Allowed<ConnectionId>, Option<String>, usize);

/// State over SQLite or PostgreSQL; see [`Store::open`].
pub struct Store {
    pub(crate) database: Database,
    pub(crate) keys: KnownKeys,
    pub(crate) environment: KnownEnvironment,
    pub(crate) default_connection: String,
    pub(crate) people_use_shared: bool,
    pub(crate) capabilities: CapabilityRegistry,
    pub(crate) configured_grants: HashMap<PluginName, BTreeSet<CapabilityName>>,
    /// Good tokens alone, by digest: a flood of wrong ones displaces nobody.
    pub(crate) known_tokens: Cache<TokenDigest, Arc<KnownToken>>,
    /// Pages of connections, by who may see them, after which name, and how many.
    pub(crate) known_connections: Cache<PageOf, Arc<Vec<Connection>>>,
    pub(crate) process: Process,
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
        Self {
            database,
            keys,
            environment,
            default_connection,
            people_use_shared,
            capabilities,
            configured_grants,
            known_tokens: Cache::builder().max_capacity(CACHED_TOKENS).time_to_live(CACHED).build(),
            known_connections: Cache::builder().max_capacity(CACHED_PAGES).time_to_live(CACHED).build(),
            process,
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
