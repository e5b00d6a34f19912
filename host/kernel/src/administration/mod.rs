//! Administration: tokens, grants, connections and plugins, as an operator sees and changes them.
//!
//! The rules are here, the rows in the store. Every change names who made it, and the store appends its event in the same
//! transaction, so that nothing is changed without one. The command line calls this, and so do tools and the console.

mod connections;
mod grants;
mod names;
mod plugins;
mod port;
mod tokens;

use std::sync::Arc;

pub use connections::{ConnectionKind, ConnectionRecord, NewConnection, Workspace, is_credential};
pub use grants::GrantRecord;
pub use names::{MAX_NAME, RESERVED_NAME, is_name};
pub use plugins::InstalledPlugin;
pub use port::{AdministrationStore, GrantRevocation};
pub use tokens::{NewToken, TokenRecord};

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
    #[error(transparent)]
    Store(#[from] StoreError),
}
