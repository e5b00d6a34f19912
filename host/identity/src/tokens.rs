//! The token endpoint: a code, a refresh token or a client's own secret, against tokens.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::audit::{Actor, ConsentChange};
use toolbay_kernel::identity::{
    Client, CredentialsOfClient, Exchange, NewTokens, OAuthCode, OAuthError, Rotation, TokenAnswer,
    TokenKind, TokenRequest, scope_of, strongest_of,
};
use toolbay_kernel::{Access, PrincipalId};
use url::Url;

use crate::authorize::check_resource;
use crate::proof::{is_secret, is_verified};
use crate::sessions::may_sign_in;
use crate::{ACCESS_LIFETIME, Authority, REFRESH_LIFETIME, SAME_ANSWER};

impl Authority {
    pub(crate) async fn tokens_for(
        &self,
        issuer: &Url,
        asked: TokenRequest,
    ) -> Result<TokenAnswer, OAuthError> {
        for resource in &asked.resource {
            check_resource(issuer, resource)?;
        }
        match asked.grant_type.as_deref() {
            Some("authorization_code") => self.by_code(asked).await,
            Some("refresh_token") => self.by_refresh_token(asked).await,
            Some("client_credentials") => self.by_secret(asked).await,
            Some(_) => refused(
                OAuthCode::UnsupportedGrantType,
                "grant_type is authorization_code, refresh_token or client_credentials.",
            ),
            None => refused(OAuthCode::InvalidRequest, "grant_type is missing."),
        }
    }

    async fn by_code(&self, asked: TokenRequest) -> Result<TokenAnswer, OAuthError> {
        let client = self.authenticated(&asked).await?;
        let code = asked.code.as_ref().and_then(toolbay_kernel::nonce::digest).ok_or_else(no_good_code)?;
        let issued = match self.store.exchange(code).await? {
            Exchange::Taken(issued) => issued,
            Exchange::Replayed(grant) => {
                self.compromised(grant, "identity.code_replayed").await?;
                return Err(no_good_code());
            }
            Exchange::Unknown => return Err(no_good_code()),
        };
        let is_same_address = match &asked.redirect_uri {
            Some(address) => *address == issued.redirect_uri,
            // OAuth 2.1 has left it out here, since PKCE binds the code; without PKCE only the address does.
            None => issued.challenge.is_some(),
        };
        let is_proven = match (&issued.challenge, &asked.code_verifier) {
            (Some(challenge), Some(verifier)) => is_verified(challenge, verifier),
            (None, None) => client.secret.is_some(),
            _ => false,
        };
        if issued.client != client.id || !is_same_address || !is_proven {
            // Whoever brought it isn't who asked for it, so nobody gets anything by it.
            self.compromised(issued.grant, "identity.code_of_another").await?;
            return Err(no_good_code());
        }
        let (answer, tokens) = pair(issued.strongest)?;
        self.store.issue(issued.grant, &tokens).await?;
        Ok(answer)
    }

    async fn by_refresh_token(&self, asked: TokenRequest) -> Result<TokenAnswer, OAuthError> {
        let client = self.authenticated(&asked).await?;
        let ended = || {
            OAuthError::new(OAuthCode::InvalidGrant, "The refresh token is no good any more. Sign in again.")
        };
        let refresh = asked.refresh_token.as_ref().and_then(|token| TokenKind::Refresh.digest(token));
        let refresh = refresh.ok_or_else(ended)?;
        // A scope without a name of this server's says nothing, as when it is asked for.
        let narrowed = asked.scope.as_deref().and_then(strongest_of).unwrap_or(Access::Destroys);
        let (mut answer, tokens) = pair(narrowed)?;
        let kept = kept(&answer);
        match self.store.rotate(refresh, &client.id, &tokens, &kept, SAME_ANSWER).await? {
            Rotation::Rotated(strongest) => answer.scope = scope_of(strongest),
            Rotation::Again(kept, strongest) => {
                let (access, refresh) = kept.expose_secret().split_once('\n').ok_or_else(ended)?;
                answer.access_token = SecretString::from(access);
                answer.refresh_token = Some(SecretString::from(refresh));
                answer.scope = scope_of(strongest);
            }
            Rotation::Reused(grant) => {
                self.compromised(grant, "identity.refresh_token_reused").await?;
                return Err(ended());
            }
            Rotation::NotTheirs | Rotation::Unknown => return Err(ended()),
        }
        Ok(answer)
    }

    /// For programs: the client is an API token, by its id, and the token is the secret. So a program that speaks OAuth
    /// alone needs nothing of its own.
    async fn by_secret(&self, asked: TokenRequest) -> Result<TokenAnswer, OAuthError> {
        let shown = credentials(&asked)?;
        let wrong = || {
            OAuthError::new(
                OAuthCode::InvalidClient,
                "For client_credentials, client_id is the id of an API token and client_secret the token.",
            )
        };
        let secret = shown.secret.as_ref().ok_or_else(wrong)?;
        let principal = self.principals.authenticate(secret).await?;
        let principal = principal
            .filter(|principal| may_sign_in(principal) && principal.id.to_string() == shown.id)
            .ok_or_else(wrong)?;
        let asked_for = asked.scope.as_deref().and_then(strongest_of).unwrap_or(Access::Destroys);
        let (mut answer, mut tokens) = pair(principal.strongest.min(asked_for))?;
        (answer.refresh_token, tokens.refresh) = (None, None);
        self.store.issue(principal.id, &tokens).await?;
        Ok(answer)
    }

    pub(crate) async fn revoked(&self, asked: TokenRequest) -> Result<(), OAuthError> {
        let client = self.authenticated(&asked).await?;
        let Some(token) = &asked.token else {
            return refused(OAuthCode::InvalidRequest, "token is missing.");
        };
        let digest = [TokenKind::Access, TokenKind::Refresh].into_iter().find_map(|kind| kind.digest(token));
        if let Some(digest) = digest {
            self.store.end_oauth_token(digest, &client.id, &Actor::host()).await?;
        }
        Ok(())
    }

    /// The client that asks, once it has shown that it is.
    async fn authenticated(&self, asked: &TokenRequest) -> Result<Arc<Client>, OAuthError> {
        let shown = credentials(asked)?;
        let client = self.client_without_its_document(&shown.id).await?;
        let is_it = match (&client.secret, &shown.secret) {
            (None, None) => true,
            (Some(kept), Some(shown)) => is_secret(kept, shown),
            _ => false,
        };
        if is_it {
            return Ok(client);
        }
        refused(OAuthCode::InvalidClient, "The client's secret is missing or wrong, or it has none.")
    }

    /// Ends a grant of which a code or token is in two hands. Which of them is the client's own, nobody can know.
    async fn compromised(&self, grant: PrincipalId, event: &'static str) -> Result<(), OAuthError> {
        tracing::warn!(%grant, event, "identity.compromised");
        self.store.end_grant(grant, None, ConsentChange::Compromised, &Actor::host()).await?;
        Ok(())
    }
}

/// Who a request says that it is: by HTTP Basic or by the form, not by both (RFC 6749, 2.3).
fn credentials(asked: &TokenRequest) -> Result<CredentialsOfClient, OAuthError> {
    match (&asked.basic, &asked.client_id) {
        (Some(basic), None) if asked.client_secret.is_none() => Ok(basic.clone()),
        (Some(basic), Some(id)) if asked.client_secret.is_none() && basic.id == *id => Ok(basic.clone()),
        (Some(_), _) => {
            refused(OAuthCode::InvalidRequest, "The client is named in the header and in the form.")
        }
        (None, Some(id)) => Ok(CredentialsOfClient { id: id.clone(), secret: asked.client_secret.clone() }),
        (None, None) => refused(OAuthCode::InvalidClient, "The request names no client."),
    }
}

fn pair(strongest: Access) -> Result<(TokenAnswer, NewTokens), OAuthError> {
    let (access_token, access) = TokenKind::Access.generate()?;
    let (refresh_token, refresh) = TokenKind::Refresh.generate()?;
    let answer = TokenAnswer {
        access_token,
        refresh_token: Some(refresh_token),
        expires_in: ACCESS_LIFETIME.as_secs(),
        scope: scope_of(strongest),
    };
    let tokens = NewTokens {
        access,
        refresh: Some(refresh),
        strongest,
        access_lifetime: ACCESS_LIFETIME,
        refresh_lifetime: REFRESH_LIFETIME,
    };
    Ok((answer, tokens))
}

fn kept(answer: &TokenAnswer) -> SecretString {
    let refresh = answer.refresh_token.as_ref().map_or("", |token| token.expose_secret());
    SecretString::from(format!("{}\n{refresh}", answer.access_token.expose_secret()))
}

fn no_good_code() -> OAuthError {
    OAuthError::new(
        OAuthCode::InvalidGrant,
        "The code is unknown, used, too old, or was given to somebody else.",
    )
}

fn refused<T>(code: OAuthCode, text: &str) -> Result<T, OAuthError> {
    Err(OAuthError::new(code, text))
}
