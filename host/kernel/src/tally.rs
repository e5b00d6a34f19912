//! How often each tool was called since the host began, and what came of it.
//!
//! A call costs a look at a map that is hardly ever changed, and a few additions. Only names of the catalog are counted, so that
//! callers can't make the map grow.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use time::OffsetDateTime;

use crate::name::ToolName;
use crate::problem::Code;

/// How many tools are told by their names where each name costs something, as in a database of metrics.
pub const MAX_NAMED: usize = 500;

/// What is counted of one tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// All calls that have come to an end.
    pub calls: u64,
    /// Those that came to no answer, by the code that their callers read, in the order of [`Code::ALL`].
    by_code: [u64; Code::ALL.len()],
    pub total_ms: u64,
    pub max_ms: u64,
    /// CPU time of its plugin.
    pub cpu: Duration,
    /// The most memory that a call of its plugin had, in bytes.
    pub max_memory_bytes: u64,
    /// Whether it is told by its name where each name costs something. So are the first [`MAX_NAMED`] tools that were called.
    pub is_named: bool,
    /// When the last one ended.
    pub last_at: Option<OffsetDateTime>,
}

impl Counts {
    /// Calls that came to an answer.
    #[must_use]
    pub fn succeeded(&self) -> u64 {
        self.calls.saturating_sub(self.by_code.iter().sum())
    }

    /// Those that the host, the tool or the outside refused for what was asked, or for who asked.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.of(Class::Refused)
    }

    /// Those that failed though nothing was wrong with what was asked.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.of(Class::Failed)
    }

    /// Those whose caller left, or that were stopped.
    #[must_use]
    pub fn cancelled(&self) -> u64 {
        self.of(Class::Cancelled)
    }

    /// How many ended with each code.
    pub fn by_code(&self) -> impl Iterator<Item = (Code, u64)> {
        Code::ALL.into_iter().zip(self.by_code)
    }

    fn of(&self, wanted: Class) -> u64 {
        self.by_code().filter(|(code, _)| class(*code) == wanted).map(|(_, count)| count).sum()
    }

    /// The counts of both together.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        let mut by_code = self.by_code;
        by_code.iter_mut().zip(other.by_code).for_each(|(mine, more)| *mine += more);
        Self {
            calls: self.calls + other.calls,
            by_code,
            total_ms: self.total_ms + other.total_ms,
            max_ms: self.max_ms.max(other.max_ms),
            cpu: self.cpu + other.cpu,
            max_memory_bytes: self.max_memory_bytes.max(other.max_memory_bytes),
            is_named: self.is_named && other.is_named,
            last_at: self.last_at.max(other.last_at),
        }
    }
}

/// The tallies of all tools that were called.
#[derive(Default)]
pub(crate) struct Tallies {
    by_tool: ArcSwap<HashMap<ToolName, Arc<Tally>>>,
}

/// The counts of one tool, as they grow.
#[derive(Default)]
pub(crate) struct Tally {
    calls: AtomicU64,
    by_code: [AtomicU64; Code::ALL.len()],
    total_ms: AtomicU64,
    max_ms: AtomicU64,
    cpu_us: AtomicU64,
    max_memory_bytes: AtomicU64,
    is_named: bool,
    /// Milliseconds since 1970; 0 before the first call.
    last_at: AtomicI64,
}

/// What the end of a call without an answer counts as.
#[derive(PartialEq)]
enum Class {
    Refused,
    Failed,
    Cancelled,
}

impl Tallies {
    /// The tally of a tool of the catalog. With the first call of a tool, those go that are there no more.
    pub(crate) fn of(&self, tool: &ToolName, is_there: impl Fn(&ToolName) -> bool) -> Arc<Tally> {
        if let Some(tally) = self.by_tool.load().get(tool) {
            return Arc::clone(tally);
        }
        self.by_tool.rcu(|known| {
            let kept = known.iter().filter(|(name, _)| is_there(name));
            let mut tallies: HashMap<_, _> =
                kept.map(|(name, tally)| (name.clone(), Arc::clone(tally))).collect();
            // Another call may have been the first meanwhile.
            let is_named = tallies.values().filter(|tally| tally.is_named).count() < MAX_NAMED;
            tallies.entry(tool.clone()).or_insert_with(|| Arc::new(Tally { is_named, ..Tally::default() }));
            tallies
        });
        self.by_tool.load().get(tool).cloned().unwrap_or_default()
    }

    /// The counts at this moment.
    pub(crate) fn counts(&self) -> HashMap<ToolName, Counts> {
        self.by_tool.load().iter().map(|(tool, tally)| (tool.clone(), tally.counts())).collect()
    }
}

impl Tally {
    /// Counts a call that has ended: without a code it succeeded.
    pub(crate) fn count(&self, code: Option<Code>, time: Duration) {
        if let Some(counter) = code.and_then(|code| self.by_code.get(code as usize)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.total_ms.fetch_add(ms, Ordering::Relaxed);
        self.max_ms.fetch_max(ms, Ordering::Relaxed);
        let now = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
        self.last_at.fetch_max(i64::try_from(now).unwrap_or_default(), Ordering::Relaxed);
    }

    /// Counts what a provider has used for a call.
    pub(crate) fn used(&self, cpu: Duration, memory_bytes: usize) {
        let us = u64::try_from(cpu.as_micros()).unwrap_or(u64::MAX);
        self.cpu_us.fetch_add(us, Ordering::Relaxed);
        self.max_memory_bytes.fetch_max(memory_bytes as u64, Ordering::Relaxed);
    }

    fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let last_at = self.last_at.load(Ordering::Relaxed);
        Counts {
            calls: of(&self.calls),
            by_code: std::array::from_fn(|code| self.by_code.get(code).map_or(0, of)),
            total_ms: of(&self.total_ms),
            max_ms: of(&self.max_ms),
            cpu: Duration::from_micros(of(&self.cpu_us)),
            max_memory_bytes: of(&self.max_memory_bytes),
            is_named: self.is_named,
            last_at: (last_at > 0)
                .then(|| OffsetDateTime::from_unix_timestamp_nanos(i128::from(last_at) * 1_000_000).ok())
                .flatten(),
        }
    }
}

fn class(code: Code) -> Class {
    match code {
        Code::InvalidInput
        | Code::Unauthenticated
        | Code::Forbidden
        | Code::NotFound
        | Code::Conflict
        | Code::KeyReused
        | Code::RateLimited => Class::Refused,
        Code::Cancelled => Class::Cancelled,
        Code::LimitExceeded
        | Code::UpstreamFailed
        | Code::OutcomeUnknown
        | Code::Failed
        | Code::Unavailable => Class::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_counted_by_what_it_was() {
        let tally = Tally::default();
        assert_eq!(tally.counts(), Counts::default());
        for (code, ms) in [
            (None, 5),
            (Some(Code::NotFound), 2),
            (Some(Code::OutcomeUnknown), 90),
            (Some(Code::LimitExceeded), 1),
            (Some(Code::Cancelled), 3),
        ] {
            tally.count(code, Duration::from_millis(ms));
        }
        tally.used(Duration::from_millis(4), 70_000);
        tally.used(Duration::from_millis(3), 60_000);
        let counts = tally.counts();
        let last_at = counts.last_at;
        assert_eq!((counts.calls, counts.succeeded(), counts.refused()), (5, 1, 1));
        assert_eq!((counts.failed(), counts.cancelled()), (2, 1));
        assert_eq!((counts.total_ms, counts.max_ms), (101, 90));
        assert_eq!((counts.cpu, counts.max_memory_bytes), (Duration::from_millis(7), 70_000));
        let ended: Vec<_> = counts.by_code().filter(|(_, count)| *count > 0).map(|(code, _)| code).collect();
        assert_eq!(ended, [Code::NotFound, Code::LimitExceeded, Code::OutcomeUnknown, Code::Cancelled]);
        assert_eq!(counts.clone().and(&counts).refused(), 2);
        assert!(last_at.is_some_and(|at| OffsetDateTime::now_utc() - at < Duration::from_secs(60)));
    }

    #[test]
    fn each_code_has_its_own_place() {
        for (place, code) in Code::ALL.into_iter().enumerate() {
            assert_eq!(code as usize, place, "{code:?}");
        }
    }

    #[test]
    fn only_tools_of_the_catalog_are_kept() {
        let tallies = Tallies::default();
        for number in 0..100 {
            let name: ToolName = format!("tool_{number}").parse().unwrap();
            tallies.of(&name, |_| false).count(None, Duration::ZERO);
        }
        assert_eq!(
            tallies.counts().len(),
            1,
            "the catalog has none of them, so that each makes way for the next"
        );
    }
}
