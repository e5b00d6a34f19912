//! What people allowed clients, and the codes by which those come to their tokens.

use std::time::Duration;

use toolbay_kernel::audit::{Act, Actor, ConsentChange, Event};
use toolbay_kernel::identity::{ClientGrant, ClientId, Exchange, IssuedCode};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::principal::{Allowance, Allowed};
use toolbay_kernel::{Access, Parts, PrincipalId};

use crate::clock;
use crate::clock::milliseconds;
use crate::database::Transaction;
use crate::error::Fault;
use crate::store::Store;

#[derive(serde::Deserialize)]
struct StoredGrant {
    id: String,
    owner_id: String,
    client_id: String,
    client_name: String,
    connections: String,
    strongest: String,
    created_at: i64,
    used_at: Option<i64>,
}

#[derive(serde::Deserialize)]
struct StoredCode {
    grant_id: String,
    client_id: String,
    redirect_uri: String,
    challenge: Option<String>,
    strongest: String,
    is_used: i64,
    expires_at: i64,
}

impl Store {
    pub(crate) async fn insert_grant(
        &self,
        grant: &ClientGrant,
        code: NonceDigest,
        issued: &IssuedCode,
        lifetime: Duration,
        max: u32,
        by: &Actor,
    ) -> Result<bool, Fault> {
        let connections =
            serde_json::to_string(&grant.connections).map_err(|error| Fault::Damaged(error.to_string()))?;
        let mut transaction = self.database.begin().await?;
        transaction.lock(&format!("grants of {}", grant.owner)).await?;
        // A client that is removed meanwhile gets nothing.
        transaction.lock("oauth_clients").await?;
        let now = transaction.now().await?;
        let is_gone = grant.client.document().is_none()
            && transaction
                .count(
                    "SELECT COUNT(*) FROM oauth_clients WHERE client_id = $1",
                    [grant.client.as_str().into()],
                )
                .await?
                == 0;
        if is_gone {
            return Ok(false);
        }
        transaction
            .execute(
                "UPDATE oauth_grants SET revoked_at = $2 WHERE owner_id = $1 AND revoked_at IS NULL \
                 AND NOT EXISTS (SELECT 1 FROM oauth_tokens WHERE principal_id = oauth_grants.id AND expires_at > $2) \
                 AND NOT EXISTS (SELECT 1 FROM oauth_codes WHERE grant_id = oauth_grants.id AND expires_at > $2)",
                [grant.owner.to_string().into(), now.into()],
            )
            .await?;
        let held = transaction
            .count(
                "SELECT COUNT(*) FROM oauth_grants WHERE owner_id = $1 AND revoked_at IS NULL",
                [grant.owner.to_string().into()],
            )
            .await?;
        if held >= i64::from(max) {
            return Ok(false);
        }
        transaction
            .execute(
                "INSERT INTO oauth_grants (id, owner_id, client_id, client_name, connections, strongest, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    grant.id.to_string().into(),
                    grant.owner.to_string().into(),
                    grant.client.as_str().into(),
                    grant.client_name.clone().into(),
                    connections.into(),
                    grant.strongest.as_str().into(),
                    now.into(),
                ],
            )
            .await?;
        transaction
            .execute(
                "UPDATE oauth_clients SET is_used = 1 WHERE client_id = $1",
                [grant.client.as_str().into()],
            )
            .await?;
        transaction.execute("DELETE FROM oauth_codes WHERE expires_at <= $1", [now.into()]).await?;
        transaction
            .execute(
                "INSERT INTO oauth_codes (digest, grant_id, client_id, redirect_uri, challenge, strongest, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    code.0.to_vec().into(),
                    issued.grant.to_string().into(),
                    issued.client.as_str().into(),
                    issued.redirect_uri.clone().into(),
                    issued.challenge.clone().into(),
                    issued.strongest.as_str().into(),
                    now.saturating_add(milliseconds(lifetime)).into(),
                ],
            )
            .await?;
        let change =
            ConsentChange::Given { connections: grant.connections.clone(), strongest: grant.strongest };
        transaction.append(&about_grant(by, grant.id, &grant.client, change)).await?;
        transaction.commit().await?;
        Ok(true)
    }

    pub(crate) async fn exchange_code(&self, code: NonceDigest) -> Result<Exchange, Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        let first = transaction
            .execute(
                "UPDATE oauth_codes SET is_used = 1 WHERE digest = $1 AND is_used = 0",
                [code.0.to_vec().into()],
            )
            .await?;
        let found: Vec<StoredCode> = transaction
            .rows(
                "SELECT grant_id, client_id, redirect_uri, challenge, strongest, is_used, expires_at \
                 FROM oauth_codes WHERE digest = $1",
                [code.0.to_vec().into()],
            )
            .await?;
        transaction.commit().await?;
        let Some(stored) = found.into_iter().next() else { return Ok(Exchange::Unknown) };
        let damaged = || Fault::Damaged("a code".to_owned());
        let grant = stored.grant_id.parse().map_err(|_| damaged())?;
        if first == 0 && stored.is_used != 0 {
            return Ok(Exchange::Replayed(grant));
        }
        if stored.expires_at <= now {
            return Ok(Exchange::Unknown);
        }
        Ok(Exchange::Taken(IssuedCode {
            grant,
            client: ClientId::try_from(stored.client_id).map_err(|_| damaged())?,
            redirect_uri: stored.redirect_uri,
            challenge: stored.challenge,
            strongest: stored.strongest.parse().map_err(|_| damaged())?,
        }))
    }

    pub(crate) async fn client_grants(
        &self,
        owner: Option<PrincipalId>,
        max: u32,
    ) -> Result<Vec<ClientGrant>, Fault> {
        let stored: Vec<StoredGrant> = self
            .database
            .rows(
                "SELECT id, owner_id, client_id, client_name, connections, strongest, created_at, used_at \
                 FROM oauth_grants WHERE revoked_at IS NULL AND ($1 IS NULL OR owner_id = $1) \
                 ORDER BY created_at DESC LIMIT $2",
                [owner.map(|owner| owner.to_string()).into(), i64::from(max).into()],
            )
            .await?;
        stored.into_iter().map(StoredGrant::into_grant).collect()
    }

    pub(crate) async fn revoke_client_grant(
        &self,
        grant: PrincipalId,
        owner: Option<PrincipalId>,
        change: ConsentChange,
        by: &Actor,
    ) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        let is_ended = end_grant(&mut transaction, grant, owner, change, by).await?;
        transaction.commit().await?;
        if is_ended {
            self.changed(Change::Access).await;
        }
        Ok(is_ended)
    }

    /// The grant in force as principal, without what its owner may do.
    pub(crate) async fn granted_client(
        &self,
        id: PrincipalId,
    ) -> Result<Option<(PrincipalId, String, Allowance)>, Fault> {
        let stored: Option<StoredGrant> = self
            .database
            .row(
                "SELECT id, owner_id, client_id, client_name, connections, strongest, created_at, used_at \
                 FROM oauth_grants WHERE id = $1 AND revoked_at IS NULL",
                [id.to_string().into()],
            )
            .await?;
        let Some(grant) = stored.map(StoredGrant::into_grant).transpose()? else { return Ok(None) };
        let allowance = Allowance {
            tools: Allowed::All,
            connections: grant.connections,
            strongest: grant.strongest,
            parts: Parts::everything(),
        };
        Ok(Some((grant.owner, grant.client_name, allowance)))
    }
}

/// Ends a grant with its codes and tokens. False when there is none in force.
pub(crate) async fn end_grant(
    transaction: &mut Transaction,
    grant: PrincipalId,
    owner: Option<PrincipalId>,
    change: ConsentChange,
    by: &Actor,
) -> Result<bool, Fault> {
    let ended: Vec<(String,)> = transaction
        .rows(
            "UPDATE oauth_grants SET revoked_at = $3 WHERE id = $1 AND revoked_at IS NULL \
             AND ($2 IS NULL OR owner_id = $2) RETURNING client_id",
            [grant.to_string().into(), owner.map(|owner| owner.to_string()).into(), clock::now().into()],
        )
        .await?;
    let Some((client,)) = ended.into_iter().next() else { return Ok(false) };
    let client =
        ClientId::try_from(client).map_err(|_| Fault::Damaged(format!("client of grant {grant}")))?;
    transaction
        .execute("DELETE FROM oauth_tokens WHERE principal_id = $1", [grant.to_string().into()])
        .await?;
    transaction.execute("DELETE FROM oauth_codes WHERE grant_id = $1", [grant.to_string().into()]).await?;
    transaction.append(&about_grant(by, grant, &client, change)).await?;
    Ok(true)
}

/// Ends every grant of a client; how many there were.
pub(crate) async fn end_grants(
    transaction: &mut Transaction,
    client: &ClientId,
    by: &Actor,
) -> Result<usize, Fault> {
    let grants: Vec<(String,)> = transaction
        .rows(
            "SELECT id FROM oauth_grants WHERE client_id = $1 AND revoked_at IS NULL",
            [client.as_str().into()],
        )
        .await?;
    for (grant,) in &grants {
        let grant = grant.parse().map_err(|_| Fault::Damaged(format!("id of grant {grant}")))?;
        end_grant(transaction, grant, None, ConsentChange::Withdrawn, by).await?;
    }
    Ok(grants.len())
}

impl StoredGrant {
    fn into_grant(self) -> Result<ClientGrant, Fault> {
        let damaged = |column: &str| Fault::Damaged(format!("{column} of grant {}", self.id));
        let strongest: Access = self.strongest.parse().map_err(|_| damaged("strongest"))?;
        Ok(ClientGrant {
            id: self.id.parse().map_err(|_| damaged("id"))?,
            owner: self.owner_id.parse().map_err(|_| damaged("owner_id"))?,
            client: ClientId::try_from(self.client_id.clone()).map_err(|_| damaged("client_id"))?,
            connections: serde_json::from_str(&self.connections).map_err(|_| damaged("connections"))?,
            strongest,
            created_at: clock::from_milliseconds(self.created_at)?,
            used_at: self.used_at.map(clock::from_milliseconds).transpose()?,
            client_name: self.client_name,
        })
    }
}

fn about_grant(by: &Actor, grant: PrincipalId, client: &ClientId, change: ConsentChange) -> Event {
    Event::of_host(by, Act::Consent { grant, client: client.clone(), change })
}
