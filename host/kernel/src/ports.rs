//! What the kernel needs from the crates beside it.
//!
//! Each port is small, and says what a failure means, so that the door and the gate can decide without knowing what is
//! behind it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::watch;

use crate::audit::{Event, OwnEvents, RecordedEvent};
use crate::capability::CapabilityName;
use crate::egress::BudgetKey;
use crate::id::{ConnectionId, PrincipalId};
use crate::name::PluginName;
use crate::principal::{Allowed, Connection, Principal};
use crate::problem::Problem;
use crate::run::Priority;
pub use crate::store_error::{StoreError, StoreErrorKind};
use crate::system::System;

/// Who is behind a bearer token.
#[async_trait]
pub trait Principals: Send + Sync {
    /// The principal, or none when the token is unknown, expired or revoked.
    async fn authenticate(&self, token: &SecretString) -> Result<Option<Arc<Principal>>, StoreError>;

    /// The principal of an id, for what is done in their name later; none when their token has expired or was revoked.
    async fn principal(&self, id: PrincipalId) -> Result<Option<Arc<Principal>>, StoreError>;

    /// Counts how often it has changed who may do what, where that is known: whoever was let in for long is looked at again then.
    fn changes(&self) -> Option<watch::Receiver<u64>> {
        None
    }
}

/// The Notion workspaces that have been authorised. There may be many, and nobody is given all of them at once.
#[async_trait]
pub trait Connections: Send + Sync {
    /// Those to Notion among `allowed` whose name comes after `after`, by name, at most `max`. Credentials are not included.
    async fn page(
        &self,
        allowed: &Allowed<ConnectionId>,
        after: Option<&str>,
        max: usize,
    ) -> Result<Vec<Connection>, StoreError>;

    /// One of them, if it is there and among `allowed`. A connection that a person opened for themselves isn't among all of
    /// them, here and in a page: it is named, or it is none of the caller's.
    async fn connection(
        &self,
        allowed: &Allowed<ConnectionId>,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        if !allowed.contains(&id) {
            return Ok(None);
        }
        Ok(self.page(&Allowed::Only([id].into()), None, 1).await?.pop())
    }

    /// One of them by its name, which no two have; else the only one that is called so in other letters, or whose workspace is.
    /// Among the first thousand.
    async fn named(
        &self,
        allowed: &Allowed<ConnectionId>,
        name: &str,
    ) -> Result<Option<Connection>, StoreError> {
        const PAGE: usize = 100;
        let mut all = Vec::new();
        for _ in 0..10 {
            let after = all.last().map(|last: &Connection| last.name.clone());
            let page = self.page(allowed, after.as_deref(), PAGE).await?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                break;
            }
        }
        if let Some(exact) = all.iter().find(|connection| connection.name == name) {
            return Ok(Some(exact.clone()));
        }
        let wanted = name.to_lowercase();
        let is_called = |name: &str| name.to_lowercase() == wanted;
        let mut alike = all.into_iter().filter(|connection| {
            is_called(&connection.name) || connection.workspace_name.as_deref().is_some_and(is_called)
        });
        let first = alike.next();
        Ok(first.filter(|_| alike.next().is_none()))
    }

    /// The accounts at MCP servers that are a principal's own, or that they are allowed by name; at most `max`. What a principal is allowed
    /// as all connections holds none of them: an account is its owner's.
    async fn accounts(&self, principal: &Principal, max: usize) -> Result<Vec<Connection>, StoreError> {
        let page = self.page(&principal.connections, None, max).await?;
        Ok(page.into_iter().filter(|connection| connection.system != System::Notion).collect())
    }

    /// The one that a call works on that names none of several; none unless there is such a one among `allowed`.
    async fn default_of(&self, _allowed: &Allowed<ConnectionId>) -> Result<Option<Connection>, StoreError> {
        Ok(None)
    }
}

/// What the host stands on: whether it can serve.
#[async_trait]
pub trait Ground: Send + Sync {
    /// Whether everything is there.
    ///
    /// # Errors
    ///
    /// `unavailable`, with what is missing; the text names no path, since anybody may ask.
    async fn check(&self) -> Result<(), Problem>;
}

/// Gives the gate, and nobody else, the credential of a connection.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The secret that a connection's requests are sent with, or none when the connection has gone.
    async fn credential(&self, connection: ConnectionId) -> Result<Option<SecretString>, StoreError>;

    /// The same for sending a request with it: one that is about to end is renewed first.
    ///
    /// # Errors
    ///
    /// When it has ended and there is no other, or the store fails.
    async fn fresh(&self, connection: ConnectionId) -> Result<Option<SecretString>, Problem> {
        Ok(self.credential(connection).await?)
    }

    /// The one that comes after one that was refused; none when this one was for good.
    ///
    /// # Errors
    ///
    /// When there will be another, and not now, or when a person must connect the workspace again.
    async fn renew(
        &self,
        _connection: ConnectionId,
        _refused: &SecretString,
    ) -> Result<Option<SecretString>, Problem> {
        Ok(None)
    }
}

/// What operators granted to plugins.
#[async_trait]
pub trait Grants: Send + Sync {
    /// The capabilities of every plugin that has any.
    async fn grants(&self) -> Result<HashMap<PluginName, BTreeSet<CapabilityName>>, StoreError>;
}

/// Small durable values of plugins, each private to a plugin and a connection.
#[async_trait]
pub trait PluginState: Send + Sync {
    /// The value of a key.
    async fn get(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
    ) -> Result<Option<Value>, StoreError>;

    /// Sets a key. False when that would be one key more than `max_keys`.
    async fn put(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
        value: &Value,
        max_keys: u32,
    ) -> Result<bool, StoreError>;

    /// Removes a key, if it is there.
    async fn remove(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        key: &str,
    ) -> Result<(), StoreError>;

    /// The keys that begin with `prefix`, in order, at most `max`.
    async fn keys(
        &self,
        plugin: &PluginName,
        connection: ConnectionId,
        prefix: &str,
        max: u32,
    ) -> Result<Vec<String>, StoreError>;
}

/// The audit's sequence of events.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends an event. What is recorded before it is done isn't done when this fails.
    async fn append(&self, event: &Event) -> Result<(), StoreError>;
}

/// What a principal may read of the audit: their own events.
#[async_trait]
pub trait OwnAudit: Send + Sync {
    /// The events that this principal made, newest first. One whose content was removed isn't among them.
    async fn own_events(
        &self,
        principal: PrincipalId,
        wanted: &OwnEvents,
    ) -> Result<Vec<RecordedEvent>, StoreError>;
}

/// A slot in a budget; dropping it gives back what bounds the requests in flight.
pub struct Permit(#[expect(dead_code, reason = "held for its drop alone")] Option<Box<dyn Send + Sync>>);

impl Permit {
    /// A permit that gives `held` back when the request has ended.
    #[must_use]
    pub fn holding(held: impl Send + Sync + 'static) -> Self {
        Self(Some(Box::new(held)))
    }

    /// A permit that bounds nothing.
    #[must_use]
    pub fn unbounded() -> Self {
        Self(None)
    }
}

/// Keeps the requests of each budget of an egress within it.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Waits for a slot in a budget, at most until `deadline`. The slot is held as long as the permit: requests in flight
    /// are bounded too. Interactive requests go before those of the background, and find a part of the budget that those
    /// never take.
    ///
    /// # Errors
    ///
    /// `rate_limited`, with the wait that would have been needed, when the deadline comes first. It answers at once
    /// when it already knows that the wait is too long.
    async fn acquire(
        &self,
        budget: &BudgetKey,
        priority: Priority,
        deadline: Instant,
    ) -> Result<Permit, Problem>;

    /// The outside said to wait: no request of the budget passes before then.
    fn pause(&self, budget: &BudgetKey, wait: Duration);
}
