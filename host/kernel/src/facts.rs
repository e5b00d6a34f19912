//! Where objects are, as the gate has read it lately.
//!
//! A fact is read for a principal who is narrowed to parts of a workspace, and is about the connection, whoever asked. An
//! object that somebody moved elsewhere stays what it was until its fact has aged; writes take no fact that was read
//! before them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::cache::CacheOwner;
use crate::narrowing::{Fact, Object};
use crate::problem::Problem;

/// How long a read believes where an object is. As long may something stay visible that was moved out of a part, and stay
/// hidden that was moved into it.
pub const MAX_FACT_AGE: Duration = Duration::from_secs(30);

/// Facts that are kept: a few hundred bytes each, so some ten megabytes.
const MAX_FACTS: u64 = 50_000;

/// How long the outside's words for what isn't there are kept: they change when somebody renames the integration.
const WORDS_FOR: Duration = Duration::from_secs(3_600);

/// Words that are kept: one for each kind of object of a connection.
const MAX_WORDS: u64 = 10_000;

/// What is known of where objects are.
pub(crate) struct Facts {
    facts: Cache<(CacheOwner, Object), (Instant, Arc<Fact>)>,
    words: Cache<(CacheOwner, &'static str), Problem>,
}

impl Facts {
    pub(crate) fn new() -> Self {
        Self {
            facts: Cache::builder().max_capacity(MAX_FACTS).time_to_live(MAX_FACT_AGE).build(),
            words: Cache::builder().max_capacity(MAX_WORDS).time_to_live(WORDS_FOR).build(),
        }
    }

    /// The fact of an object that was read at this time or later.
    pub(crate) fn get(
        &self,
        owner: CacheOwner,
        object: &Object,
        since: Option<Instant>,
    ) -> Option<Arc<Fact>> {
        let (read_at, fact) = self.facts.get(&(owner, object.clone()))?;
        since.is_none_or(|since| read_at >= since).then_some(fact)
    }

    /// Keeps what a request told that was sent at this time.
    pub(crate) fn keep(&self, owner: CacheOwner, object: Object, asked_at: Instant, fact: Arc<Fact>) {
        self.facts.insert((owner, object), (asked_at, fact));
    }

    /// Forgets where these are, since something was done to them.
    pub(crate) fn forget(&self, owner: CacheOwner, kinds: &[&'static str], ids: &[String]) {
        for (kind, id) in kinds.iter().flat_map(|kind| ids.iter().map(move |id| (kind, id))) {
            self.facts.invalidate(&(owner, Object::place(kind, id.clone())));
            self.facts.invalidate(&(owner, Object::rule(kind, id.clone())));
        }
    }

    /// What the outside says of an object of this kind that isn't there.
    pub(crate) fn words(&self, owner: CacheOwner, kind: &'static str) -> Option<Problem> {
        self.words.get(&(owner, kind))
    }

    pub(crate) fn keep_words(&self, owner: CacheOwner, kind: &'static str, said: &Problem) {
        self.words.insert((owner, kind), said.clone());
    }
}
