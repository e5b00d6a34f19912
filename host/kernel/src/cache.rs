//! What the gate remembers of Notion: schemas and people, which are asked for before nearly every write and change rarely.
//!
//! A provider says how old an answer may be; without that it gets a fresh one. A write that changes schemas makes the
//! gate forget the connection's answers, and so does a write that Notion refuses: what it was made from may be out of
//! date. Changes from elsewhere, and those of another process on the same connection, show when the answer has aged.

use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::id::ConnectionId;
use crate::problem::{Code, Problem};
use crate::request::{CachePolicy, NotionResponse, ResolvedRequest};

/// How long an answer is kept at most, whatever a provider says.
pub const MAX_CACHE_AGE: Duration = Duration::from_secs(600);

/// Bytes of all answers together. A large schema has about 50 KB, so that hundreds fit.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Connections whose count of changes is remembered.
const MAX_CONNECTIONS: u64 = 10_000;

/// An answer, or that there is nothing: looking up what isn't there costs a request too.
type Answer = Result<NotionResponse, Problem>;

/// Which answer. An older count of changes is never asked for again, which is how answers are forgotten: also those
/// that were under way when the change was made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    connection: ConnectionId,
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
    changes: Cache<ConnectionId, u64>,
}

/// The place of one answer.
pub(crate) struct CacheKey(Key);

impl GateCache {
    pub(crate) fn new() -> Self {
        let weigh = |key: &Key, kept: &Kept| {
            let body = kept.answer.as_ref().map_or(200, |response| size(&response.body));
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

    /// The place of this request's answer; none when such answers aren't kept.
    pub(crate) fn key(&self, connection: ConnectionId, request: &ResolvedRequest) -> Option<CacheKey> {
        if request.route.cache != CachePolicy::Keeps {
            return None;
        }
        let changes = self.changes.get(&connection).unwrap_or(0);
        let mut address = request.segments.join("/");
        for (name, value) in &request.query {
            address.push_str(&format!("&{name}={value}"));
        }
        Some(CacheKey(Key { connection, changes, address }))
    }

    /// The answer, when there is one that is young enough.
    pub(crate) fn recall(&self, key: &CacheKey, max_age: Duration) -> Option<Answer> {
        let kept = self.answers.get(&key.0)?;
        (kept.at.elapsed() <= max_age).then_some(kept.answer)
    }

    /// Keeps an answer, unless it says nothing for sure.
    pub(crate) fn keep(&self, key: CacheKey, answer: &Answer) {
        let is_sure = answer.as_ref().map_or_else(|problem| problem.code == Code::NotFound, |_| true);
        if is_sure {
            self.answers.insert(key.0, Kept { at: Instant::now(), answer: answer.clone() });
        }
    }

    /// Forgets what was kept for a connection.
    pub(crate) fn forget(&self, connection: ConnectionId) {
        let changes = self.changes.get(&connection).unwrap_or(0);
        self.changes.insert(connection, changes.wrapping_add(1));
    }
}

/// About how many bytes a value holds.
fn size(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::String(text) => 32 + text.len(),
        Value::Array(items) => 32 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => {
            64 + members.iter().map(|(name, value)| 32 + name.len() + size(value)).sum::<usize>()
        }
        _ => 32,
    }
}
