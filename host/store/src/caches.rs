//! What is answered from memory for a moment, and forgotten when it has changed.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use tokio::sync::watch;
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::{Connection, ConnectionId};

use crate::principals::KnownToken;
use crate::store::Store;
use crate::token::TokenDigest;

/// How long an answer about a token or the list of connections may be used again: what another process revokes is
/// refused here at most this much later. Every call asks both questions, so even this little saves nearly all look-ups.
pub const CACHED: Duration = Duration::from_secs(2);

/// Tokens in use at the same time that are answered from memory.
const CACHED_TOKENS: u64 = 10_000;

/// Pages of connections that are answered from memory: a call needs one connection, or the first few.
const CACHED_PAGES: u64 = 1_000;

/// A page of connections: of whose, after which name, and how many.
pub(crate) type PageOf = (Allowed<ConnectionId>, Option<String>, usize);

/// The answers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Caches {
    /// Good tokens alone, by digest: a flood of wrong ones displaces nobody.
    pub(crate) tokens: Cache<TokenDigest, Arc<KnownToken>>,
    /// Pages of connections, by who may see them, after which name, and how many.
    pub(crate) connections: Cache<PageOf, Arc<Vec<Connection>>>,
    /// Counts how often it has changed who may do what, for those who listen as long as they may.
    pub(crate) access: watch::Sender<u64>,
}

impl Caches {
    pub(crate) fn new() -> Self {
        Self {
            tokens: Cache::builder().max_capacity(CACHED_TOKENS).time_to_live(CACHED).build(),
            connections: Cache::builder().max_capacity(CACHED_PAGES).time_to_live(CACHED).build(),
            access: watch::channel(0).0,
        }
    }

    /// Forgets what has changed.
    pub(crate) fn note(&self, change: Change) {
        if matches!(change, Change::Access | Change::Everything) {
            self.tokens.invalidate_all();
            self.access.send_modify(|changes| *changes += 1);
        }
        if matches!(change, Change::Connections | Change::Everything) {
            self.connections.invalidate_all();
        }
    }
}

impl Store {
    /// Somebody may do something else than before: here at once, and in the other hosts as soon as they hear of it.
    pub(crate) async fn changed(&self, change: Change) {
        self.caches.note(change);
        if let Some(others) = &self.other_hosts {
            others.tell_now(change).await;
        }
    }
}
