//! What is answered from memory for a moment, and forgotten when it has changed.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use tokio::sync::watch;
use toolbay_kernel::other_hosts::Change;
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::{Connection, ConnectionId, Principal};

use crate::token::TokenDigest;

/// How long an answer about a token or the list of connections may be used again: what another process revokes is
/// refused here at most this much later. Every call asks both questions, so even this little saves nearly all look-ups.
pub const CACHED: Duration = Duration::from_secs(2);

/// Tokens in use at the same time that are answered from memory.
const CACHED_TOKENS: u64 = 10_000;

/// Pages of connections that are answered from memory: a call needs one connection, or the first few.
const CACHED_PAGES: u64 = 1_000;

/// A token that was found good, as long as the cache keeps it.
pub(crate) struct KnownToken {
    principal: Arc<Principal>,
    expires_at: Option<i64>,
}

impl KnownToken {
    pub(crate) fn new(principal: Arc<Principal>, expires_at: Option<i64>) -> Self {
        Self { principal, expires_at }
    }

    pub(crate) fn principal_at(&self, now: i64) -> Option<Arc<Principal>> {
        self.expires_at.is_none_or(|end| now < end).then(|| Arc::clone(&self.principal))
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_token_ends_when_it_expires() {
        let known = KnownToken { principal: Arc::new(Principal::operator()), expires_at: Some(1_000) };
        assert!(known.principal_at(999).is_some());
        assert!(known.principal_at(1_000).is_none());
        assert!(KnownToken { expires_at: None, ..known }.principal_at(i64::MAX).is_some());
    }
}
