//! What is known to have been made, so that no two writes are taken to have made the same thing.

use std::time::Duration;

use moka::sync::Cache;
use time::OffsetDateTime;

use crate::egress::Named;
use crate::recovery::{Earlier, below};

/// Ids that are kept.
const MAX_IDS: u64 = 100_000;

/// How long they are: longer than any probe asks for what is new.
const KEPT_FOR: Duration = Duration::from_secs(26 * 3_600);

/// What writes were answered with.
pub(crate) struct Claims {
    /// Their ids: a probe doesn't take one of these for what another write has made.
    ids: Cache<String, ()>,
    /// The last call of an earlier process: of what that made, not everything is known.
    earlier: Option<OffsetDateTime>,
    /// Since when it is known what was recorded as made; none when nothing was made before.
    known_from: Option<OffsetDateTime>,
}

impl Claims {
    pub(crate) fn new() -> Self {
        let ids = Cache::builder().max_capacity(MAX_IDS).time_to_live(KEPT_FOR).build();
        Self { ids, earlier: None, known_from: None }
    }

    /// Adds what was made before this process began.
    pub(crate) fn add_earlier(&mut self, earlier: Earlier) {
        for id in earlier.ids {
            self.ids.insert(id, ());
        }
        self.earlier = earlier.until;
        self.known_from = earlier.from;
    }

    /// Takes what an answer names as that of one write; false when it was another's already.
    pub(crate) fn claim(&self, named: &Named) -> bool {
        let mut is_own = true;
        // Every id is kept, also after one that was known.
        for id in &named.ids {
            is_own &= self.ids.entry(id.clone()).or_insert(()).is_fresh();
        }
        for id in &named.unnamed_below {
            self.ids.insert(below(id), ());
        }
        is_own
    }

    /// Gives ids back that were taken for nothing.
    pub(crate) fn release(&self, ids: &[String]) {
        for id in ids {
            self.ids.invalidate(id);
        }
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    /// Whether all that was recorded as made since then is known: else it could be taken for what a lost write made.
    pub(crate) fn cover(&self, since: OffsetDateTime) -> bool {
        let kept_from = OffsetDateTime::now_utc() - KEPT_FOR;
        kept_from <= since && self.known_from.is_none_or(|from| from <= since)
    }

    /// Whether everything is known that this installation has made since then.
    pub(crate) fn know_since(&self, since: OffsetDateTime) -> bool {
        self.earlier.is_none_or(|until| until < since)
    }
}
