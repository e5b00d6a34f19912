//! What came of the effects of one egress.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::durations::{Durations, Spread};
use crate::egress::Sent;

/// What one sending of an effect came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentAs {
    Answered,
    Refused,
    /// The credential was refused.
    Unauthorized,
    /// The outside asked to wait.
    Busy,
    /// It didn't get there.
    NotSent,
    /// Its answer was lost.
    Unknown,
}

impl SentAs {
    const ALL: [Self; 6] =
        [Self::Answered, Self::Refused, Self::Unauthorized, Self::Busy, Self::NotSent, Self::Unknown];

    pub(crate) fn of(sent: &Sent) -> Self {
        match sent {
            Sent::Answered(_) => Self::Answered,
            Sent::Refused(_) => Self::Refused,
            Sent::Unauthorized(_) => Self::Unauthorized,
            Sent::Busy { .. } => Self::Busy,
            Sent::NotSent(_) => Self::NotSent,
            Sent::Unknown(_) => Self::Unknown,
        }
    }

    /// The outcome as word, such as `not_sent`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Unauthorized => "unauthorized",
            Self::Busy => "busy",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

/// What is measured of one egress.
#[derive(Debug, Default)]
pub(crate) struct EffectMetrics {
    reads: [AtomicU64; SentAs::ALL.len()],
    writes: [AtomicU64; SentAs::ALL.len()],
    remembered: AtomicU64,
    waits: Durations,
    sendings: Durations,
}

/// What was measured of one egress, at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EffectCounts {
    /// Sendings: whether they write, what they came to, and how many.
    pub sent: Vec<(bool, SentAs, u64)>,
    /// Reads that were answered from the cache.
    pub remembered: u64,
    /// How long effects waited for a place in the budget.
    pub waits: Spread,
    /// How long sendings took.
    pub sendings: Spread,
}

impl EffectMetrics {
    /// An effect has waited for its place in the budget.
    pub(crate) fn waited(&self, time: Duration) {
        self.waits.add(time);
    }

    /// An effect was sent.
    pub(crate) fn sent(&self, writes: bool, sent: &Sent, time: Duration) {
        let counters = if writes { &self.writes } else { &self.reads };
        if let Some(counter) = counters.get(SentAs::of(sent) as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.sendings.add(time);
    }

    /// A read was answered from the cache.
    pub(crate) fn remembered(&self) {
        self.remembered.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> EffectCounts {
        let of = |writes: bool, counters: &[AtomicU64; SentAs::ALL.len()]| {
            let counted = SentAs::ALL.into_iter().zip(counters);
            counted.map(|(sent, count)| (writes, sent, count.load(Ordering::Relaxed))).collect::<Vec<_>>()
        };
        EffectCounts {
            sent: [of(false, &self.reads), of(true, &self.writes)].concat(),
            remembered: self.remembered.load(Ordering::Relaxed),
            waits: self.waits.spread(),
            sendings: self.sendings.spread(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Code, Problem};

    #[test]
    fn each_outcome_has_its_own_place() {
        for (place, sent) in SentAs::ALL.into_iter().enumerate() {
            assert_eq!(sent as usize, place, "{}", sent.as_str());
        }
        let effects = EffectMetrics::default();
        effects.sent(
            true,
            &Sent::NotSent(Problem::new(Code::UpstreamFailed, "no way there")),
            Duration::ZERO,
        );
        let counted = effects.counts();
        let counted: Vec<_> = counted.sent.into_iter().filter(|(.., count)| *count > 0).collect();
        assert_eq!(counted, [(true, SentAs::NotSent, 1)]);
    }
}
