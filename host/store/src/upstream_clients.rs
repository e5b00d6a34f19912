//! The clients that this host has registered at the authorization servers of MCP servers.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::upstream::{RegisteredClient, UpstreamClients, UpstreamName};
use uuid::Uuid;

use crate::clock;
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
    method: Option<String>,
    secret_expires_at: u64,
}

#[async_trait]
impl UpstreamClients for Store {
    async fn client(
        &self,
        server: &UpstreamName,
        id: Option<&str>,
    ) -> Result<Option<RegisteredClient>, StoreError> {
        Ok(self.upstream_client(server, id).await?)
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
    async fn upstream_client(
        &self,
        server: &UpstreamName,
        client: Option<&str>,
    ) -> Result<Option<RegisteredClient>, Fault> {
        let read = self.keys.reading(&self.database, async |keyring| {
            let found: Option<(String, Vec<u8>)> = match client {
                Some(client) => {
                    let id = id_of(server, client).to_string();
                    self.database
                        .row("SELECT id, client FROM upstream_clients WHERE id = $1", [id.into()])
                        .await?
                }
                None => {
                    let latest = "SELECT id, client FROM upstream_clients WHERE server = $1 \
                                  ORDER BY created_at DESC, id LIMIT 1";
                    self.database.row(latest, [server.as_str().into()]).await?
                }
            };
            let Some((id, blob)) = found else { return Ok(None) };
            let damaged = || Fault::Damaged(format!("a client at the MCP server {server}"));
            let id: Uuid = id.parse().map_err(|_| damaged())?;
            let stored: StoredClient = serde_json::from_value(keyring.json(UPSTREAM_CLIENT.of(id), &blob)?)
                .map_err(|_| damaged())?;
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
        let id = id_of(server, &client.id);
        let mut transaction = self.database.begin().await?;
        transaction.lock(&format!("the client at {server}")).await?;
        // Of two processes that register at the same time, the second one uses what the first one kept.
        let known = self.upstream_client(server, None).await?;
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
                "INSERT INTO upstream_clients (id, server, client, created_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (id) DO UPDATE SET client = excluded.client, created_at = excluded.created_at",
                [id.to_string().into(), server.as_str().into(), blob.into(), clock::now().into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(client.clone())
    }
}

/// The row of a client at a server. A server's name has no space.
fn id_of(server: &UpstreamName, client: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{server} {client}").as_bytes())
}

impl From<StoredClient> for RegisteredClient {
    fn from(stored: StoredClient) -> Self {
        let StoredClient { issuer, redirect_uri, id, secret, method, secret_expires_at } = stored;
        let secret = secret.map(SecretString::from);
        Self { issuer, redirect_uri, id, secret, method, secret_expires_at }
    }
}

impl From<&RegisteredClient> for StoredClient {
    fn from(client: &RegisteredClient) -> Self {
        let RegisteredClient { issuer, redirect_uri, id, secret, method, secret_expires_at } = client.clone();
        let secret = secret.map(|secret| secret.expose_secret().to_owned());
        Self { issuer, redirect_uri, id, secret, method, secret_expires_at }
    }
}
