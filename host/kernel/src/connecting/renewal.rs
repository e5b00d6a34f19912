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

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use super::problem::{busy, refused_for_the_operator, title};
use super::{
    AuthorizationError, AuthorizationServer, Connecting, REQUEST_TIME, RenewalLease, Turn, Unrenewed, keep,
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

    /// The credential to send with: one that ends within [`EARLY`] is renewed first. As long as it is good, a renewal that doesn't come
    /// about keeps nobody from using it.
    async fn fresh(&self, connection: ConnectionId) -> Result<Option<SecretString>, Problem> {
        let Some(held) = self.inner.store.held(connection).await? else { return Ok(None) };
        // The operator has put another server in its place, or none.
        let server = self.inner.servers.get(&held.system);
        if held.audience.is_some() && held.audience.as_deref() != server.and_then(|server| server.audience())
        {
            return Err(self.ended(connection).await);
        }
        let now = OffsetDateTime::now_utc();
        let is_ending = held.is_renewable && held.expires_at.is_some_and(|end| end <= now + EARLY);
        if !is_ending {
            return Ok(Some(held.credential));
        }
        match self.renew(connection, &held.credential).await {
            Ok(Some(renewed)) => Ok(Some(renewed)),
            Ok(None) => Ok(Some(held.credential)),
            Err(_) if held.expires_at.is_some_and(|end| now < end) => Ok(Some(held.credential)),
            Err(problem) => Err(problem),
        }
    }

    async fn renew(
        &self,
        connection: ConnectionId,
        refused: &SecretString,
    ) -> Result<Option<SecretString>, Problem> {
        match self.renewed(connection, refused, Actor::host()).await {
            Ok(credential) => Ok(Some(credential)),
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
    async fn any_account(&self, server: &UpstreamName) -> Result<Option<ConnectionId>, StoreError> {
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
        let server = match self.inner.store.held(connection).await {
            Ok(held) => self.server_of(&lease.system, held.and_then(|held| held.audience).as_deref()),
            Err(error) => Err(error.into()),
        };
        let server = match server {
            Ok(server) => Arc::clone(server),
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
        let authorized = server.renew(&lease.refresh_credential).await?;
        if authorized.account_at(&lease.system).is_some_and(|account| account != lease.account) {
            tracing::error!(%connection, "connecting.pair_of_another_account");
            return Err(AuthorizationError::Unknown);
        }
        match keep(|| self.inner.store.renewed(connection, lease, &authorized, by)).await {
            Ok(true) => {
                tracing::info!(%connection, "connecting.renewed");
                Ok(authorized.credential)
            }
            Ok(false) => self.superseded(connection, &lease.system, &authorized.credential).await,
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
        credential: &SecretString,
    ) -> Result<SecretString, AuthorizationError> {
        match self.inner.credentials.credential(connection).await {
            Ok(Some(newer)) => Ok(newer),
            Ok(None) => {
                self.revoke_unheld(system, credential).await;
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
                let url = format!("{address}oauth/start?upstream={name}");
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
