//! Who is calling: OAuth's authorization server, signing in, and sessions.
//!
//! The rules of OAuth 2.1 as MCP asks for them, over the store's rows. Nothing here knows HTTP: the gateway translates
//! requests and shows the pages. Which library does what, and why the rules themselves are written here, is in
//! docs/security.md.

mod authorize;
mod clients;
mod consent;
mod metadata;
mod proof;
mod redirects;
mod sessions;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moka::future::Cache;
use secrecy::SecretString;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::identity::{
    Authorize, Begun, Client, ClientDocuments, ClientGrant, ClientId, ConsentPage, Decision, Identity,
    IdentityStore, Next, OAuthError, Refused, Registered, Session, SessionRecord, TokenAnswer, TokenRequest,
};
use toolbay_kernel::ports::{Connections, Principals};
use toolbay_kernel::{Code, ConnectionId, PrincipalId, Problem};
use url::Url;

pub use clients::NewClient;
pub use redirects::may_be_named;

/// How long a person may take to decide. The specification of MCP allows no more for what is bound to a browser.
pub const REQUEST_LIFETIME: Duration = Duration::from_secs(600);

/// How long a code is good: a browser and a client need a second. RFC 6749 (4.1.2) allows ten minutes at most.
pub const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// How long an access token is good. Revoking works at once all the same; this bounds what a stolen one is worth.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(3_600);

/// How long a client may be silent before a person has to sign in again.
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(90 * 24 * 3_600);

/// How long a refresh token that was exchanged still answers with the same pair. The first answer may have been lost, and
/// some clients ask from two processes at once; a thief who comes later is told apart.
pub const SAME_ANSWER: Duration = Duration::from_secs(10);

/// How long a session may be unused.
pub const SESSION_IDLE: Duration = Duration::from_secs(12 * 3_600);

/// How long a session lasts at most.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How long a link of the operator's is good.
pub const LINK_LIFETIME: Duration = Duration::from_secs(600);

/// How often what has expired is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// How long a client's document is used again. Its owner may change it; people wait for what is read anew.
const DOCUMENT_CACHED: Duration = Duration::from_secs(300);

/// Documents that are kept.
const MAX_DOCUMENTS: u64 = 1_000;

/// The authorization server, signing in, and sessions. Cheap to clone.
#[derive(Clone)]
pub struct Authority {
    store: Arc<dyn IdentityStore>,
    principals: Arc<dyn Principals>,
    connections: Arc<dyn Connections>,
    documents: Arc<dyn ClientDocuments>,
    known: Cache<ClientId, Arc<Client>>,
}

impl Authority {
    /// The rules over these ports.
    #[must_use]
    pub fn new(
        store: Arc<dyn IdentityStore>,
        principals: Arc<dyn Principals>,
        connections: Arc<dyn Connections>,
        documents: Arc<dyn ClientDocuments>,
    ) -> Self {
        let known = Cache::builder().max_capacity(MAX_DOCUMENTS).time_to_live(DOCUMENT_CACHED).build();
        Self { store, principals, connections, documents, known }
    }
}

impl Authority {
    /// Removes what nobody needs any more, until the host stops.
    pub async fn keep(&self, stop: CancellationToken) {
        let mut sweeping = tokio::time::interval(SWEEP_EVERY);
        sweeping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(sweeping.tick()).await.is_some() {
            if let Err(error) = self.store.sweep(SAME_ANSWER).await {
                tracing::error!(%error, "identity.not_swept");
            }
        }
    }
}

#[async_trait]
impl Identity for Authority {
    async fn register(&self, metadata: &[u8]) -> Result<Registered, OAuthError> {
        self.registered(metadata).await
    }

    async fn authorize(&self, asked: Authorize<'_>) -> Result<Begun, Refused> {
        self.begun(asked).await
    }

    async fn consent_page(
        &self,
        request: &SecretString,
        browser: &SecretString,
        session: Option<&Session>,
    ) -> Result<ConsentPage, Problem> {
        self.asked_of_person(request, browser, session).await
    }

    async fn decide(
        &self,
        request: &SecretString,
        browser: &SecretString,
        session: Option<&Session>,
        decision: Decision,
    ) -> Result<Next, Problem> {
        self.decided(request, browser, session, decision).await
    }

    async fn connected(
        &self,
        request: &SecretString,
        browser: &SecretString,
        connected: Result<(PrincipalId, ConnectionId), Code>,
    ) -> Result<Url, Problem> {
        self.back_from_notion(request, browser, connected).await
    }

    async fn token(&self, issuer: &Url, asked: TokenRequest) -> Result<TokenAnswer, OAuthError> {
        self.tokens_for(issuer, asked).await
    }

    async fn revoke(&self, asked: TokenRequest) -> Result<(), OAuthError> {
        self.revoked(asked).await
    }

    async fn sign_in(
        &self,
        principal: PrincipalId,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        self.signed_in(principal, before).await
    }

    async fn sign_in_by_token(
        &self,
        token: &SecretString,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        self.signed_in_by_token(token, before).await
    }

    async fn sign_in_by_link(
        &self,
        link: &SecretString,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem> {
        self.signed_in_by_link(link, before).await
    }

    async fn link(&self) -> Result<SecretString, Problem> {
        self.new_link().await
    }

    async fn session(&self, cookie: &SecretString) -> Result<Option<Session>, Problem> {
        self.session_of(cookie).await
    }

    async fn sign_out(&self, cookie: &SecretString, everywhere: bool) -> Result<(), Problem> {
        self.signed_out(cookie, everywhere).await
    }

    async fn account(&self, of: PrincipalId) -> Result<(Vec<SessionRecord>, Vec<ClientGrant>), Problem> {
        self.account_of(of).await
    }

    async fn withdraw(&self, grant: PrincipalId, by: &Actor) -> Result<bool, Problem> {
        self.withdrawn(grant, Some(by.principal), by).await
    }

    async fn grants(&self) -> Result<Vec<ClientGrant>, Problem> {
        self.all_grants().await
    }

    async fn end_grant(&self, grant: PrincipalId, by: &Actor) -> Result<bool, Problem> {
        self.withdrawn(grant, None, by).await
    }
}
