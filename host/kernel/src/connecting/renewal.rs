//! Renewing a credential: one at a time, kept before it is used, and never on hope.
//!
//! Notion takes a refresh credential once and answers with a new pair; the old one is worthless from then on. So a
//! connection is renewed by one caller at a time, in all processes that share the store, and the new pair is stored before
//! anybody uses it.
//!
//! **When the answer is lost** nobody knows whether the old refresh credential still works. It isn't tried again at once:
//! Notion may still be at work. For [`DOUBT`] nobody renews the connection. After that it is tried again, though only when
//! Notion refuses the credential itself or somebody asks for it: by then nothing can be lost by it. Either Notion never
//! carried the first one out, and it works; or it did, the pair that it gave has reached nobody, and the refusal
//! (`invalid_grant`) says what is true anyway, that a person must connect the workspace again. A process that dies in the
//! middle leaves the same two cases behind, when its lease has run out.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::problem::{busy, refused_for_the_operator, title};
use super::{
    AuthorizationError, AuthorizationServer, Authorized, Connecting, REQUEST_TIME, RenewalLease, Turn,
    Unrenewed, keep,
};
use crate::audit::Actor;
use crate::id::ConnectionId;
use crate::ports::{Credentials, StoreError};
use crate::problem::{Code, Problem};
use crate::system::System;
use crate::upstream::{UpstreamAccounts, UpstreamName};

/// How long a turn lasts: the request's time, and as much again to keep what came of it.
const LEASE: Duration = Duration::from_secs(2 * REQUEST_TIME.as_secs());

/// How long before its end a credential is renewed.
pub const EARLY: Duration = Duration::from_secs(60);

/// How long a caller waits for a renewal while the credential is still good.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long nobody tries after an outcome that is unknown: Notion gives a request up after 60 s.
const DOUBT: Duration = Duration::from_secs(60);

/// How often those who wait for somebody else's turn look. They are few, and it is one row.
const LOOK: Duration = Duration::from_millis(100);

/// Why a credential was not renewed.
#[derive(Debug)]
pub(super) enum NotRenewed {
    /// It is not of the kind that can be.
    Fixed,
    /// Notion refused for good.
    Ended,
    /// The connection has been removed.
    Gone,
    /// The outcome is unknown, of this caller's request or of an earlier one.
    Unknown,
    /// It would be possible another time.
    NotNow(Problem),
}

impl From<StoreError> for NotRenewed {
    fn from(error: StoreError) -> Self {
        Self::NotNow(error.into())
    }
}

#[async_trait]
impl Credentials for Connecting {
    async fn credential(&self, connection: ConnectionId) -> Result<Option<SecretString>, StoreError> {
        self.inner.credentials.credential(connection).await
    }

    /// The credential to send with: one that ends within [`EARLY`], or within half of its time, is renewed first. As long as it is good,
    /// nobody waits long for that.
    async fn fresh(&self, connection: ConnectionId) -> Result<Option<SecretString>, Problem> {
        let Some(held) = self.inner.store.held(connection).await? else { return Ok(None) };
        // The operator may have put another server in its place, or none.
        if held.origin.is_some() || held.system != System::Notion {
            self.server_of(&held.system, held.origin.as_ref())?;
        }
        let Some(end) = held.expires_at.filter(|_| held.is_renewable) else {
            return Ok(Some(held.credential));
        };
        let now = OffsetDateTime::now_utc();
        let half = |given: OffsetDateTime| Duration::try_from((end - given) / 2).ok();
        let half = held.given_at.and_then(half).unwrap_or(EARLY);
        if end > now + EARLY.min(half) {
            return Ok(Some(held.credential));
        }
        let (own, credential) = (self.clone(), held.credential.clone());
        let renewing = tokio::spawn(async move { own.renew(connection, &credential).await });
        let is_good = now < end;
        match tokio::time::timeout(if is_good { PATIENCE } else { LEASE }, renewing).await {
            Ok(Ok(Ok(Some(renewed)))) => Ok(Some(renewed)),
            Ok(Ok(Ok(None))) => Ok(Some(held.credential)),
            _ if is_good => Ok(Some(held.credential)),
            Ok(Ok(Err(problem))) => Err(problem),
            Ok(Err(_)) | Err(_) => {
                Err(Problem::new(Code::UpstreamFailed, "the connection's credential is not renewed yet")
                    .hint("nothing was done; try again in a minute"))
            }
        }
    }

    async fn renew(
        &self,
        connection: ConnectionId,
        refused: &SecretString,
    ) -> Result<Option<SecretString>, Problem> {
        match self.renewed(connection, refused, Actor::host()).await {
            Ok(credential) => Ok(Some(credential)),
            // An account whose credential can't be renewed is opened again by its person.
            Err(NotRenewed::Fixed) if self.is_an_account(connection).await => {
                Err(self.ended(connection).await)
            }
            Err(NotRenewed::Fixed) => Ok(None),
            // What the caller asked Notion for was certainly not done, so this is no `outcome_unknown` of theirs.
            Err(NotRenewed::Unknown) => Err(Problem::new(
                Code::UpstreamFailed,
                "nobody knows yet whether the connection's credential was renewed",
            )
            .hint("nothing was done; try again in a minute")
            .details(serde_json::json!({"retry_after_seconds": DOUBT.as_secs()}))),
            Err(other) => Err(self.problem(connection, other).await),
        }
    }
}

#[async_trait]
impl UpstreamAccounts for Connecting {
    async fn accounts(&self, server: &UpstreamName) -> Result<Vec<ConnectionId>, StoreError> {
        self.inner.store.latest(&System::Upstream(server.clone())).await
    }
}

impl Connecting {
    /// Renews a connection's credential because somebody asks for it.
    ///
    /// # Errors
    ///
    /// `invalid_input` when its credential is not of the kind that can be renewed, `forbidden` when a person must connect
    /// the workspace again, `outcome_unknown` when nobody knows.
    pub async fn refresh(&self, connection: ConnectionId, by: Actor) -> Result<(), Problem> {
        let current = self.inner.credentials.credential(connection).await?;
        let current = current.ok_or_else(removed)?;
        match self.renewed(connection, &current, by).await {
            Ok(_) => Ok(()),
            Err(reason) => Err(self.problem(connection, reason).await),
        }
    }

    /// The credential that comes after `refused`: somebody else's, if there is one by now, or a new one.
    async fn renewed(
        &self,
        connection: ConnectionId,
        refused: &SecretString,
        by: Actor,
    ) -> Result<SecretString, NotRenewed> {
        self.prepared(connection).await?;
        let begun = Instant::now();
        while begun.elapsed() < LEASE {
            match self.inner.store.turn(connection, LEASE).await? {
                Turn::Ours(lease) => return self.take_turn(connection, lease, refused.clone(), by).await,
                Turn::Theirs => tokio::time::sleep(LOOK).await,
                Turn::Doubtful => return Err(NotRenewed::Unknown),
                Turn::Fixed => return Err(NotRenewed::Fixed),
                Turn::Ended => return Err(NotRenewed::Ended),
                Turn::Gone => return Err(NotRenewed::Gone),
            }
        }
        let problem =
            Problem::new(Code::UpstreamFailed, "renewing the connection's credential takes too long");
        Err(NotRenewed::NotNow(problem.hint("nothing was done; try again in a minute")))
    }

    /// Whether the outside lets this host in by a connection, as far as is known without asking.
    ///
    /// # Errors
    ///
    /// `not_found` when it has gone, `forbidden` when a person must connect it again.
    pub async fn check(&self, connection: ConnectionId) -> Result<(), Problem> {
        match self.inner.store.held(connection).await? {
            None => Err(removed()),
            Some(held) if held.is_ended => Err(self.ended(connection).await),
            Some(_) => Ok(()),
        }
    }

    /// Finds out what has to be known of the authorization server before the turn to renew begins: its time is for one request.
    async fn prepared(&self, connection: ConnectionId) -> Result<(), NotRenewed> {
        let Some(held) = self.inner.store.held(connection).await? else { return Err(NotRenewed::Gone) };
        let Some(server) = self.inner.servers.read().get(&held.system).cloned() else { return Ok(()) };
        server.prepare().await.map_err(|error| {
            tracing::warn!(%connection, %error, "connecting.not_prepared");
            let message = format!("{} can't be asked for a new credential", title(&held.system));
            NotRenewed::NotNow(Problem::new(Code::UpstreamFailed, message).hint("try again in a minute"))
        })
    }

    async fn is_an_account(&self, connection: ConnectionId) -> bool {
        let held = self.inner.store.held(connection).await.ok().flatten();
        held.is_some_and(|held| held.system != System::Notion)
    }

    /// In a task of its own: a caller who goes away must not take a pair along that Notion has just given.
    async fn take_turn(
        &self,
        connection: ConnectionId,
        lease: RenewalLease,
        refused: SecretString,
        by: Actor,
    ) -> Result<SecretString, NotRenewed> {
        let connecting = self.clone();
        let turn = tokio::spawn(async move { connecting.under(connection, &lease, &refused, &by).await });
        turn.await.unwrap_or_else(|_| {
            Err(NotRenewed::NotNow(Problem::new(
                Code::Failed,
                "the host failed while it renewed a credential",
            )))
        })
    }

    async fn under(
        &self,
        connection: ConnectionId,
        lease: &RenewalLease,
        refused: &SecretString,
        by: &Actor,
    ) -> Result<SecretString, NotRenewed> {
        // Who was before us has renewed it, between our refusal and our turn.
        if lease.credential.expose_secret() != refused.expose_secret() {
            self.give_back(connection, lease, Unrenewed::Unchanged).await;
            return Ok(lease.credential.clone());
        }
        // What renews it goes to no other server than the one that gave it.
        let server = self.server_of(&lease.system, lease.origin.as_ref());
        let server = match server {
            Ok(server) => server,
            Err(problem) => {
                self.give_back(connection, lease, Unrenewed::Unchanged).await;
                return Err(NotRenewed::NotNow(problem));
            }
        };
        match self.ask(server.as_ref(), connection, lease, by).await {
            Ok(credential) => Ok(credential),
            Err(error) => {
                tracing::warn!(%connection, %error, "connecting.not_renewed");
                let (how, reason) = match error {
                    AuthorizationError::Ended => (Unrenewed::Ended, NotRenewed::Ended),
                    AuthorizationError::Unknown => (Unrenewed::Doubtful(DOUBT), NotRenewed::Unknown),
                    AuthorizationError::Refused(error) => (
                        Unrenewed::Unchanged,
                        NotRenewed::NotNow(refused_for_the_operator(&lease.system, &error)),
                    ),
                    AuthorizationError::Busy(wait) => {
                        (Unrenewed::Unchanged, NotRenewed::NotNow(busy(&lease.system, wait)))
                    }
                    AuthorizationError::Unreachable => {
                        let problem = {
                            let message = format!("{} can't be reached", title(&lease.system));
                            Problem::new(Code::UpstreamFailed, message)
                        };
                        (Unrenewed::Unchanged, NotRenewed::NotNow(problem.hint("try again in a minute")))
                    }
                };
                self.give_back(connection, lease, how).await;
                Err(reason)
            }
        }
    }

    /// Asks for a new pair, and keeps it before anybody sees it.
    async fn ask(
        &self,
        server: &dyn AuthorizationServer,
        connection: ConnectionId,
        lease: &RenewalLease,
        by: &Actor,
    ) -> Result<SecretString, AuthorizationError> {
        let authorized = server.renew(&lease.refresh_credential, lease.origin.as_ref()).await?;
        // An MCP server says who it is in many words, and a pair that it gave can't be had again.
        let is_other = |account: &String| lease.system == System::Notion && *account != lease.account;
        if authorized.account.as_ref().is_some_and(is_other) {
            tracing::error!(%connection, "connecting.pair_of_another_account");
            return Err(AuthorizationError::Unknown);
        }
        match keep(|| self.inner.store.renewed(connection, lease, &authorized, by)).await {
            Ok(true) => {
                tracing::info!(%connection, "connecting.renewed");
                Ok(authorized.credential)
            }
            Ok(false) => self.superseded(connection, &lease.system, &authorized).await,
            Err(error) => {
                // The pair is lost. What is stored is of no use any more, but that is for Notion to say.
                tracing::error!(%connection, %error, "connecting.pair_lost");
                Err(AuthorizationError::Unknown)
            }
        }
    }

    /// While Notion answered, the workspace was connected anew, or the connection removed.
    async fn superseded(
        &self,
        connection: ConnectionId,
        system: &System,
        authorized: &Authorized,
    ) -> Result<SecretString, AuthorizationError> {
        match self.inner.credentials.credential(connection).await {
            Ok(Some(newer)) => Ok(newer),
            Ok(None) => {
                self.revoke_unheld(system, authorized).await;
                Err(AuthorizationError::Ended)
            }
            Err(_) => Err(AuthorizationError::Unknown),
        }
    }

    /// What fails here ends by itself, with the lease.
    async fn give_back(&self, connection: ConnectionId, lease: &RenewalLease, how: Unrenewed) {
        if let Err(error) = self.inner.store.unrenewed(connection, lease, how).await {
            tracing::warn!(%connection, %error, "connecting.lease_not_ended");
        }
    }

    async fn problem(&self, connection: ConnectionId, reason: NotRenewed) -> Problem {
        match reason {
            NotRenewed::Fixed => {
                Problem::new(Code::InvalidInput, "this connection's credential is not one that can be renewed")
                    .hint("an integration's token works until its owner changes it; then add it again: toolbay connection add")
            }
            NotRenewed::Ended => self.ended(connection).await,
            NotRenewed::Gone => removed(),
            NotRenewed::Unknown => {
                Problem::new(Code::OutcomeUnknown, "nobody knows whether the credential was renewed").hint(
                    "wait a minute, then use the connection: if its credential no longer works, it is renewed then",
                )
            }
            NotRenewed::NotNow(problem) => problem,
        }
    }

    /// The refusal for a connection that a person has to make again, with the address where that begins.
    async fn ended(&self, connection: ConnectionId) -> Problem {
        let address = &self.inner.settings.public_url;
        // What it was to is a part of the words alone: one that can't be read is Notion's, as nearly all are.
        let held = self.inner.store.held(connection).await.ok().flatten();
        match held.map(|held| held.system).unwrap_or_default() {
            System::Notion => Problem::new(Code::Forbidden, "Notion no longer lets this host into the workspace")
                .hint(format!(
                    "connect it again: the console at {address} has a button for it, and GET {address}oauth/start begins it too"
                )),
            System::Upstream(name) => {
                let message = format!("the MCP server `{name}` no longer lets this host into the account");
                let url = self.start_url(&System::Upstream(name.clone()));
                Problem::new(Code::Forbidden, message)
                    .hint(format!("connect it again: {url}"))
                    .details(serde_json::json!({"reconnect_url": url}))
            }
        }
    }
}

fn removed() -> Problem {
    Problem::new(Code::NotFound, "the connection has been removed")
}
