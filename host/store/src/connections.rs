//! Notion workspaces, and the credential of each.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use toolbay_kernel::ports::{Connections, Credentials, StoreError};
use toolbay_kernel::{Connection, ConnectionId};

use crate::clock;
use crate::environment::DEFAULT_CONNECTION;
use crate::error::{ChangeError, Fault, check_name};
use crate::store::Store;
use crate::vault::Place;

/// Longest credential, in bytes; Notion's have about 50, and the room lets them grow.
const LONGEST_CREDENTIAL: usize = 4_096;

/// What Notion says about the workspace of a credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Notion's id of it.
    pub id: Option<String>,
    /// Notion's name of it.
    pub name: Option<String>,
}

/// A connection as it is listed; never with its credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// What the ports give.
    pub connection: Connection,
    /// Notion's id of the workspace, when known.
    pub workspace_id: Option<String>,
    /// When it was added; none for the one that the environment gives.
    pub created_at: Option<OffsetDateTime>,
    /// When its credential last changed.
    pub updated_at: Option<OffsetDateTime>,
}

#[derive(sqlx::FromRow)]
struct StoredConnection {
    id: String,
    name: String,
    workspace_id: Option<String>,
    workspace_name: Option<String>,
    created_at: i64,
    updated_at: i64,
}

#[async_trait]
impl Connections for Store {
    /// What another process adds or removes is seen within [`CACHED`](crate::CACHED).
    async fn connections(&self) -> Result<Arc<Vec<Connection>>, StoreError> {
        if let Some(known) = self.known_connections.get(&()).await {
            return Ok(known);
        }
        let rows = self.list_connections().await?;
        let connections = Arc::new(rows.into_iter().map(|row| row.connection).collect::<Vec<_>>());
        self.known_connections.insert((), Arc::clone(&connections)).await;
        Ok(connections)
    }
}

#[async_trait]
impl Credentials for Store {
    /// Read and decrypted each time, and cached in no form. A request to Notion takes a hundred milliseconds and more,
    /// one row by its key a fraction of one: there is nothing to win by keeping plain text around, and a removed
    /// connection is out of use at once.
    async fn credential(&self, connection: ConnectionId) -> Result<Option<SecretString>, StoreError> {
        if let Some(credential) = self.environment.credential(connection) {
            return Ok(Some(credential.clone()));
        }
        let found: Option<(Vec<u8>,)> = self
            .database
            .row("SELECT credential FROM connections WHERE id = $1", [connection.to_string().into()])
            .await?;
        let Some((blob,)) = found else {
            return Ok(None);
        };
        let plain = self.vault.open(credential_of(connection), &blob).map_err(Fault::from)?;
        let text = std::str::from_utf8(&plain)
            .map_err(|_| Fault::Damaged(format!("credential of connection {connection}")))?;
        Ok(Some(SecretString::from(text)))
    }
}

impl Store {
    /// Adds a connection under a name that no other has.
    ///
    /// # Errors
    ///
    /// For a name that can't be used or is taken, a credential that can't be sent, and when the store fails.
    pub async fn add_connection(
        &self,
        name: &str,
        credential: &SecretString,
        workspace: Workspace,
    ) -> Result<ConnectionId, ChangeError> {
        check_name(name)?;
        if name == DEFAULT_CONNECTION {
            return Err(ChangeError::ReservedName);
        }
        if !is_credential(credential) {
            return Err(ChangeError::InvalidCredential);
        }
        let id = ConnectionId::new();
        let blob =
            self.vault.seal(credential_of(id), credential.expose_secret().as_bytes()).map_err(Fault::from)?;
        let now = clock::now();
        let added = self
            .database
            .execute(
                "INSERT INTO connections (id, name, workspace_id, workspace_name, credential, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    id.to_string().into(),
                    name.into(),
                    workspace.id.into(),
                    workspace.name.into(),
                    blob.into(),
                    now.into(),
                    now.into(),
                ],
            )
            .await;
        self.known_connections.invalidate(&()).await;
        match added {
            Ok(_) => Ok(id),
            Err(fault) if fault.is_duplicate() => Err(ChangeError::NameTaken(name.to_owned())),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Removes a connection, its credential and what plugins kept for it. False when there is none.
    ///
    /// # Errors
    ///
    /// For the one that the environment gives, and when the store fails.
    pub async fn remove_connection(&self, id: ConnectionId) -> Result<bool, ChangeError> {
        if self.environment.credential(id).is_some() {
            return Err(ChangeError::FromEnvironment("NOTION_TOKEN"));
        }
        let mut transaction = self.database.begin().await?;
        let removed =
            transaction.execute("DELETE FROM connections WHERE id = $1", [id.to_string().into()]).await?;
        transaction
            .execute("DELETE FROM plugin_state WHERE connection_id = $1", [id.to_string().into()])
            .await?;
        transaction.commit().await?;
        self.known_connections.invalidate(&()).await;
        Ok(removed > 0)
    }

    /// All connections, the one that the environment gives included, ordered by name.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn list_connections(&self) -> Result<Vec<ConnectionRow>, StoreError> {
        let stored: Vec<StoredConnection> = self
            .database
            .rows(
                "SELECT id, name, workspace_id, workspace_name, created_at, updated_at FROM connections",
                [],
            )
            .await?;
        let mut rows = stored.into_iter().map(StoredConnection::into_row).collect::<Result<Vec<_>, _>>()?;
        rows.extend(self.environment.connection().map(|connection| ConnectionRow {
            connection: connection.clone(),
            workspace_id: None,
            created_at: None,
            updated_at: None,
        }));
        rows.sort_by(|one, other| one.connection.name.cmp(&other.connection.name));
        Ok(rows)
    }
}

impl StoredConnection {
    fn into_row(self) -> Result<ConnectionRow, Fault> {
        let id = self.id.parse().map_err(|_| Fault::Damaged(format!("id of connection {}", self.id)))?;
        Ok(ConnectionRow {
            connection: Connection { id, name: self.name, workspace_name: self.workspace_name },
            workspace_id: self.workspace_id,
            created_at: Some(clock::from_milliseconds(self.created_at)?),
            updated_at: Some(clock::from_milliseconds(self.updated_at)?),
        })
    }
}

/// Whether a text can be sent as a bearer token.
pub(crate) fn is_credential(credential: &SecretString) -> bool {
    let text = credential.expose_secret();
    (1..=LONGEST_CREDENTIAL).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn credential_of(connection: ConnectionId) -> Place {
    Place { table: "connections", column: "credential", row: connection.uuid() }
}
