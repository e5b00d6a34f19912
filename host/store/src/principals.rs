//! API tokens, and who is behind one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use toolbay_kernel::administration::{NewToken, TokenRecord};
use toolbay_kernel::audit::{Act, Actor, Event, TokenChange};
use toolbay_kernel::identity::TokenKind;
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::ports::{Principals, StoreError};
use toolbay_kernel::principal::{Allowance, Allowed, PrincipalKind};
use toolbay_kernel::rate::Rates;
use toolbay_kernel::{Principal, PrincipalId};

use crate::caches::KnownToken;
use crate::clock;
use crate::error::Fault;
use crate::store::Store;
use crate::token::{self, TokenDigest};

/// Longest bearer token that is looked at, in bytes.
const MAX_BEARER: usize = 1_024;

/// How old the record of a token's last use may grow: writing each use down would make every call wait for the disk.
const LAST_USED_STEP: Duration = Duration::from_secs(60);

#[derive(serde::Deserialize)]
struct StoredToken {
    id: String,
    name: String,
    digest: Vec<u8>,
    tools: String,
    connections: String,
    default_connection: Option<String>,
    strongest: String,
    parts: String,
    rates: String,
    administers: i64,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

#[async_trait]
impl Principals for Store {
    /// A revocation takes effect within [`CACHED`](crate::CACHED) in every process, in the one that revokes usually at
    /// once; expiry takes effect at once.
    async fn authenticate(&self, token: &SecretString) -> Result<Option<Arc<Principal>>, StoreError> {
        if token.expose_secret().len() > MAX_BEARER {
            return Ok(None);
        }
        let digest = TokenDigest::of(token);
        if let Some(principal) = self.environment.principal(&digest) {
            return Ok(Some(principal));
        }
        if let Some(known) = self.caches.tokens.get(&digest).await {
            return Ok(known.principal_at(clock::now()));
        }
        let oauth = TokenKind::Access.digest(token);
        if oauth.is_none() && !token::is_well_formed(token) {
            return Ok(None);
        }
        if let Some(oauth) = oauth {
            let Some(known) = self.oauth_bearer(oauth).await?.map(Arc::new) else { return Ok(None) };
            self.caches.tokens.insert(digest, Arc::clone(&known)).await;
            return Ok(known.principal_at(clock::now()));
        }
        let now = self.database.now().await?;
        let Some(stored) = self.good_token(&digest, now).await? else {
            return Ok(None);
        };
        self.note_use(&stored, now).await;
        let known = Arc::new(KnownToken::new(Arc::new(stored.principal()?), stored.expires_at));
        self.caches.tokens.insert(digest, Arc::clone(&known)).await;
        Ok(known.principal_at(now))
    }

    async fn principal(&self, id: PrincipalId) -> Result<Option<Arc<Principal>>, StoreError> {
        Ok(self.principal_in_force(id).await?.map(Arc::new))
    }

    fn changes(&self) -> Option<watch::Receiver<u64>> {
        Some(self.caches.access.subscribe())
    }
}

impl Store {
    /// Whoever has this id: a client's grant is what its owner may do, within what they allowed it.
    pub(crate) async fn principal_in_force(&self, id: PrincipalId) -> Result<Option<Principal>, Fault> {
        let Some((owner, client_name, allowance)) = self.granted_client(id).await? else {
            return self.principal_of_their_own(id).await;
        };
        let owner = self.principal_of_their_own(owner).await?;
        Ok(owner.map(|owner| as_principal(id, &client_name, &allowance, &owner)))
    }

    /// Who acts for nobody else: the operator, the bearer of a token, a person.
    async fn principal_of_their_own(&self, id: PrincipalId) -> Result<Option<Principal>, Fault> {
        let operator = Principal::operator();
        if id == operator.id {
            return Ok(Some(operator));
        }
        if let Some(principal) = self.environment.principal_of(id) {
            return Ok(Some(Principal::clone(&principal)));
        }
        match self.token_of(id).await? {
            Some(stored) => stored.principal().map(Some),
            None => self.person_principal(id).await,
        }
    }

    async fn token_of(&self, id: PrincipalId) -> Result<Option<StoredToken>, Fault> {
        self.database
            .row(
                "SELECT id, name, digest, tools, connections, default_connection, strongest, parts, rates, administers, created_at, \
                 expires_at, last_used_at, revoked_at FROM api_tokens \
                 WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
                [id.to_string().into(), self.database.now().await?.into()],
            )
            .await
    }

    /// Creates an API token; none when another valid one has its name.
    pub(crate) async fn add_token(
        &self,
        new: &NewToken,
        by: &Actor,
    ) -> Result<Option<(SecretString, TokenRecord)>, Fault> {
        let token = token::generate().map_err(|error| Fault::Vault(error.into()))?;
        let id = PrincipalId::new();
        let stored = StoredToken {
            id: id.to_string(),
            name: new.name.clone(),
            digest: TokenDigest::of(&token).bytes().to_vec(),
            tools: to_json(&new.tools)?,
            connections: to_json(&new.connections)?,
            default_connection: new.default_connection.map(|id| id.to_string()),
            strongest: new.strongest.as_str().to_owned(),
            parts: to_json(&new.parts)?,
            rates: to_json(&new.rates)?,
            administers: i64::from(new.administers),
            created_at: clock::now(),
            expires_at: new.expires_at.map(clock::to_milliseconds),
            last_used_at: None,
            revoked_at: None,
        };
        let mut transaction = self.database.begin().await?;
        let inserted = transaction
            .execute(
                "INSERT INTO api_tokens (id, name, digest, tools, connections, strongest, created_at, expires_at, parts, \
                 rates, default_connection, administers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                [
                    stored.id.clone().into(),
                    stored.name.clone().into(),
                    stored.digest.clone().into(),
                    stored.tools.clone().into(),
                    stored.connections.clone().into(),
                    stored.strongest.clone().into(),
                    stored.created_at.into(),
                    stored.expires_at.into(),
                    stored.parts.clone().into(),
                    stored.rates.clone().into(),
                    stored.default_connection.clone().into(),
                    stored.administers.into(),
                ],
            )
            .await;
        match inserted {
            Ok(_) => {}
            Err(fault) if fault.is_duplicate() => return Ok(None),
            Err(fault) => return Err(fault),
        }
        let change = TokenChange::Created {
            tools: new.tools.clone(),
            connections: new.connections.clone(),
            default_connection: new.default_connection,
            strongest: new.strongest,
            expires_at: new.expires_at,
            parts: new.parts.clone(),
            rates: new.rates.clone(),
            administers: new.administers,
        };
        transaction.append(&about_token(by, id, &new.name, change)).await?;
        transaction.commit().await?;
        Ok(Some((token, stored.into_record()?)))
    }

    /// All tokens, revoked and expired ones included, oldest first.
    pub(crate) async fn all_tokens(&self) -> Result<Vec<TokenRecord>, Fault> {
        let stored: Vec<StoredToken> = self
            .database
            .rows(
                "SELECT id, name, digest, tools, connections, default_connection, strongest, parts, rates, administers, created_at, \
                 expires_at, last_used_at, revoked_at FROM api_tokens ORDER BY id",
                [],
            )
            .await?;
        stored.into_iter().map(StoredToken::into_record).collect()
    }

    /// Revokes a token: no call that begins [`CACHED`](crate::CACHED) later is let in by it. False when no valid one has
    /// this id.
    pub(crate) async fn end_token(&self, id: PrincipalId, by: &Actor) -> Result<bool, Fault> {
        let mut transaction = self.database.begin().await?;
        let revoked: Vec<(String,)> = transaction
            .rows(
                "UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING name",
                [id.to_string().into(), clock::now().into()],
            )
            .await?;
        if let Some((name,)) = revoked.first() {
            transaction.append(&about_token(by, id, name, TokenChange::Revoked)).await?;
        }
        transaction.commit().await?;
        self.changed(Change::Access).await;
        Ok(!revoked.is_empty())
    }

    async fn good_token(&self, digest: &TokenDigest, now: i64) -> Result<Option<StoredToken>, Fault> {
        let found: Option<StoredToken> = self
            .database
            .row(
                "SELECT id, name, digest, tools, connections, default_connection, strongest, parts, rates, administers, created_at, \
                 expires_at, last_used_at, revoked_at FROM api_tokens \
                 WHERE digest = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
                [digest.bytes().to_vec().into(), now.into()],
            )
            .await?;
        Ok(found.filter(|stored| digest.is(&stored.digest)))
    }

    /// A token works also when its use can't be noted.
    async fn note_use(&self, stored: &StoredToken, now: i64) {
        let step = i64::try_from(LAST_USED_STEP.as_millis()).unwrap_or(i64::MAX);
        if stored.last_used_at.is_some_and(|last| now.saturating_sub(last) < step) {
            return;
        }
        let noted = self
            .database
            .execute(
                "UPDATE api_tokens SET last_used_at = $2 WHERE id = $1",
                [stored.id.clone().into(), now.into()],
            )
            .await;
        if let Err(error) = noted {
            tracing::warn!(token = stored.id, %error, "store.last_use_not_noted");
        }
    }
}

impl StoredToken {
    fn principal(&self) -> Result<Principal, Fault> {
        Ok(Principal {
            id: self.parse("id", &self.id)?,
            name: self.name.clone(),
            kind: PrincipalKind::Token,
            tools: self.json("tools", &self.tools)?,
            connections: self.json("connections", &self.connections)?,
            default_connection: match &self.default_connection {
                Some(id) => Some(self.parse("default_connection", id)?),
                None => None,
            },
            strongest: self.parse("strongest", &self.strongest)?,
            shown: Allowed::All,
            may_ask_for: None,
            parts: self.json("parts", &self.parts)?,
            uses_shared: true,
            administers: self.administers != 0,
            rates: self.json("rates", &self.rates)?,
        })
    }

    fn into_record(self) -> Result<TokenRecord, Fault> {
        let principal = self.principal()?;
        Ok(TokenRecord {
            id: principal.id,
            name: principal.name,
            tools: principal.tools,
            connections: principal.connections,
            default_connection: principal.default_connection,
            strongest: principal.strongest,
            parts: principal.parts,
            rates: principal.rates,
            administers: principal.administers,
            created_at: clock::from_milliseconds(self.created_at)?,
            expires_at: self.expires_at.map(clock::from_milliseconds).transpose()?,
            last_used_at: self.last_used_at.map(clock::from_milliseconds).transpose()?,
            revoked_at: self.revoked_at.map(clock::from_milliseconds).transpose()?,
        })
    }

    fn parse<T: std::str::FromStr>(&self, column: &str, text: &str) -> Result<T, Fault> {
        text.parse().map_err(|_| self.damaged(column))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, column: &str, text: &str) -> Result<T, Fault> {
        serde_json::from_str(text).map_err(|_| self.damaged(column))
    }

    fn damaged(&self, column: &str) -> Fault {
        Fault::Damaged(format!("{column} of token {}", self.id))
    }
}

pub(crate) fn about_token(by: &Actor, token: PrincipalId, name: &str, change: TokenChange) -> Event {
    Event::of_host(by, Act::Token { token, name: name.to_owned(), change })
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Damaged(error.to_string()))
}

/// A client's calls: what its owner may do, within what they allowed it.
fn as_principal(id: PrincipalId, client_name: &str, allowance: &Allowance, owner: &Principal) -> Principal {
    Principal {
        id,
        name: format!("{client_name} for {}", owner.name),
        kind: PrincipalKind::OAuth,
        shown: Allowed::All,
        may_ask_for: Some(owner.strongest),
        rates: Rates { counted_as: Some(owner.id), ..owner.rates.clone() },
        ..owner.narrowed(allowance)
    }
}
