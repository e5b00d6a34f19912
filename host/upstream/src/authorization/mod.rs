//! This host as an OAuth client of a server: how a person opens an account there.
//!
//! As MCP's revision 2025-11-25 says it: the server names its authorization server (RFC 9728), which describes itself (RFC 8414); this
//! host is a client that the operator registered, or registers itself (RFC 7591); a code is exchanged with PKCE's proof (RFC 7636) for
//! tokens that are for this server alone (RFC 8707). The rules of a connection's life are the kernel's.

mod address;
mod discovery;
mod http;
mod registration;
mod token;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use toolbay_kernel::connecting::{
    Agreed, AuthorizationError, AuthorizationPage, AuthorizationServer, Authorized, Origin,
};
use toolbay_kernel::nonce;
use toolbay_kernel::upstream::{RegisteredClient, UpstreamClients, UpstreamName};
use url::Url;

use self::discovery::Metadata;
use self::http::Asking;
use self::registration::Client;
use crate::settings::{HttpSettings, OAuthSettings};

/// How long what an authorization server says of itself is used.
const KEPT: Duration = Duration::from_secs(3_600);

/// The authorization server of one MCP server, as this host sees it.
pub(crate) struct UpstreamAuthorization {
    name: UpstreamName,
    /// The MCP server, and its name in tokens.
    resource: Url,
    audience: String,
    settings: OAuthSettings,
    asking: Asking,
    clients: Arc<dyn UpstreamClients>,
    /// What it said of itself last, and when; used for [`KEPT`].
    metadata: tokio::sync::Mutex<Option<(Metadata, Instant)>>,
    /// A client that it no longer knows.
    unknown_client: Mutex<Option<String>>,
}

/// What the page was begun with, kept until the person comes back.
#[derive(Serialize, Deserialize)]
struct Proof {
    verifier: String,
    issuer: String,
    client: String,
}

impl UpstreamAuthorization {
    /// None where the settings say nothing of accounts.
    pub(crate) fn new(
        name: &UpstreamName,
        http: &HttpSettings,
        clients: Arc<dyn UpstreamClients>,
    ) -> Option<Self> {
        let settings = http.oauth.clone()?;
        Some(Self {
            name: name.clone(),
            audience: token::resource(&http.url),
            resource: http.url.clone(),
            asking: Asking::of(http, &settings),
            settings,
            clients,
            metadata: tokio::sync::Mutex::default(),
            unknown_client: Mutex::default(),
        })
    }

    /// What the authorization server says of itself. One look at a time, kept for a while.
    async fn metadata(&self) -> Result<Metadata, AuthorizationError> {
        let mut kept = self.metadata.lock().await;
        if let Some((known, _)) = kept.as_ref().filter(|(_, at)| at.elapsed() < KEPT) {
            return Ok(known.clone());
        }
        let found = discovery::discover(&self.asking, &self.resource).await.map_err(|error| {
            tracing::warn!(upstream = %self.name, %error, "upstream.authorization_not_found");
            // Nothing is done by looking.
            if matches!(error, AuthorizationError::Unknown) { AuthorizationError::Unreachable } else { error }
        })?;
        if self.settings.issuer.as_ref().is_some_and(|issuer| *issuer != found.issuer) {
            return Err(AuthorizationError::Refused("another issuer than the configured one".to_owned()));
        }
        *kept = Some((found.clone(), Instant::now()));
        Ok(found)
    }

    /// The client that this host is there: the operator's, or one that is registered now unless it was before.
    async fn client(&self, metadata: &Metadata) -> Result<Client, AuthorizationError> {
        if let Some(given) = &self.settings.client {
            return Client::given(given, self.settings.token_auth_method, metadata);
        }
        let known = self.kept(self.clients.client(&self.name, None).await)?;
        let is_usable = |known: &RegisteredClient| {
            known.issuer == metadata.issuer
                && known.redirect_uri == self.settings.redirect_uri.as_str()
                && self.unknown_client.lock().as_ref() != Some(&known.id)
                && !registration::has_ended(known)
        };
        let client = match known {
            Some(known) if is_usable(&known) => known,
            other => {
                let new = registration::register(
                    &self.asking,
                    metadata,
                    &self.settings.redirect_uri,
                    self.settings.token_auth_method,
                )
                .await?;
                tracing::info!(upstream = %self.name, issuer = metadata.issuer, "upstream.registered");
                self.kept(self.clients.keep_client(&self.name, &new, other.as_ref()).await)?
            }
        };
        Ok(Client::registered(client, metadata))
    }

    fn kept<T, E: std::fmt::Display>(&self, kept: Result<T, E>) -> Result<T, AuthorizationError> {
        kept.map_err(|error| {
            tracing::error!(upstream = %self.name, %error, "upstream.client_not_kept");
            AuthorizationError::Refused("the host's store".to_owned())
        })
    }

    /// The client that a credential was given to, which may be an older one; where it was given by the same server.
    async fn client_of(
        &self,
        origin: Option<&Origin>,
        metadata: &Metadata,
    ) -> Result<Client, AuthorizationError> {
        let refused = |why: &str| AuthorizationError::Refused(why.to_owned());
        let origin = origin.ok_or_else(|| refused("nobody knows who gave it"))?;
        if origin.issuer != metadata.issuer {
            return Err(refused("another issuer gave it"));
        }
        if let Some(given) = self.settings.client.as_ref().filter(|given| given.id == origin.client) {
            return Client::given(given, self.settings.token_auth_method, metadata);
        }
        let known = self.kept(self.clients.client(&self.name, Some(&origin.client)).await)?;
        let known = known.filter(|known| known.issuer == origin.issuer);
        known.map(|known| Client::registered(known, metadata)).ok_or_else(|| refused("its client is unknown"))
    }

    /// Asks for tokens, and notes a client that is no longer known.
    async fn tokens(
        &self,
        metadata: &Metadata,
        client: &Client,
        form: &[(&str, &str)],
    ) -> Result<Authorized, AuthorizationError> {
        let asked = token::ask(&self.asking, metadata, client, &self.audience, form).await;
        if let Err(AuthorizationError::Refused(error)) = &asked
            && error == "invalid_client"
            && client.is_registered
        {
            *self.unknown_client.lock() = Some(client.id.clone());
        }
        asked
    }
}

#[async_trait]
impl AuthorizationServer for UpstreamAuthorization {
    fn audience(&self) -> Option<&str> {
        Some(&self.audience)
    }

    async fn prepare(&self) -> Result<(), AuthorizationError> {
        self.metadata().await.map(drop)
    }

    async fn begin(&self, state: &SecretString) -> Result<AuthorizationPage, AuthorizationError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata).await?;
        let (verifier, _) = nonce::generate().map_err(|_| AuthorizationError::Unknown)?;
        let verifier = verifier.expose_secret();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut url = metadata.authorization_endpoint.clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &client.id)
                .append_pair("redirect_uri", self.settings.redirect_uri.as_str())
                .append_pair("code_challenge", &challenge)
                .append_pair("code_challenge_method", "S256")
                .append_pair("resource", &self.audience)
                .append_pair("state", state.expose_secret());
            if let Some(scope) = self.settings.scope.as_deref().or(metadata.scope.as_deref()) {
                query.append_pair("scope", scope);
            }
        }
        let proof =
            Proof { verifier: verifier.to_owned(), issuer: metadata.issuer.clone(), client: client.id };
        let proof = serde_json::to_string(&proof).map_err(|_| AuthorizationError::Unknown)?;
        Ok(AuthorizationPage { url, proof: Some(proof.into()) })
    }

    async fn exchange(
        &self,
        agreed: &Agreed,
        proof: Option<&SecretString>,
    ) -> Result<Authorized, AuthorizationError> {
        let proof: Proof = proof
            .and_then(|proof| serde_json::from_str(proof.expose_secret()).ok())
            .ok_or(AuthorizationError::Ended)?;
        let metadata = self.metadata().await?;
        let client = self.client(&metadata).await?;
        // A code goes to nobody but the server whose page it was begun at (RFC 9207).
        let is_from_there = match &agreed.issuer {
            Some(issuer) => *issuer == proof.issuer,
            None => !metadata.says_its_name,
        };
        if !is_from_there || metadata.issuer != proof.issuer {
            return Err(AuthorizationError::Refused("another issuer".to_owned()));
        }
        if client.id != proof.client {
            return Err(AuthorizationError::Ended);
        }
        let form = [
            ("grant_type", "authorization_code"),
            ("code", agreed.code.expose_secret()),
            ("redirect_uri", self.settings.redirect_uri.as_str()),
            ("code_verifier", &proof.verifier),
        ];
        self.tokens(&metadata, &client, &form).await
    }

    async fn renew(
        &self,
        refresh_credential: &SecretString,
        origin: Option<&Origin>,
    ) -> Result<Authorized, AuthorizationError> {
        let metadata = self.metadata().await?;
        let client = self.client_of(origin, &metadata).await?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_credential.expose_secret())];
        self.tokens(&metadata, &client, &form).await
    }

    async fn revoke(
        &self,
        credential: &SecretString,
        origin: Option<&Origin>,
    ) -> Result<(), AuthorizationError> {
        let metadata = self.metadata().await?;
        let client = self.client_of(origin, &metadata).await?;
        token::revoke(&self.asking, &metadata, &client, credential).await
    }
}
