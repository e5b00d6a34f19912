//! What connecting needs from the crates beside this one: Notion's authorization server, and a place to keep things.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use crate::audit::Actor;
use crate::id::{ConnectionId, PrincipalId};
use crate::nonce::NonceDigest;
use crate::ports::StoreError;
use crate::principal::Connection;

/// What Notion gives when a person has agreed, or a credential is renewed. The text of `Debug` has no secret.
#[derive(Debug, Clone)]
pub struct Authorized {
    /// The bearer token for the API.
    pub credential: SecretString,
    /// What renews it, once. None when Notion gives none.
    pub refresh_credential: Option<SecretString>,
    /// Notion's id of this person's bot in this workspace: the same again when they connect again.
    pub bot_id: String,
    /// Notion's id of the workspace.
    pub workspace_id: Option<String>,
    /// Notion's name of the workspace.
    pub workspace_name: Option<String>,
    /// Who agreed; none when the workspace itself owns the bot.
    pub owner: Option<Owner>,
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

/// Notion's authorization server, asked in the name of this host's public integration. Every method asks once, and
/// answers within [`REQUEST_TIME`](super::REQUEST_TIME).
#[async_trait]
pub trait AuthorizationServer: Send + Sync {
    /// Where a person agrees. `state` comes back with them.
    fn authorize_url(&self, state: &SecretString) -> Url;

    /// Exchanges the code that a person came back with.
    async fn exchange(&self, code: &SecretString) -> Result<Authorized, AuthorizationError>;

    /// Exchanges a refresh credential for a new pair; Notion takes each once.
    async fn renew(&self, refresh_credential: &SecretString) -> Result<Authorized, AuthorizationError>;

    /// Makes a credential worthless at Notion.
    async fn revoke(&self, credential: &SecretString) -> Result<(), AuthorizationError>;
}

/// An authorization that somebody began and that waits for the person to come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// What it is for.
    pub purpose: Purpose,
    /// What the browser that began it can prove to know.
    pub browser: NonceDigest,
    /// Where the browser goes afterwards.
    pub return_url: Option<Url>,
    /// What the caller wants back with it.
    pub state: Option<String>,
    /// The name that the connection should have.
    pub hint: Option<String>,
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
    /// Notion's id of the bot.
    pub bot_id: String,
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
    /// It has gone; with the credential that Notion may be asked to revoke, where it gave one to this integration.
    Removed(Option<SecretString>),
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

    /// Keeps what Notion gave: the connection of the same bot gets the new pair, else there is a new connection, named by
    /// the hint, else by the workspace. A principal who may use only certain connections may use this one from now on.
    /// The events come with it.
    async fn adopt(
        &self,
        authorized: &Authorized,
        by: &Actor,
        hint: Option<&str>,
    ) -> Result<Connection, StoreError>;

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
