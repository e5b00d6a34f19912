//! What connecting needs from the crates beside this one: Notion's authorization server, and a place to keep things.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use crate::audit::Actor;
use crate::id::{ConnectionId, PrincipalId};
use crate::nonce::NonceDigest;
use crate::ports::StoreError;
use crate::principal::Connection;
use crate::system::System;

/// What an authorization server gives when a person has agreed, or a credential is renewed. The text of `Debug` has no secret.
#[derive(Debug, Clone)]
pub struct Authorized {
    /// The bearer token.
    pub credential: SecretString,
    /// What renews it, once. None when there is none.
    pub refresh_credential: Option<SecretString>,
    /// By whom and to whom it was given, where that is one alone: it goes nowhere else.
    pub origin: Option<Origin>,
    /// How long the bearer token is good for; none when nobody says.
    pub lifetime: Option<Duration>,
    /// What the outside calls this account, the same again when it is connected again: at Notion the id of this person's bot in this
    /// workspace. None when it says nothing: then a person has one account in a workspace there.
    pub account: Option<String>,
    /// Notion's id of the workspace.
    pub workspace_id: Option<String>,
    /// Notion's name of the workspace.
    pub workspace_name: Option<String>,
    /// Who agreed; none when the workspace itself owns the bot.
    pub owner: Option<Owner>,
}

/// By whom and to whom a credential was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The server that it is for.
    pub audience: String,
    /// The authorization server that gave it.
    pub issuer: String,
    /// The client that it was given to.
    pub client: String,
}

/// The person who agreed, as Notion names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Notion's id of their account: the same in every workspace.
    pub id: String,
    /// Their name, without control characters; empty when Notion gives none.
    pub name: String,
}

/// Why the authorization server gave nothing. The texts are for the host's log and hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// The code or the refresh credential is no good any more (`invalid_grant`). That is final.
    #[error("the grant has ended")]
    Ended,
    /// Refused for another reason, such as `invalid_client`; what was sent is as good as before.
    #[error("refused: {0}")]
    Refused(String),
    /// Refused for now (429, 529).
    #[error("no more requests for {} s", .0.as_secs())]
    Busy(Duration),
    /// Certainly not asked: no connection could be made.
    #[error("not reached")]
    Unreachable,
    /// It may or may not have been carried out: 5xx, a timeout, a broken answer.
    #[error("the outcome is unknown")]
    Unknown,
}

/// The authorization server of one system, asked in the name of this host. Every method asks once, and answers within
/// [`REQUEST_TIME`](super::REQUEST_TIME).
#[async_trait]
pub trait AuthorizationServer: Send + Sync {
    /// The server that what it gives is for, where that is one alone.
    fn audience(&self) -> Option<&str> {
        None
    }

    /// Finds out what has to be known before a credential can be renewed. It is done before anybody waits for that.
    async fn prepare(&self) -> Result<(), AuthorizationError> {
        Ok(())
    }

    /// Where a person agrees. `state` comes back with them.
    async fn begin(&self, state: &SecretString) -> Result<AuthorizationPage, AuthorizationError>;

    /// Exchanges what a person came back with; `proof` is what the page was begun with.
    async fn exchange(
        &self,
        agreed: &Agreed,
        proof: Option<&SecretString>,
    ) -> Result<Authorized, AuthorizationError>;

    /// Exchanges a refresh credential for a new pair; each is taken once. `origin` is who gave it.
    async fn renew(
        &self,
        refresh_credential: &SecretString,
        origin: Option<&Origin>,
    ) -> Result<Authorized, AuthorizationError>;

    /// Makes a credential worthless.
    async fn revoke(
        &self,
        credential: &SecretString,
        origin: Option<&Origin>,
    ) -> Result<(), AuthorizationError>;
}

/// A page where a person agrees.
#[derive(Debug, Clone)]
pub struct AuthorizationPage {
    /// Where it is.
    pub url: Url,
    /// What proves at the exchange that it was begun here, such as PKCE's verifier. Nobody else sees it.
    pub proof: Option<SecretString>,
}

/// What a person who agreed comes back with.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// The code to exchange.
    pub code: SecretString,
    /// The server that says so of itself, where one does (RFC 9207).
    pub issuer: Option<String>,
}

/// A credential as it is kept.
#[derive(Debug, Clone)]
pub struct Held {
    pub credential: SecretString,
    /// What the connection is to.
    pub system: System,
    /// By whom and to whom it was given, where that is one alone.
    pub origin: Option<Origin>,
    /// When it was given, where that is known.
    pub given_at: Option<OffsetDateTime>,
    /// The time after which it is no longer good, where that is known.
    pub expires_at: Option<OffsetDateTime>,
    /// Whether it can be renewed.
    pub is_renewable: bool,
    /// Whether it was refused for good to renew it.
    pub is_ended: bool,
}

/// An authorization that somebody began and that waits for the person to come back.
#[derive(Debug, Clone)]
pub struct PendingAuthorization {
    /// What it is for.
    pub purpose: Purpose,
    /// What is connected.
    pub system: System,
    /// What the authorization server wants to see at the exchange.
    pub proof: Option<SecretString>,
    /// What the browser that began it can prove to know.
    pub browser: NonceDigest,
    /// Where the browser goes afterwards.
    pub return_url: Option<Url>,
    /// What the caller wants back with it.
    pub state: Option<String>,
    /// The name that the connection should have.
    pub hint: Option<String>,
}

impl PartialEq for PendingAuthorization {
    fn eq(&self, other: &Self) -> bool {
        let proof = |own: &Self| own.proof.as_ref().map(|proof| proof.expose_secret().to_owned());
        let rest = |own: &Self| (own.purpose, own.system.clone(), own.browser, own.return_url.clone());
        let asked = |own: &Self| (own.state.clone(), own.hint.clone());
        proof(self) == proof(other) && rest(self) == rest(other) && asked(self) == asked(other)
    }
}

/// What an authorization is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To connect a workspace for a principal, who will see the connection.
    Connect(PrincipalId),
    /// To sign in whoever agrees, and to connect the workspace for them.
    SignIn,
}

/// A person who has signed in by Notion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their principal.
    pub id: PrincipalId,
    /// Their name at Notion.
    pub name: String,
}

/// Whose turn it is to renew a connection.
#[derive(Debug)]
pub enum Turn {
    /// The caller's, for the time of the lease.
    Ours(RenewalLease),
    /// Somebody else's, in this process or another.
    Theirs,
    /// Nobody's for now: the last renewal's outcome is unknown.
    Doubtful,
    /// Its credential is not one that can be renewed.
    Fixed,
    /// Notion refused to renew it, for good.
    Ended,
    /// There is no such connection.
    Gone,
}

/// A turn to renew. Nobody else renews the connection while it lasts.
#[derive(Debug, Clone)]
pub struct RenewalLease {
    /// Whose it is: who comes after the lease has run out must not be disturbed by who came before.
    pub holder: Uuid,
    /// Counts the connection's credentials: a new pair replaces only the one that it was made from.
    pub generation: i64,
    /// What the connection is to.
    pub system: System,
    /// What stands for the account.
    pub account: String,
    /// By whom and to whom the pair was given.
    pub origin: Option<Origin>,
    /// The credential at this moment.
    pub credential: SecretString,
    /// What renews it.
    pub refresh_credential: SecretString,
}

/// How a turn ended without a new pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrenewed {
    /// Nothing has changed; the next one may try.
    Unchanged,
    /// For this long nobody tries.
    Doubtful(Duration),
    /// Nobody ever tries again; a person must connect the workspace again.
    Ended,
}

/// What became of a connection that was to be removed.
#[derive(Debug)]
pub enum Removal {
    /// It has gone; with the credential that the outside may be asked to revoke, where it gave one to this host.
    Removed {
        /// What it was to.
        system: System,
        /// By whom and to whom its credential was given.
        origin: Option<Origin>,
        /// What to revoke: what renews it, where there is that.
        credential: Option<SecretString>,
    },
    /// It comes from the environment and can't be removed from here.
    FromEnvironment,
    /// There is no such connection.
    Gone,
}

/// What connecting keeps.
#[async_trait]
pub trait ConnectingStore: Send + Sync {
    /// Keeps an authorization under the digest of its state for `lifetime`. False when the principal, or all who sign in together, have `max`
    /// already.
    async fn begin(
        &self,
        state: NonceDigest,
        pending: &PendingAuthorization,
        lifetime: Duration,
        max: u32,
    ) -> Result<bool, StoreError>;

    /// Takes an authorization out, if it is there and hasn't expired: of two who ask, one gets it.
    async fn take(&self, state: NonceDigest) -> Result<Option<PendingAuthorization>, StoreError>;

    /// The person of an account at Notion; there is one from now on. Their name is kept as it is now.
    async fn person(&self, owner: &Owner) -> Result<Person, StoreError>;

    /// Keeps what a system gave: the connection of the same account gets the new pair, else there is a new connection, named by
    /// the hint, else by the workspace. A principal who may use only certain connections may use this one from now on.
    /// The events come with it.
    async fn adopt(
        &self,
        system: &System,
        authorized: &Authorized,
        by: &Actor,
        hint: Option<&str>,
    ) -> Result<Connection, StoreError>;

    /// The credential of a connection as it is kept; none when the connection has gone.
    async fn held(&self, connection: ConnectionId) -> Result<Option<Held>, StoreError>;

    /// The connections to a system that can be used, those first that were connected or renewed last; at most some.
    async fn latest(&self, system: &System) -> Result<Vec<ConnectionId>, StoreError>;

    /// Asks for the turn to renew, for the time of `lease`.
    async fn turn(&self, connection: ConnectionId, lease: Duration) -> Result<Turn, StoreError>;

    /// Keeps a new pair and ends the lease. False when the connection has another pair by now, or has gone.
    async fn renewed(
        &self,
        connection: ConnectionId,
        lease: &RenewalLease,
        authorized: &Authorized,
        by: &Actor,
    ) -> Result<bool, StoreError>;

    /// Ends a lease without a new pair. That Notion refused for good is an event of the host's.
    async fn unrenewed(
        &self,
        connection: ConnectionId,
        lease: &RenewalLease,
        how: Unrenewed,
    ) -> Result<(), StoreError>;

    /// Removes a connection, its credentials and what plugins kept for it.
    async fn remove(&self, connection: ConnectionId, by: &Actor) -> Result<Removal, StoreError>;
}
