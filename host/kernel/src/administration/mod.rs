//! Administration: tokens, grants, connections, plugins, MCP servers, jobs and keys, as an operator sees and changes them.
//!
//! The rules are here, the rows in the store. Every change names who made it, and the store appends its event in the same
//! transaction, so that nothing is changed without one. The command line calls this, and so do tools and the console.

mod connections;
mod grants;
mod jobs;
mod key_store;
mod keys;
mod names;
mod plugin_port;
mod plugins;
mod port;
mod tokens;
mod upstream_changes;
mod upstream_port;
mod wanted_token;
mod workspaces;

use std::sync::Arc;

pub use connections::{ConnectionKind, ConnectionRecord, NewConnection, Workspace, is_credential};
pub use grants::GrantRecord;
pub use jobs::{JobRecord, MAX_LISTED_JOBS};
pub use key_store::{KeyRecord, KeyState, KeyStore, Pass, PassProgress, Promotion, Rewrap, Tally};
pub use keys::{KeyStatus, Keys, Reencryption};
pub use names::{MAX_NAME, RESERVED_NAME, is_name};
pub use plugin_port::{AskedCapability, FormerPlugin, PluginLimits, PluginRecord, Plugins};
pub use plugins::InstalledPlugin;
pub use port::{AdministrationStore, GrantRevocation};
pub use tokens::{NewToken, TokenRecord};
pub use upstream_changes::{Difference, NotAccepted, accept, digest_of_changes};
pub use upstream_port::{NewServer, UpstreamHealth, UpstreamRecord, UpstreamServers, UpstreamTransport};
pub use wanted_token::WantedToken;
pub use workspaces::Workspaces;

use crate::ports::StoreError;

/// What an operator changes. Cheap to clone.
#[derive(Clone)]
pub struct Administration {
    store: Arc<dyn AdministrationStore>,
}

impl Administration {
    /// Administration of what this store keeps.
    #[must_use]
    pub fn new(store: Arc<dyn AdministrationStore>) -> Self {
        Self { store }
    }
}

/// Why an operator's change was refused. The texts are for the operator and never hold a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A name that nobody could read or type.
    #[error(
        "a name has 1 to {MAX_NAME} characters, none of them a control character, and no space at its ends"
    )]
    InvalidName,
    /// Names are unique, so that people can use them.
    #[error("there is already one named `{0}`")]
    NameTaken(String),
    /// The name of the connection that the environment gives.
    #[error("the name `{RESERVED_NAME}` belongs to the connection that NOTION_TOKEN gives; choose another")]
    ReservedName,
    /// A credential that can't be sent in a header.
    #[error("a Notion credential has 1 to 4096 visible ASCII characters, without spaces")]
    InvalidCredential,
    /// What the configuration grants can't be taken back from here.
    #[error("it is granted in the configuration file: remove it from [grants] and restart")]
    FromConfiguration,
    /// No data key has this id.
    #[error("there is no key {0}: `toolbay keys status` lists those that there are")]
    NoSuchKey(u32),
    /// It is gone for good.
    #[error("key {0} is retired: a key never comes back; `toolbay keys add` makes another one")]
    RetiredKey(u32),
    /// It encrypts already.
    #[error("key {0} is the one that encrypts already")]
    ActiveAlready(u32),
    /// What encrypts can't go.
    #[error("key {0} encrypts what is stored now: promote another key before you retire it")]
    ActiveKey(u32),
    /// Values would be lost with it.
    #[error(
        "key {key} still encrypts {}: move them with `toolbay keys reencrypt`, then retire it",
        match .values { 1 => "1 value".to_owned(), values => format!("{values} values") }
    )]
    KeyInUse { key: u32, values: u64 },
    /// Somebody else administers keys.
    #[error("key {0} was promoted meanwhile: look at `toolbay keys status`, and try again")]
    KeyChanged(u32),
    /// There is nothing to wrap with.
    #[error(
        "set TOKEN_ENCRYPTION_KEY_NEW, or TOKEN_ENCRYPTION_KEY_NEW_FILE, to the new master key: 32 random bytes in base64 \
         (openssl rand -base64 32)"
    )]
    NoNewMasterKey,
    /// It would change nothing.
    #[error("TOKEN_ENCRYPTION_KEY_NEW is the master key that is in use: give another one")]
    SameMasterKey,
    #[error(transparent)]
    Store(#[from] StoreError),
}
