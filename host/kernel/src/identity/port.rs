//! What identity keeps: people, sessions, clients, what people allowed them, and the tokens that came of it.
//!
//! Secrets are kept as digests alone, but for the pair that a rotation answers, which is sealed for some seconds.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::client::{Client, ClientId, ClientKind, ClientRecord};
use crate::access::Access;
use crate::audit::{Actor, ConsentChange};
use crate::id::{ConnectionId, PrincipalId};
use crate::nonce::NonceDigest;
use crate::ports::StoreError;
use crate::principal::Allowed;

/// A session that begins.
#[derive(Debug, Clone, Copy)]
pub struct NewSession {
    pub principal: PrincipalId,
    /// How long it may be unused.
    pub idle: Duration,
    /// How long it lasts at most.
    pub lifetime: Duration,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    pub created_at: OffsetDateTime,
    /// To the minute.
    pub seen_at: OffsetDateTime,
}

/// What a client asks a person for, while the person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    pub client: ClientId,
    pub client_name: String,
    pub client_kind: ClientKind,
    /// Where the browser goes with the answer: one of the client's addresses.
    pub redirect_uri: String,
    /// What comes back with it, as it is.
    pub state: Option<String>,
    /// The challenge of PKCE (S256).
    pub challenge: Option<String>,
    /// The strongest access that is asked for.
    pub strongest: Access,
    /// The name of this host in the answer (RFC 9207), as its metadata writes it.
    pub issuer: String,
    /// What the person allowed before they went to Notion for a connection.
    pub approved: Option<Access>,
}

/// What a person allowed a client. Its id is the principal of the client's calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientGrant {
    pub id: PrincipalId,
    /// The principal who allowed it. The client may never do more than they may.
    pub owner: PrincipalId,
    pub client: ClientId,
    pub client_name: String,
    pub connections: Allowed<ConnectionId>,
    pub strongest: Access,
    pub created_at: OffsetDateTime,
    /// When its tokens were last used, to the minute.
    pub used_at: Option<OffsetDateTime>,
}

/// A code that a client exchanges for tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCode {
    pub grant: PrincipalId,
    pub client: ClientId,
    pub redirect_uri: String,
    pub challenge: Option<String>,
    pub strongest: Access,
}

/// What became of a code that somebody brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchange {
    /// It was good, and is used up.
    Taken(IssuedCode),
    /// It was used before: somebody else holds it, or held it. Of whose grant.
    Replayed(PrincipalId),
    /// It is unknown or too old.
    Unknown,
}

/// The tokens that a client gets.
#[derive(Debug, Clone, Copy)]
pub struct NewTokens {
    pub access: NonceDigest,
    /// None for a client that has a secret and asks for a token whenever it needs one.
    pub refresh: Option<NonceDigest>,
    /// The strongest access of the access token.
    pub strongest: Access,
    pub access_lifetime: Duration,
    pub refresh_lifetime: Duration,
}

/// What became of a refresh token that somebody brought.
#[derive(Debug)]
pub enum Rotation {
    /// The new pair is in force, and allows this.
    Rotated(Access),
    /// It was exchanged a moment ago, and the answer may have been lost: the same pair again, sealed meanwhile.
    Again(SecretString, Access),
    /// It was exchanged before: somebody else holds it. Of whose grant.
    Reused(PrincipalId),
    /// It is another client's.
    NotTheirs,
    /// It is unknown, too old, or its grant has ended.
    Unknown,
}

/// What identity keeps.
#[async_trait]
pub trait IdentityStore: Send + Sync {
    /// Begins a session, and ends the one that this browser had.
    async fn begin_session(
        &self,
        digest: NonceDigest,
        session: NewSession,
        before: Option<NonceDigest>,
        by: &Actor,
    ) -> Result<(), StoreError>;

    /// Whose session it is; none when it is unknown or has ended. It is in use from now on.
    async fn session(&self, digest: NonceDigest) -> Result<Option<PrincipalId>, StoreError>;

    /// The sessions of a principal, newest first, at most `max`.
    async fn sessions(&self, principal: PrincipalId, max: u32) -> Result<Vec<SessionRecord>, StoreError>;

    /// Ends a session, or all of the principal that it belongs to.
    async fn end_session(&self, digest: NonceDigest, everywhere: bool, by: &Actor) -> Result<(), StoreError>;

    /// Keeps a link that signs the operator in once.
    async fn add_link(&self, digest: NonceDigest, lifetime: Duration) -> Result<(), StoreError>;

    /// Takes a link out: of two who ask, one gets it.
    async fn take_link(&self, digest: NonceDigest) -> Result<bool, StoreError>;

    /// Adds a client. Of those that registered themselves, and that nobody ever allowed anything, there are at most `max`: one
    /// that is older than `kept` makes way. False when there is none to make way.
    async fn add_client(
        &self,
        client: &Client,
        max: u32,
        kept: Duration,
        by: Option<&Actor>,
    ) -> Result<bool, StoreError>;

    /// A static or registered client.
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError>;

    /// The static and registered clients, oldest first.
    async fn clients(&self) -> Result<Vec<ClientRecord>, StoreError>;

    /// Removes a client, with every grant that it has. False when there is none.
    async fn remove_client(&self, id: &ClientId, by: &Actor) -> Result<bool, StoreError>;

    /// Keeps a request while a person decides. When `max` are waiting, the oldest make way.
    async fn add_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
        request: &AuthorizationRequest,
        lifetime: Duration,
        max: u32,
    ) -> Result<(), StoreError>;

    /// A request that this browser began.
    async fn request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
    ) -> Result<Option<AuthorizationRequest>, StoreError>;

    /// Notes what the person allowed before they went on to Notion, where they have `lifetime` again. False when the request
    /// has gone.
    async fn approve_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
        request: &AuthorizationRequest,
        lifetime: Duration,
    ) -> Result<bool, StoreError>;

    /// Takes a request out: of two who ask, one gets it.
    async fn take_request(
        &self,
        digest: NonceDigest,
        browser: NonceDigest,
    ) -> Result<Option<AuthorizationRequest>, StoreError>;

    /// Adds a grant with the code by which the client comes to its tokens, and the event. Grants of the owner that no code or
    /// token belongs to any more end. False when the owner has `max` all the same, or the client has gone.
    async fn add_grant(
        &self,
        grant: &ClientGrant,
        code: NonceDigest,
        issued: &IssuedCode,
        lifetime: Duration,
        max: u32,
        by: &Actor,
    ) -> Result<bool, StoreError>;

    /// Takes a code: whatever comes of it, it is used up.
    async fn exchange(&self, code: NonceDigest) -> Result<Exchange, StoreError>;

    /// Keeps the first tokens of a principal: of a grant, or of an API token whose bearer asked for one.
    async fn issue(&self, principal: PrincipalId, tokens: &NewTokens) -> Result<(), StoreError>;

    /// Exchanges a refresh token for a new pair. `pair` is what is answered, kept for `again`.
    async fn rotate(
        &self,
        refresh: NonceDigest,
        client: &ClientId,
        tokens: &NewTokens,
        pair: &SecretString,
        again: Duration,
    ) -> Result<Rotation, StoreError>;

    /// Ends an access token of a client, or by its refresh token the grant. What isn't there or isn't theirs is no error.
    async fn end_oauth_token(
        &self,
        digest: NonceDigest,
        client: &ClientId,
        by: &Actor,
    ) -> Result<(), StoreError>;

    /// The grants in force, of an owner or of everybody, newest first, at most `max`.
    async fn grants_of(&self, owner: Option<PrincipalId>, max: u32) -> Result<Vec<ClientGrant>, StoreError>;

    /// Ends a grant, of this owner if one is named, with all of its tokens. False when there is none in force.
    async fn end_grant(
        &self,
        grant: PrincipalId,
        owner: Option<PrincipalId>,
        change: ConsentChange,
        by: &Actor,
    ) -> Result<bool, StoreError>;

    /// Removes what nobody needs any more: what has expired, and the pairs that were kept for `again`.
    async fn sweep(&self, again: Duration) -> Result<(), StoreError>;
}
