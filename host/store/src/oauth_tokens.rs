//! Access and refresh tokens of OAuth.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::audit::{Actor, ConsentChange};
use toolbay_kernel::identity::{ClientId, NewTokens, Rotation, TokenKind};
use toolbay_kernel::nonce::NonceDigest;
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::principal::{Principal, PrincipalKind};
use toolbay_kernel::{Access, PrincipalId};
use uuid::Uuid;

use crate::caches::KnownToken;
use crate::client_grants::end_grant;
use crate::clock::milliseconds;
use crate::database::{Held, Transaction};
use crate::error::Fault;
use crate::sealed_columns::TOKEN_PAIR;
use crate::store::Store;

/// How old the record of a grant's last use may grow, in milliseconds.
const USED_STEP: i64 = 60_000;

const REFRESH: &str = "SELECT id, principal_id, strongest, expires_at, used_at, pair FROM oauth_tokens \
                       WHERE digest = $1 AND kind = 'refresh' AND expires_at > $2";

/// Held, since the pair in it may be moved to another key.
const REFRESH_HELD: Held = Held {
    rows: REFRESH,
    and_held: "SELECT id, principal_id, strongest, expires_at, used_at, pair FROM oauth_tokens \
               WHERE digest = $1 AND kind = 'refresh' AND expires_at > $2 FOR UPDATE",
};

#[derive(serde::Deserialize)]
struct StoredToken {
    id: String,
    principal_id: String,
    strongest: String,
    expires_at: i64,
    used_at: Option<i64>,
    pair: Option<Vec<u8>>,
}

impl Store {
    pub(crate) async fn keep_tokens(&self, principal: PrincipalId, tokens: &NewTokens) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        transaction.execute("DELETE FROM oauth_tokens WHERE expires_at <= $1", [now.into()]).await?;
        insert(&mut transaction, principal, tokens, tokens.strongest, now).await?;
        transaction.commit().await
    }

    /// Who is behind an access token.
    pub(crate) async fn oauth_bearer(&self, digest: NonceDigest) -> Result<Option<KnownToken>, Fault> {
        let now = self.database.now().await?;
        let stored: Option<StoredToken> = self
            .database
            .row(
                "SELECT id, principal_id, strongest, expires_at, used_at, pair FROM oauth_tokens \
                 WHERE digest = $1 AND kind = 'access' AND expires_at > $2",
                [digest.0.to_vec().into(), now.into()],
            )
            .await?;
        let Some(stored) = stored else { return Ok(None) };
        let (id, strongest) = (stored.principal()?, stored.strongest()?);
        let Some(principal) = self.principal_in_force(id).await? else { return Ok(None) };
        self.note_grant_use(id, now).await;
        // Whoever's it is, an access token is no API token: it signs nobody in, and gets no other tokens.
        let kind = PrincipalKind::OAuth;
        let principal = Principal { kind, strongest: principal.strongest.min(strongest), ..principal };
        Ok(Some(KnownToken::new(Arc::new(principal), Some(stored.expires_at))))
    }

    pub(crate) async fn rotate_token(
        &self,
        refresh: NonceDigest,
        client: &ClientId,
        tokens: &NewTokens,
        pair: &SecretString,
        again: Duration,
    ) -> Result<Rotation, Fault> {
        let mut transaction = self.database.begin().await?;
        let now = transaction.now().await?;
        // Taken before it is looked at: of two who bring it at the same time, one is the first.
        let first = transaction
            .execute(
                "UPDATE oauth_tokens SET used_at = $2 \
                 WHERE digest = $1 AND kind = 'refresh' AND used_at IS NULL AND expires_at > $2 \
                 AND EXISTS (SELECT 1 FROM oauth_grants WHERE oauth_grants.id = principal_id \
                 AND oauth_grants.client_id = $3 AND revoked_at IS NULL)",
                [refresh.0.to_vec().into(), now.into(), client.as_str().into()],
            )
            .await?;
        let found: Vec<StoredToken> =
            transaction.held_rows(REFRESH_HELD, [refresh.0.to_vec().into(), now.into()]).await?;
        let Some(stored) = found.into_iter().next() else { return Ok(Rotation::Unknown) };
        let grant = stored.principal()?;
        let theirs = transaction
            .count(
                "SELECT COUNT(*) FROM oauth_grants WHERE id = $1 AND client_id = $2 AND revoked_at IS NULL",
                [grant.to_string().into(), client.as_str().into()],
            )
            .await?;
        if theirs == 0 {
            return Ok(Rotation::NotTheirs);
        }
        if first == 0 {
            let is_recent = stored.used_at.is_some_and(|used| now.saturating_sub(used) < milliseconds(again));
            return match &stored.pair {
                Some(pair) if is_recent => {
                    let keyring = self.keys.opening(&mut transaction, &[pair]).await?;
                    let opened = keyring.secret(TOKEN_PAIR.of(stored.row()?), pair)?;
                    let access = opened.expose_secret().split('\n').next().map(SecretString::from);
                    let digest = access.and_then(|token| TokenKind::Access.digest(&token));
                    let given: Vec<(String,)> = transaction
                        .rows(
                            "SELECT strongest FROM oauth_tokens WHERE digest = $1",
                            [digest.map(|digest| digest.0.to_vec()).into()],
                        )
                        .await?;
                    // Of what the pair allows, not of what is asked for this time.
                    match given.first().and_then(|(strongest,)| strongest.parse().ok()) {
                        Some(strongest) => Ok(Rotation::Again(opened, strongest)),
                        None => Ok(Rotation::Unknown),
                    }
                }
                _ => Ok(Rotation::Reused(grant)),
            };
        }
        let strongest = stored.strongest()?;
        let sealed = self.keys.sealing(&mut transaction).await?.secret(TOKEN_PAIR.of(stored.row()?), pair)?;
        transaction
            .execute(
                "UPDATE oauth_tokens SET pair = $2 WHERE digest = $1",
                [refresh.0.to_vec().into(), sealed.into()],
            )
            .await?;
        // What earlier rotations would answer again is long past its time.
        transaction
            .execute(
                "UPDATE oauth_tokens SET pair = NULL WHERE principal_id = $1 AND pair IS NOT NULL AND used_at < $2",
                [grant.to_string().into(), now.saturating_sub(milliseconds(again)).into()],
            )
            .await?;
        let given = strongest.min(tokens.strongest);
        insert_kind(
            &mut transaction,
            TokenKind::Access,
            tokens.access,
            grant,
            given,
            now,
            tokens.access_lifetime,
        )
        .await?;
        if let Some(next) = tokens.refresh {
            // A client that asks for less now may ask for all of it again (RFC 6749, 6).
            let lifetime = tokens.refresh_lifetime;
            insert_kind(&mut transaction, TokenKind::Refresh, next, grant, strongest, now, lifetime).await?;
        }
        transaction.commit().await?;
        Ok(Rotation::Rotated(given))
    }

    pub(crate) async fn remove_oauth_token(
        &self,
        digest: NonceDigest,
        client: &ClientId,
        by: &Actor,
    ) -> Result<(), Fault> {
        let mut transaction = self.database.begin().await?;
        let found: Vec<(String, String)> = transaction
            .rows(
                "SELECT oauth_tokens.kind, oauth_tokens.principal_id FROM oauth_tokens \
                 JOIN oauth_grants ON oauth_grants.id = oauth_tokens.principal_id \
                 WHERE digest = $1 AND oauth_grants.client_id = $2 AND revoked_at IS NULL",
                [digest.0.to_vec().into(), client.as_str().into()],
            )
            .await?;
        let Some((kind, grant)) = found.into_iter().next() else { return Ok(()) };
        if kind == TokenKind::Refresh.as_str() {
            let grant = grant.parse().map_err(|_| Fault::Damaged(format!("principal {grant} of a token")))?;
            end_grant(&mut transaction, grant, None, ConsentChange::GivenBack, by).await?;
        } else {
            transaction
                .execute("DELETE FROM oauth_tokens WHERE digest = $1", [digest.0.to_vec().into()])
                .await?;
        }
        transaction.commit().await?;
        self.changed(Change::Access).await;
        Ok(())
    }

    /// Removes what nobody needs any more.
    pub(crate) async fn sweep_identity(&self, again: Duration) -> Result<(), Fault> {
        let now = self.database.now().await?;
        let answered = now.saturating_sub(milliseconds(again));
        self.database
            .execute(
                "UPDATE oauth_tokens SET pair = NULL WHERE pair IS NOT NULL AND used_at < $1",
                [answered.into()],
            )
            .await?;
        for expired in [
            "DELETE FROM oauth_tokens WHERE expires_at <= $1",
            "DELETE FROM oauth_codes WHERE expires_at <= $1",
            "DELETE FROM oauth_requests WHERE expires_at <= $1",
            "DELETE FROM sign_in_links WHERE expires_at <= $1",
            "DELETE FROM sessions WHERE ends_at <= $1",
        ] {
            self.database.execute(expired, [now.into()]).await?;
        }
        Ok(())
    }

    /// A token works also when its use can't be noted.
    async fn note_grant_use(&self, grant: PrincipalId, now: i64) {
        let noted = self
            .database
            .execute(
                "UPDATE oauth_grants SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $3)",
                [grant.to_string().into(), now.into(), now.saturating_sub(USED_STEP).into()],
            )
            .await;
        if let Err(error) = noted {
            tracing::warn!(%grant, %error, "store.last_use_not_noted");
        }
    }
}

async fn insert(
    transaction: &mut Transaction,
    principal: PrincipalId,
    tokens: &NewTokens,
    strongest: Access,
    now: i64,
) -> Result<(), Fault> {
    let access = tokens.access_lifetime;
    insert_kind(transaction, TokenKind::Access, tokens.access, principal, strongest, now, access).await?;
    if let Some(refresh) = tokens.refresh {
        let lifetime = tokens.refresh_lifetime;
        insert_kind(transaction, TokenKind::Refresh, refresh, principal, strongest, now, lifetime).await?;
    }
    Ok(())
}

async fn insert_kind(
    transaction: &mut Transaction,
    kind: TokenKind,
    digest: NonceDigest,
    principal: PrincipalId,
    strongest: Access,
    now: i64,
    lifetime: Duration,
) -> Result<(), Fault> {
    transaction
        .execute(
            "INSERT INTO oauth_tokens (digest, id, kind, principal_id, strongest, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            [
                digest.0.to_vec().into(),
                Uuid::now_v7().to_string().into(),
                kind.as_str().into(),
                principal.to_string().into(),
                strongest.as_str().into(),
                now.saturating_add(milliseconds(lifetime)).into(),
            ],
        )
        .await?;
    Ok(())
}

impl StoredToken {
    fn principal(&self) -> Result<PrincipalId, Fault> {
        self.principal_id.parse().map_err(|_| self.damaged("principal_id"))
    }

    fn strongest(&self) -> Result<Access, Fault> {
        self.strongest.parse().map_err(|_| self.damaged("strongest"))
    }

    fn row(&self) -> Result<Uuid, Fault> {
        self.id.parse().map_err(|_| self.damaged("id"))
    }

    fn damaged(&self, column: &str) -> Fault {
        Fault::Damaged(format!("{column} of OAuth token {}", self.id))
    }
}
