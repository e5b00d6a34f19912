//! Answers that the gate keeps, such as schemas and people: asked for before nearly every write, and changed rarely.
//!
//! An egress says which answers may be kept. A provider says how old an answer may be; without that it gets a fresh one. A
//! write that changes what is kept makes the gate forget the connection's answers, and so does a write that is refused:
//! what it was made from may be out of date. Changes from elsewhere, and those of another process on the same connection, show when the answer has aged.

use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::id::ConnectionId;
use crate::problem::{Code, Problem};
use crate::request::{CachePolicy, ResolvedRequest, Response};

/// How long an answer is kept at most, whatever a provider says.
pub const MAX_CACHE_AGE: Duration = Duration::from_secs(600);

/// Bytes of all answers together. A large schema has about 50 KB, so that hundreds fit.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Connections whose count of changes is remembered.
const MAX_CONNECTIONS: u64 = 10_000;

/// An answer, or that there is nothing: looking up what isn't there costs a request too.
type Answer = Result<Response, Problem>;

/// Whose answers they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CacheOwner {
    pub(crate) egress: &'static str,
    pub(crate) connection: Option<ConnectionId>,
}

/// Which answer. An older count of changes is never asked for again, which is how answers are forgotten: also those
/// that were under way when the change was made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    owner: CacheOwner,
    changes: u64,
    address: String,
}

#[derive(Clone)]
struct Kept {
    at: Instant,
    answer: Answer,
}

/// The answers that may be given again.
pub(crate) struct GateCache {
    answers: Cache<Key, Kept>,
    changes: Cache<CacheOwner, u64>,
}

/// The key of one answer.
pub(crate) struct CacheKey(Key);

impl GateCache {
    pub(crate) fn new() -> Self {
        let weigh = |key: &Key, kept: &Kept| {
            let body = kept.answer.as_ref().map_or(200, |response| response.body.text().len());
            u32::try_from(key.address.len() + body).unwrap_or(u32::MAX)
        };
        Self {
            answers: Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weigh)
                .time_to_live(MAX_CACHE_AGE)
                .build(),
            // Forgetting a count would bring old answers back, so it outlives every answer.
            changes: Cache::builder().max_capacity(MAX_CONNECTIONS).time_to_idle(MAX_CACHE_AGE * 2).build(),
        }
    }

    /// The key of this request's answer; none when such answers aren't kept.
    pub(crate) fn key(&self, owner: CacheOwner, request: &ResolvedRequest) -> Option<CacheKey> {
        let CachePolicy::Keeps(address) = &request.cache else { return None };
        let changes = self.changes.get(&owner).unwrap_or(0);
        Some(CacheKey(Key { owner, changes, address: address.clone() }))
    }

    /// The answer, when there is one that is young enough.
    pub(crate) fn recall(&self, key: &CacheKey, max_age: Duration) -> Option<Answer> {
        let kept = self.answers.get(&key.0)?;
        (kept.at.elapsed() <= max_age).then(|| unread(&kept.answer))
    }

    /// Keeps an answer, unless it says nothing for sure.
    pub(crate) fn keep(&self, key: CacheKey, answer: &Answer) {
        let is_sure = answer.as_ref().map_or_else(|problem| problem.code == Code::NotFound, |_| true);
        if is_sure {
            self.answers.insert(key.0, Kept { at: Instant::now(), answer: unread(answer) });
        }
    }

    /// Forgets what was kept for somebody.
    pub(crate) fn forget(&self, owner: CacheOwner) {
        let changes = self.changes.get(&owner).unwrap_or(0);
        self.changes.insert(owner, changes.wrapping_add(1));
    }
}

/// An answer as it is kept: the text alone, which is what it weighs.
fn unread(answer: &Answer) -> Answer {
    answer
        .as_ref()
        .map(|response| Response { status: response.status, body: response.body.unread() })
        .map_err(Problem::clone)
}
