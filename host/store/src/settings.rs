//! What the store is told when it opens.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use toolbay_kernel::administration::RESERVED_NAME;
use toolbay_kernel::{CapabilityName, CapabilityRegistry, PluginName};

/// Where the state is, what decrypts it, and what the operator gives without storing it.
#[derive(Clone)]
pub struct StoreSettings {
    /// `sqlite:///absolute/path/toolbay.db` (the path is taken literally: no percent-encoding, no query) or
    /// `postgres://user:password@host/database`.
    pub database_url: String,
    /// The folder of `master.key`. Created, closed to others, when it isn't there.
    pub data_dir: PathBuf,
    /// Where the master key comes from.
    pub key: KeySource,
    /// `TOKEN_ENCRYPTION_KEY_NEW`: the master key that is to follow, or that followed already. It opens the database as
    /// well, so that hosts which have both are served by either.
    pub new_key: Option<SecretString>,
    /// What the environment gives.
    pub environment: Environment,
    /// The name of the connection that calls work on that name none of several.
    pub default_connection: String,
    /// Whether people who sign in may use what is the operator's and no connection leads to.
    pub people_use_shared: bool,
    /// The capabilities that there are.
    pub capabilities: CapabilityRegistry,
    /// What the configuration grants to plugins, in addition to what is stored.
    pub grants: HashMap<PluginName, BTreeSet<CapabilityName>>,
}

impl StoreSettings {
    /// Settings with nothing from the environment, no configured grants, and no capabilities but those of the kernel.
    #[must_use]
    pub fn new(database_url: impl Into<String>, data_dir: impl Into<PathBuf>, key: KeySource) -> Self {
        Self {
            database_url: database_url.into(),
            data_dir: data_dir.into(),
            key,
            new_key: None,
            environment: Environment::default(),
            default_connection: RESERVED_NAME.to_owned(),
            people_use_shared: false,
            capabilities: CapabilityRegistry::new([]),
            grants: HashMap::new(),
        }
    }
}

impl fmt::Debug for StoreSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The database's address may hold a password.
        formatter
            .debug_struct("StoreSettings")
            .field("data_dir", &self.data_dir)
            .field("key", &self.key)
            .field("new_key", &self.new_key)
            .field("environment", &self.environment)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

/// Where the master key comes from. It wraps the data keys and is never in the database.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// `TOKEN_ENCRYPTION_KEY`: 32 bytes in base64.
    Given(SecretString),
    /// `master.key` in the data folder, created when the database is new. With SQLite only: several hosts that share
    /// one PostgreSQL need the same key, which a file on one of them can't be.
    DataDir,
}

/// What the environment gives: kept in memory, never written anywhere.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `ACTION_API_TOKEN`: authenticates a principal named `action` who may do everything. At least 16 characters.
    pub action_api_token: Option<SecretString>,
    /// `NOTION_TOKEN`: the credential of a connection named `default`.
    pub notion_token: Option<SecretString>,
}
