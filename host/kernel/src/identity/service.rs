//! What surfaces ask about identity. They translate requests and show pages; every rule is behind this.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

use super::client::{ClientId, ClientKind};
use super::oauth_error::OAuthError;
use super::port::{ClientGrant, SessionRecord};
use crate::access::Access;
use crate::audit::Actor;
use crate::id::{ConnectionId, PrincipalId};
use crate::principal::{Connection, Principal};
use crate::problem::{Code, Problem};

/// A client's request for an authorization, as the browser brought it; nothing in it is trusted.
#[derive(Debug)]
pub struct Authorize<'a> {
    /// The parameters of the query, in order.
    pub parameters: Vec<(String, String)>,
    /// The origin that the browser asked.
    pub issuer: &'a Url,
    /// What this browser proves to be the same by, if it was here before.
    pub browser: Option<&'a SecretString>,
}

/// A request that waits for the person.
#[derive(Debug)]
pub struct Begun {
    /// The name of the request, which only this browser is told.
    pub request: SecretString,
    /// What the browser must bring back.
    pub browser: SecretString,
}

/// Why a request doesn't get as far as the person.
#[derive(Debug)]
pub enum Refused {
    /// Nobody knows for certain whose it is, so the browser is sent nowhere.
    Shown(Box<Problem>),
    /// The client is told, by the browser.
    Redirected(Url),
    /// The client may be told, when the person wants to go there: nobody has checked the address.
    Linked(Box<(Problem, Url)>),
}

/// What the person is asked.
#[derive(Debug)]
pub struct ConsentPage {
    pub client: ClientId,
    pub client_kind: ClientKind,
    /// What the client calls itself. Nobody has checked that.
    pub client_name: String,
    /// Where the browser goes afterwards.
    pub redirect_uri: String,
    /// The strongest access that the client asks for, and the person may give.
    pub strongest: Access,
    /// Who is signed in, and their connections, at most as many as a page shows.
    pub signed_in: Option<(Arc<Principal>, Vec<Connection>)>,
}

/// What the person decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Deny,
    /// To allow it on these connections.
    Allow {
        strongest: Access,
        connections: BTreeSet<ConnectionId>,
    },
    /// To allow it on a connection that is yet to be made.
    Connect {
        strongest: Access,
    },
}

/// Where the browser goes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Back to the client.
    Client(Url),
    /// To Notion, and then on with this request.
    Notion,
}

/// A session in force.
#[derive(Debug, Clone)]
pub struct Session {
    pub principal: Arc<Principal>,
    /// What forms of this session carry: a page of another site can't know it.
    pub form_token: String,
}

/// How a client shows who it is, in a header or in the form.
#[derive(Debug, Clone)]
pub struct CredentialsOfClient {
    pub id: String,
    pub secret: Option<SecretString>,
}

/// A request for tokens. Absent and empty parameters are the same (RFC 6749, 3.2).
#[derive(Debug, Default)]
pub struct TokenRequest {
    /// By HTTP Basic; then the form names no other client and no secret.
    pub basic: Option<CredentialsOfClient>,
    pub grant_type: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<SecretString>,
    pub code: Option<SecretString>,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<SecretString>,
    pub refresh_token: Option<SecretString>,
    pub scope: Option<String>,
    pub resource: Vec<String>,
    /// The token that is to be revoked.
    pub token: Option<SecretString>,
}

/// Tokens, as a client gets them.
#[derive(Debug)]
pub struct TokenAnswer {
    pub access_token: SecretString,
    pub refresh_token: Option<SecretString>,
    /// Seconds.
    pub expires_in: u64,
    /// The scope that was given, which may be less than was asked for.
    pub scope: &'static str,
}

/// A client that has registered.
#[derive(Debug)]
pub struct Registered {
    pub id: ClientId,
    pub secret: Option<SecretString>,
    pub name: String,
    pub redirect_uris: Vec<String>,
    /// How it shows who it is: `none`, `client_secret_basic` or `client_secret_post`.
    pub authentication: String,
}

/// OAuth's authorization server, signing in, and sessions.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Registers a client that describes itself (RFC 7591). Anybody may.
    async fn register(&self, metadata: &[u8]) -> Result<Registered, OAuthError>;

    /// Begins an authorization.
    async fn authorize(&self, asked: Authorize<'_>) -> Result<Begun, Refused>;

    /// What a request asks the person.
    ///
    /// # Errors
    ///
    /// `invalid_input` when the request is unknown, too old, used, or another browser's.
    async fn consent_page(
        &self,
        request: &SecretString,
        browser: &SecretString,
        session: Option<&Session>,
    ) -> Result<ConsentPage, Problem>;

    /// Carries out what the person decided.
    ///
    /// # Errors
    ///
    /// As [`consent_page`](Self::consent_page); `forbidden` for more than they may do themselves.
    async fn decide(
        &self,
        request: &SecretString,
        browser: &SecretString,
        session: Option<&Session>,
        decision: Decision,
    ) -> Result<Next, Problem>;

    /// Goes on with a request whose person has come back from Notion; with the connection, or with why there is none.
    ///
    /// # Errors
    ///
    /// As [`decide`](Self::decide).
    async fn connected(
        &self,
        request: &SecretString,
        browser: &SecretString,
        connected: Result<(PrincipalId, ConnectionId), Code>,
    ) -> Result<Url, Problem>;

    /// Answers with tokens: for a code, a refresh token, or a client's own secret.
    async fn token(&self, issuer: &Url, asked: TokenRequest) -> Result<TokenAnswer, OAuthError>;

    /// Revokes a token (RFC 7009).
    async fn revoke(&self, asked: TokenRequest) -> Result<(), OAuthError>;

    /// Signs a principal in; the session that this browser had ends. Answers what the browser keeps.
    async fn sign_in(
        &self,
        principal: PrincipalId,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem>;

    /// Signs in who shows an API token.
    ///
    /// # Errors
    ///
    /// `unauthenticated` for a token that isn't good.
    async fn sign_in_by_token(
        &self,
        token: &SecretString,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem>;

    /// Signs the operator in by a link, which is used up.
    ///
    /// # Errors
    ///
    /// `unauthenticated` for a link that isn't good.
    async fn sign_in_by_link(
        &self,
        link: &SecretString,
        before: Option<&SecretString>,
    ) -> Result<SecretString, Problem>;

    /// A link that signs the operator in once, within ten minutes: its secret part.
    async fn link(&self) -> Result<SecretString, Problem>;

    /// The session that a browser brought, if it is in force.
    async fn session(&self, cookie: &SecretString) -> Result<Option<Session>, Problem>;

    /// Ends the session, or all of its principal.
    async fn sign_out(&self, cookie: &SecretString, everywhere: bool) -> Result<(), Problem>;

    /// The sessions of a principal, and the grants that they gave.
    async fn account(&self, of: PrincipalId) -> Result<(Vec<SessionRecord>, Vec<ClientGrant>), Problem>;

    /// Ends a grant that the actor gave. False when there is none.
    async fn withdraw(&self, grant: PrincipalId, by: &Actor) -> Result<bool, Problem>;

    /// The grants in force, whoever gave them, newest first.
    async fn grants(&self) -> Result<Vec<ClientGrant>, Problem>;

    /// Ends a grant, whoever gave it. False when there is none in force.
    async fn end_grant(&self, grant: PrincipalId, by: &Actor) -> Result<bool, Problem>;
}
