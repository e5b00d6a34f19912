//! Notion workspaces, and the credential of each.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use toolbay_kernel::administration::{ConnectionKind, ConnectionRecord, NewConnection};
use toolbay_kernel::audit::{Actor, ConnectionChange, Event};
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::ports::{Connections, Credentials, StoreError};
use toolbay_kernel::principal::{Allowed, PrincipalKind};
use toolbay_kernel::{Connection, ConnectionId, Principal, System};

use crate::clock;
use crate::error::Fault;
use crate::parameter::Parameter;
use crate::sealed_columns::CONNECTION_CREDENTIAL;
use crate::store::Store;
use crate::vault::{Keyring, Location};

/// Ids that one statement looks for.
const IDS_AT_ONCE: usize = 16;

/// A page is found by the index of names, and costs as much in a long list as in a short one.
const PAGE_OF_ALL: &str = "SELECT id, name, workspace_name, system FROM connections WHERE name > $1 AND owner IS NULL \
     AND id NOT IN (SELECT connection_id FROM people_connections WHERE is_theirs = 1) ORDER BY name LIMIT $2";

const PAGE_OF_SOME: &str = "SELECT id, name, workspace_name, system FROM connections WHERE name > $1 \
     AND owner IS NULL AND id IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ORDER BY name LIMIT $2";

const ACCOUNTS_OF_ONE: &str =
    "SELECT id, name, workspace_name, system FROM connections WHERE owner = $1 ORDER BY name LIMIT $2";

const ACCOUNTS_OF_ALL: &str =
    "SELECT id, name, workspace_name, system FROM connections WHERE owner IS NOT NULL ORDER BY name LIMIT $1";

const ACCOUNTS_OF_SOME: &str = "SELECT id, name, workspace_name, system FROM connections WHERE name > $1 \
     AND owner IS NOT NULL AND id IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ORDER BY name LIMIT $2";

/// Connections to one system that are tried where any will do.
const MAX_TRIED: i64 = 5;

#[derive(serde::Deserialize)]
struct StoredConnection {
    id: String,
    name: String,
    workspace_id: Option<String>,
    workspace_name: Option<String>,
    system: System,
    bot_id: Option<String>,
    broken_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

/// What the port gives of a connection.
#[derive(serde::Deserialize)]
struct NamedConnection {
    id: String,
    name: String,
    workspace_name: Option<String>,
    system: System,
}

/// What is left of a connection that has been removed.
#[derive(serde::Deserialize)]
pub(crate) struct TakenConnection {
    pub(crate) name: String,
    pub(crate) system: System,
    pub(crate) origin: Option<String>,
    pub(crate) refresh_credential: Option<Vec<u8>>,
    pub(crate) bot_id: Option<String>,
    pub(crate) credential: Vec<u8>,
}

/// A connection that has been removed, and what decrypts its credential.
pub(crate) type Removed = (TakenConnection, Arc<Keyring>);

#[async_trait]
impl Connections for Store {
    /// What another process adds or removes is seen within [`CACHED`](crate::CACHED).
    async fn page(
        &self,
        allowed: &Allowed<ConnectionId>,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Connection>, StoreError> {
        let location = (allowed.clone(), after.map(str::to_owned), max);
        if let Some(known) = self.caches.connections.get(&location).await {
            return Ok(Vec::clone(&known));
        }
        let page = self.read_page(allowed, after.unwrap_or_default(), max).await?;
        self.caches.connections.insert(location, Arc::new(page.clone())).await;
        Ok(page)
    }

    async fn connection(
        &self,
        allowed: &Allowed<ConnectionId>,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        let is_hidden = match allowed {
            Allowed::All => self.is_of_a_person(id).await?,
            Allowed::Only(ids) => !ids.contains(&id),
        };
        if is_hidden {
            return Ok(None);
        }
        Ok(self.page(&Allowed::Only([id].into()), None, 1).await?.pop())
    }

    async fn accounts(&self, principal: &Principal, max: usize) -> Result<Vec<Connection>, StoreError> {
        Ok(self.accounts_of(principal, max).await?)
    }

    async fn default_of(&self, allowed: &Allowed<ConnectionId>) -> Result<Option<Connection>, StoreError> {
        let called = self.named(allowed, &self.default_connection).await?;
        Ok(called.filter(|connection| connection.name == self.default_connection))
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
        let read = self.keys.reading(&self.database, async |keyring| {
            let found: Option<(Vec<u8>,)> = self
                .database
                .row("SELECT credential FROM connections WHERE id = $1", [connection.to_string().into()])
                .await?;
            let Some((blob,)) = found else { return Ok(None) };
            Ok(Some(keyring.secret(credential_of(connection), &blob)?))
        });
        Ok(read.await?)
    }
}

impl Store {
    /// Adds a connection; none when another one has its name.
    pub(crate) async fn insert_connection(
        &self,
        new: &NewConnection,
        by: &Actor,
    ) -> Result<Option<ConnectionId>, Fault> {
        let id = ConnectionId::new();
        let now = clock::now();
        let mut transaction = self.database.begin().await?;
        let blob = self.keys.sealing(&mut transaction).await?.secret(credential_of(id), &new.credential)?;
        let added = transaction
            .execute(
                "INSERT INTO connections (id, name, workspace_id, workspace_name, credential, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    id.to_string().into(),
                    new.name.as_str().into(),
                    new.workspace.id.clone().into(),
                    new.workspace.name.clone().into(),
                    blob.into(),
                    now.into(),
                    now.into(),
                ],
            )
            .await;
        match added {
            Ok(_) => {}
            Err(fault) if fault.is_duplicate() => return Ok(None),
            Err(fault) => return Err(fault),
        }
        let event = Event::of_connection(by, Some(id), Some(&new.name), ConnectionChange::Added);
        transaction.append(&event).await?;
        transaction.commit().await?;
        self.changed(Change::Connections).await;
        Ok(Some(id))
    }

    /// Removes a connection with everything about it, and answers what its row was.
    pub(crate) async fn taken_connection(
        &self,
        id: ConnectionId,
        by: &Actor,
    ) -> Result<Option<Removed>, Fault> {
        let mut transaction = self.database.begin().await?;
        let taken: Vec<TakenConnection> = transaction
            .rows(
                "DELETE FROM connections WHERE id = $1 RETURNING name, system, origin, refresh_credential, bot_id, credential",
                [id.to_string().into()],
            )
            .await?;
        transaction
            .execute("DELETE FROM plugin_state WHERE connection_id = $1", [id.to_string().into()])
            .await?;
        transaction
            .execute("DELETE FROM people_connections WHERE connection_id = $1", [id.to_string().into()])
            .await?;
        if let Some(taken) = taken.first() {
            let event = Event::of_connection(by, Some(id), Some(&taken.name), ConnectionChange::Removed);
            transaction.append(&event).await?;
        }
        let taken = taken.into_iter().next();
        let blobs: Vec<&[u8]> = taken
            .iter()
            .flat_map(|taken| [Some(taken.credential.as_slice()), taken.refresh_credential.as_deref()])
            .flatten()
            .collect();
        let keyring = self.keys.opening(&mut transaction, &blobs).await?;
        transaction.commit().await?;
        self.changed(Change::Connections).await;
        Ok(taken.map(|taken| (taken, keyring)))
    }

    /// The connections to a system that can be used, those first that were connected or renewed last.
    pub(crate) async fn latest_connections(&self, system: &System) -> Result<Vec<ConnectionId>, Fault> {
        let found: Vec<(String,)> = self
            .database
            .rows(
                "SELECT id FROM connections WHERE system = $1 AND broken_at IS NULL \
                 ORDER BY updated_at DESC, id LIMIT $2",
                [system.to_string().into(), MAX_TRIED.into()],
            )
            .await?;
        let damaged = |id: &str| Fault::Damaged(format!("id of connection {id}"));
        found.into_iter().map(|(id,)| id.parse().map_err(|_| damaged(&id))).collect()
    }

    /// The accounts of a principal: their own, and those that they are allowed by name. The operator has all.
    async fn accounts_of(&self, principal: &Principal, max: usize) -> Result<Vec<Connection>, Fault> {
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        let mut found: Vec<NamedConnection> = match principal.kind {
            PrincipalKind::Operator => self.database.rows(ACCOUNTS_OF_ALL, [limit.into()]).await?,
            _ => self.database.rows(ACCOUNTS_OF_ONE, [principal.id.to_string().into(), limit.into()]).await?,
        };
        if let Allowed::Only(ids) = &principal.connections {
            for allowed in self.rows_of_some(ACCOUNTS_OF_SOME, ids, "", limit).await? {
                if found.iter().all(|own| own.id != allowed.id) {
                    found.push(allowed);
                }
            }
        }
        let mut accounts =
            found.into_iter().map(NamedConnection::into_connection).collect::<Result<Vec<_>, _>>()?;
        accounts.sort_by(|one, other| one.name.cmp(&other.name));
        accounts.truncate(max);
        Ok(accounts)
    }

    /// The rows of a statement over some ids.
    async fn rows_of_some(
        &self,
        statement: &'static str,
        ids: &BTreeSet<ConnectionId>,
        after: &str,
        limit: i64,
    ) -> Result<Vec<NamedConnection>, Fault> {
        let mut found = Vec::new();
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        for ids in ids.chunks(IDS_AT_ONCE) {
            // A place that is left over asks for nothing.
            let mut parameters: [Parameter; IDS_AT_ONCE + 2] = std::array::from_fn(|location| {
                ids.get(location.wrapping_sub(2)).cloned().unwrap_or_default().into()
            });
            let [first, second, ..] = &mut parameters;
            (*first, *second) = (after.into(), limit.into());
            found.extend(self.database.rows::<NamedConnection, _>(statement, parameters).await?);
        }
        Ok(found)
    }

    /// Whether a connection is that of people who signed in, and of nobody who may merely use every connection.
    async fn is_of_a_person(&self, id: ConnectionId) -> Result<bool, Fault> {
        let found: Option<(String,)> = self
            .database
            .row(
                "SELECT person_id FROM people_connections WHERE connection_id = $1 AND is_theirs = 1",
                [id.to_string().into()],
            )
            .await?;
        Ok(found.is_some())
    }

    async fn read_page(
        &self,
        allowed: &Allowed<ConnectionId>,
        after: &str,
        max: usize,
    ) -> Result<Vec<Connection>, Fault> {
        let limit = i64::try_from(max).unwrap_or(i64::MAX);
        let found: Vec<NamedConnection> = match allowed {
            Allowed::All => self.database.rows(PAGE_OF_ALL, [after.into(), limit.into()]).await?,
            Allowed::Only(ids) => self.rows_of_some(PAGE_OF_SOME, ids, after, limit).await?,
        };
        let mut page =
            found.into_iter().map(NamedConnection::into_connection).collect::<Result<Vec<_>, _>>()?;
        let of_environment = self.environment.connection();
        page.extend(of_environment.filter(|own| allowed.contains(&own.id) && *own.name > *after).cloned());
        page.sort_by(|one, other| one.name.cmp(&other.name));
        page.truncate(max);
        Ok(page)
    }

    /// All connections, the one that the environment gives included, ordered by name.
    pub(crate) async fn listed_connections(&self) -> Result<Vec<ConnectionRecord>, Fault> {
        let stored: Vec<StoredConnection> = self
            .database
            .rows(
                "SELECT id, name, workspace_id, workspace_name, system, bot_id, broken_at, created_at, updated_at \
                 FROM connections",
                [],
            )
            .await?;
        let mut rows = stored.into_iter().map(StoredConnection::into_row).collect::<Result<Vec<_>, _>>()?;
        rows.extend(self.environment.connection().map(|connection| ConnectionRecord {
            connection: connection.clone(),
            kind: ConnectionKind::Token,
            broken_at: None,
            workspace_id: None,
            created_at: None,
            updated_at: None,
        }));
        rows.sort_by(|one, other| one.connection.name.cmp(&other.connection.name));
        Ok(rows)
    }
}

impl NamedConnection {
    fn into_connection(self) -> Result<Connection, Fault> {
        let id = self.id.parse().map_err(|_| Fault::Damaged(format!("id of connection {}", self.id)))?;
        Ok(Connection { id, name: self.name, workspace_name: self.workspace_name, system: self.system })
    }
}

impl StoredConnection {
    fn into_row(self) -> Result<ConnectionRecord, Fault> {
        let id = self.id.parse().map_err(|_| Fault::Damaged(format!("id of connection {}", self.id)))?;
        Ok(ConnectionRecord {
            connection: Connection {
                id,
                name: self.name,
                workspace_name: self.workspace_name,
                system: self.system,
            },
            kind: if self.bot_id.is_some() { ConnectionKind::OAuth } else { ConnectionKind::Token },
            broken_at: self.broken_at.map(clock::from_milliseconds).transpose()?,
            workspace_id: self.workspace_id,
            created_at: Some(clock::from_milliseconds(self.created_at)?),
            updated_at: Some(clock::from_milliseconds(self.updated_at)?),
        })
    }
}

pub(crate) fn credential_of(connection: ConnectionId) -> Location {
    CONNECTION_CREDENTIAL.of(connection.uuid())
}
