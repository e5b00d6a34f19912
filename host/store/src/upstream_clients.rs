//! The clients that this host has registered at the authorization servers of MCP servers.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::upstream::{RegisteredClient, UpstreamClients, UpstreamName};
use uuid::Uuid;

use crate::error::Fault;
use crate::sealed_columns::UPSTREAM_CLIENT;
use crate::store::Store;

/// A client, as it is encrypted.
#[derive(Serialize, Deserialize)]
struct StoredClient {
    issuer: String,
    redirect_uri: String,
    id: String,
    secret: Option<String>,
}

#[async_trait]
impl UpstreamClients for Store {
    async fn client(&self, server: &UpstreamName) -> Result<Option<RegisteredClient>, StoreError> {
        Ok(self.upstream_client(server).await?)
    }

    async fn keep_client(
        &self,
        server: &UpstreamName,
        client: &RegisteredClient,
        instead_of: Option<&RegisteredClient>,
    ) -> Result<RegisteredClient, StoreError> {
        Ok(self.kept_upstream_client(server, client, instead_of).await?)
    }
}

impl Store {
    async fn upstream_client(&self, server: &UpstreamName) -> Result<Option<RegisteredClient>, Fault> {
        let id = id_of(server);
        let read = self.keys.reading(&self.database, async |keyring| {
            let found: Option<(Vec<u8>,)> = self
                .database
                .row("SELECT client FROM upstream_clients WHERE id = $1", [id.to_string().into()])
                .await?;
            let Some((blob,)) = found else { return Ok(None) };
            let stored: StoredClient =
                serde_json::from_value(keyring.json(UPSTREAM_CLIENT.of(id), &blob)?)
                    .map_err(|_| Fault::Damaged(format!("the client at the MCP server {server}")))?;
            Ok(Some(stored.into()))
        });
        read.await
    }

    async fn kept_upstream_client(
        &self,
        server: &UpstreamName,
        client: &RegisteredClient,
        instead_of: Option<&RegisteredClient>,
    ) -> Result<RegisteredClient, Fault> {
        let id = id_of(server);
        let mut transaction = self.database.begin().await?;
        transaction.lock(&format!("the client at {server}")).await?;
        // Of two processes that register at the same time, the second one uses what the first one kept.
        let known = self.upstream_client(server).await?;
        if let Some(known) = known.filter(|known| instead_of.is_none_or(|old| old.id != known.id)) {
            return Ok(known);
        }
        let blob = self
            .keys
            .sealing(&mut transaction)
            .await?
            .json(UPSTREAM_CLIENT.of(id), &json!(StoredClient::from(client)))?;
        transaction
            .execute(
                "INSERT INTO upstream_clients (id, client) VALUES ($1, $2) \
                 ON CONFLICT (id) DO UPDATE SET client = excluded.client",
                [id.to_string().into(), blob.into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(client.clone())
    }
}

/// The row of a server.
fn id_of(server: &UpstreamName) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, server.as_str().as_bytes())
}

impl From<StoredClient> for RegisteredClient {
    fn from(stored: StoredClient) -> Self {
        let StoredClient { issuer, redirect_uri, id, secret } = stored;
        Self { issuer, redirect_uri, id, secret: secret.map(SecretString::from) }
    }
}

impl From<&RegisteredClient> for StoredClient {
    fn from(client: &RegisteredClient) -> Self {
        let RegisteredClient { issuer, redirect_uri, id, secret } = client.clone();
        Self { issuer, redirect_uri, id, secret: secret.map(|secret| secret.expose_secret().to_owned()) }
    }
}
