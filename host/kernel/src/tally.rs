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

use crate::catalog::Catalog;
use crate::name::ToolName;
use crate::problem::Code;

/// What is counted of one tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// All calls that have come to an end.
    pub calls: u64,
    /// Those that the host, the tool or the outside refused for what was asked, or for who asked.
    pub refused: u64,
    /// Those that failed though nothing was wrong with what was asked.
    pub failed: u64,
    /// Those whose caller left, or that were stopped.
    pub cancelled: u64,
    pub total_ms: u64,
    pub max_ms: u64,
    /// When the last one ended.
    pub last_at: Option<OffsetDateTime>,
}

impl Counts {
    /// The counts of both together.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            refused: self.refused + other.refused,
            failed: self.failed + other.failed,
            cancelled: self.cancelled + other.cancelled,
            total_ms: self.total_ms + other.total_ms,
            max_ms: self.max_ms.max(other.max_ms),
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
    refused: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
    total_ms: AtomicU64,
    max_ms: AtomicU64,
    /// Milliseconds since 1970; 0 before the first call.
    last_at: AtomicI64,
}

/// What a call's end counts as.
enum Class {
    Succeeded,
    Refused,
    Failed,
    Cancelled,
}

impl Tallies {
    /// The tally of a tool of this catalog. With the first call of a tool, those go that the catalog has no more.
    pub(crate) fn of(&self, tool: &ToolName, catalog: &Catalog) -> Arc<Tally> {
        if let Some(tally) = self.by_tool.load().get(tool) {
            return Arc::clone(tally);
        }
        let new = Arc::new(Tally::default());
        self.by_tool.rcu(|known| {
            let kept = known.iter().filter(|(name, _)| catalog.get(name.as_str()).is_some());
            let mut tallies: HashMap<_, _> =
                kept.map(|(name, tally)| (name.clone(), Arc::clone(tally))).collect();
            // Another call may have been the first meanwhile.
            tallies.entry(tool.clone()).or_insert_with(|| Arc::clone(&new));
            tallies
        });
        self.by_tool.load().get(tool).cloned().unwrap_or(new)
    }

    /// The counts at this moment.
    pub(crate) fn counts(&self) -> HashMap<ToolName, Counts> {
        self.by_tool.load().iter().map(|(tool, tally)| (tool.clone(), tally.counts())).collect()
    }
}

impl Tally {
    /// Counts a call that has ended: without a code it succeeded.
    pub(crate) fn count(&self, code: Option<Code>, time: Duration) {
        let of_class = match class(code) {
            Class::Succeeded => None,
            Class::Refused => Some(&self.refused),
            Class::Failed => Some(&self.failed),
            Class::Cancelled => Some(&self.cancelled),
        };
        if let Some(counter) = of_class {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.total_ms.fetch_add(ms, Ordering::Relaxed);
        self.max_ms.fetch_max(ms, Ordering::Relaxed);
        let now = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
        self.last_at.fetch_max(i64::try_from(now).unwrap_or_default(), Ordering::Relaxed);
    }

    fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let last_at = self.last_at.load(Ordering::Relaxed);
        Counts {
            calls: of(&self.calls),
            refused: of(&self.refused),
            failed: of(&self.failed),
            cancelled: of(&self.cancelled),
            total_ms: of(&self.total_ms),
            max_ms: of(&self.max_ms),
            last_at: (last_at > 0)
                .then(|| OffsetDateTime::from_unix_timestamp_nanos(i128::from(last_at) * 1_000_000).ok())
                .flatten(),
        }
    }
}

fn class(code: Option<Code>) -> Class {
    match code {
        None => Class::Succeeded,
        Some(
            Code::InvalidInput
            | Code::Unauthenticated
            | Code::Forbidden
            | Code::NotFound
            | Code::Conflict
            | Code::KeyReused
            | Code::RateLimited,
        ) => Class::Refused,
        Some(Code::Cancelled) => Class::Cancelled,
        Some(_) => Class::Failed,
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
        let counts = tally.counts();
        let last_at = counts.last_at;
        let expected = Counts {
            calls: 5,
            refused: 1,
            failed: 2,
            cancelled: 1,
            total_ms: 101,
            max_ms: 90,
            last_at: None,
        };
        assert_eq!(Counts { last_at: None, ..counts }, expected);
        assert!(last_at.is_some_and(|at| OffsetDateTime::now_utc() - at < Duration::from_secs(60)));
    }

    #[test]
    fn only_tools_of_the_catalog_are_kept() {
        let (tallies, catalog) = (Tallies::default(), Catalog::default());
        for number in 0..100 {
            let name: ToolName = format!("tool_{number}").parse().unwrap();
            tallies.of(&name, &catalog).count(None, Duration::ZERO);
        }
        assert_eq!(
            tallies.counts().len(),
            1,
            "the catalog has none of them, so that each makes way for the next"
        );
    }
}
