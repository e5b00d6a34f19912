//! Clients of OAuth.

use std::time::Duration;

use toolbay_kernel::audit::{Act, Actor, ClientChange, Event};
use toolbay_kernel::identity::{Client, ClientId, ClientKind, ClientRecord};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::other_hosts::Change;

use crate::client_grants::end_grants;
use crate::clock;
use crate::clock::milliseconds;
use crate::error::Fault;
use crate::store::Store;

#[derive(serde::Deserialize)]
struct StoredClient {
    client_id: String,
    kind: String,
    name: String,
    redirect_uris: String,
    secret_digest: Option<Vec<u8>>,
    must_prove: i64,
    created_at: i64,
    grants: i64,
}

impl Store {
    /// Adds a client. Of registered ones that nobody ever allowed anything, the oldest make way for it.
    pub(crate) async fn insert_client(
        &self,
        client: &Client,
        max: u32,
        kept: Duration,
        by: Option<&Actor>,
    ) -> Result<bool, Fault> {
        let addresses = serde_json::to_string(&client.redirect_uris)
            .map_err(|error| Fault::Damaged(error.to_string()))?;
        let kind = client.kind.as_str();
        let mut transaction = self.database.begin().await?;
        transaction.lock("oauth_clients").await?;
        let unused = transaction
            .count("SELECT COUNT(*) FROM oauth_clients WHERE kind = $1 AND is_used = 0", [kind.into()])
            .await?;
        if unused >= i64::from(max) {
            let made_way = transaction
                .execute(
                    "DELETE FROM oauth_clients WHERE client_id IN (SELECT client_id FROM oauth_clients \
                     WHERE kind = $1 AND is_used = 0 AND created_at < $3 ORDER BY created_at LIMIT $2)",
                    [
                        ClientKind::Registered.as_str().into(),
                        (unused - i64::from(max) + 1).into(),
                        clock::now().saturating_sub(milliseconds(kept)).into(),
                    ],
                )
                .await?;
            if made_way == 0 {
                return Ok(false);
            }
        }
        transaction
            .execute(
                "INSERT INTO oauth_clients (client_id, kind, name, redirect_uris, secret_digest, must_prove, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    client.id.as_str().into(),
                    kind.into(),
                    client.name.clone().into(),
                    addresses.into(),
                    client.secret.map(|digest| digest.0.to_vec()).into(),
                    i64::from(client.must_prove).into(),
                    clock::now().into(),
                ],
            )
            .await?;
        // One that registers itself is nobody's act yet: what somebody allows it is the first event.
        if let Some(by) = by {
            transaction.append(&about_client(by, &client.id, &client.name, ClientChange::Added)).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(crate) async fn client_of(&self, id: &ClientId) -> Result<Option<Client>, Fault> {
        let stored: Option<StoredClient> = self
            .database
            .row(
                "SELECT client_id, kind, name, redirect_uris, secret_digest, must_prove, created_at, \
                 CAST(0 AS BIGINT) AS grants FROM oauth_clients WHERE client_id = $1",
                [id.as_str().into()],
            )
            .await?;
        stored.map(|stored| stored.into_record().map(|record| record.client)).transpose()
    }

    pub(crate) async fn all_clients(&self) -> Result<Vec<ClientRecord>, Fault> {
        let stored: Vec<StoredClient> = self
            .database
            .rows(
                "SELECT client_id, kind, name, redirect_uris, secret_digest, must_prove, created_at, \
                 (SELECT COUNT(*) FROM oauth_grants WHERE oauth_grants.client_id = oauth_clients.client_id \
                 AND revoked_at IS NULL) AS grants FROM oauth_clients ORDER BY created_at, client_id",
                [],
            )
            .await?;
        stored.into_iter().map(StoredClient::into_record).collect()
    }

    pub(crate) async fn delete_client(&self, id: &ClientId, by: &Actor) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        transaction.lock("oauth_clients").await?;
        let removed: Vec<(String,)> = transaction
            .rows("DELETE FROM oauth_clients WHERE client_id = $1 RETURNING name", [id.as_str().into()])
            .await?;
        let ended = end_grants(&mut transaction, id, by).await?;
        // One that lives at its own address has no row: it is what it was allowed.
        let name = match removed.into_iter().next() {
            Some((name,)) => name,
            None if ended > 0 => id.to_string(),
            None => return Ok(false),
        };
        transaction.append(&about_client(by, id, &name, ClientChange::Removed)).await?;
        transaction.commit().await?;
        self.changed(Change::Access).await;
        Ok(true)
    }
}

impl StoredClient {
    fn into_record(self) -> Result<ClientRecord, Fault> {
        let damaged = |column: &str| Fault::Damaged(format!("{column} of client {}", self.client_id));
        let kind = match self.kind.as_str() {
            "static" => ClientKind::Static,
            "registered" => ClientKind::Registered,
            _ => return Err(damaged("kind")),
        };
        let secret = match &self.secret_digest {
            None => None,
            Some(bytes) => {
                Some(NonceDigest(bytes.as_slice().try_into().map_err(|_| damaged("secret_digest"))?))
            }
        };
        let client = Client {
            id: ClientId::try_from(self.client_id.clone()).map_err(|_| damaged("client_id"))?,
            kind,
            redirect_uris: serde_json::from_str(&self.redirect_uris).map_err(|_| damaged("redirect_uris"))?,
            secret,
            must_prove: self.must_prove != 0,
            name: self.name,
        };
        Ok(ClientRecord {
            client,
            created_at: clock::from_milliseconds(self.created_at)?,
            grants: u64::try_from(self.grants).unwrap_or_default(),
        })
    }
}

fn about_client(by: &Actor, client: &ClientId, name: &str, change: ClientChange) -> Event {
    Event::of_host(by, Act::Client { client: client.clone(), name: name.to_owned(), change })
}
