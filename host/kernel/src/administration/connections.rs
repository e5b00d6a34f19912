//! Connections that an operator adds, and how all of them are listed. How people connect is in `connecting`.

use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::{Administration, RESERVED_NAME, Refused, is_name};
use crate::audit::Actor;
use crate::id::ConnectionId;
use crate::ports::StoreError;
use crate::principal::Connection;

/// Longest credential, in bytes; Notion's have about 50, and the room lets them grow.
const MAX_CREDENTIAL: usize = 4_096;

/// What Notion says about the workspace of a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Notion's id of it.
    pub id: Option<String>,
    /// Notion's name of it.
    pub name: Option<String>,
}

/// A connection by the token of an internal integration.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// A name for people, unique in this installation.
    pub name: String,
    pub credential: SecretString,
    pub workspace: Workspace,
}

/// How a connection came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionKind {
    /// By the token of an internal integration, which the environment or an operator gave.
    Token,
    /// A person agreed to it at Notion's page.
    OAuth,
}

impl ConnectionKind {
    /// The kind as word, such as `oauth`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::OAuth => "oauth",
        }
    }
}

/// A connection as it is listed; never with its credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRecord {
    /// What the ports give.
    pub connection: Connection,
    /// How it came to be.
    pub kind: ConnectionKind,
    /// When Notion refused for good to renew its credential: somebody must connect the workspace again.
    pub broken_at: Option<OffsetDateTime>,
    /// Notion's id of the workspace, when known.
    pub workspace_id: Option<String>,
    /// When it was added; none for the one that the environment gives.
    pub created_at: Option<OffsetDateTime>,
    /// When its credential last changed.
    pub updated_at: Option<OffsetDateTime>,
}

impl Administration {
    /// Adds a connection under a name that no other has.
    ///
    /// # Errors
    ///
    /// For a name that can't be used or is taken, a credential that can't be sent, and when the store fails.
    pub async fn add_connection(&self, new: NewConnection, by: &Actor) -> Result<ConnectionId, Refused> {
        if !is_name(&new.name) {
            return Err(Refused::InvalidName);
        }
        if new.name == RESERVED_NAME {
            return Err(Refused::ReservedName);
        }
        if !is_credential(&new.credential) {
            return Err(Refused::InvalidCredential);
        }
        self.store.add_connection(&new, by).await?.ok_or(Refused::NameTaken(new.name))
    }

    /// All connections, the one that the environment gives included, ordered by name.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn connections(&self) -> Result<Vec<ConnectionRecord>, StoreError> {
        self.store.all_connections().await
    }
}

/// Whether a text can be sent as a bearer token.
#[must_use]
pub fn is_credential(credential: &SecretString) -> bool {
    let text = credential.expose_secret();
    (1..=MAX_CREDENTIAL).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
