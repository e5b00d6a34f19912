//! The arithmetic of the limiter, without waiting: when may the next request of a connection go?
//!
//! Notion counts requests in fixed windows of 60 seconds, whose borders nobody outside knows. A bucket of the whole budget
//! that is refilled during the window would let almost twice the budget pass across a border. So a fifth of the budget is
//! the burst `b`, and what remains is spread evenly over the window as the rate `r`: in *any* 60 seconds at most
//! `b + 60 r` requests pass, which is the budget. The algorithm is GCRA: one instant, the theoretical arrival time, says
//! all.

use std::time::Duration;

use tokio::time::Instant;

/// The window in which Notion counts.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Smallest budget: one request at once and one more in the window.
pub(crate) const SMALLEST_BUDGET: u32 = 2;

/// A connection's budget per window, as burst and rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Time between two requests at the steady rate.
    interval: Duration,
    /// How far ahead of the steady rate requests may run: all but one of the burst.
    tolerance: Duration,
}

impl Budget {
    /// None when the budget is below [`SMALLEST_BUDGET`].
    pub(crate) fn per_window(requests: u32) -> Option<Self> {
        let burst = (requests / 5).max(1);
        let steady = requests.checked_sub(burst).filter(|steady| *steady > 0)?;
        let interval = WINDOW / steady;
        Some(Self { interval, tolerance: interval * (burst - 1) })
    }
}

/// How far one connection has got.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When the next request would arrive if all went at the steady rate.
    arrival: Instant,
    /// Notion said to wait until then.
    blocked_until: Instant,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self { arrival: now, blocked_until: now }
    }

    /// When a request may go that has `ahead` others before it; in the past when it may go now.
    pub(crate) fn earliest(&self, budget: Budget, now: Instant, ahead: u32) -> Instant {
        let arrival = self.arrival.max(now).max(self.blocked_until) + budget.interval * ahead;
        self.blocked_until.max(arrival.checked_sub(budget.tolerance).unwrap_or(now))
    }

    /// Takes a place now.
    ///
    /// # Errors
    ///
    /// The instant at which there will be one, if nobody else takes it.
    pub(crate) fn take(&mut self, budget: Budget, now: Instant) -> Result<(), Instant> {
        let earliest = self.earliest(budget, now, 0);
        if earliest > now {
            return Err(earliest);
        }
        self.arrival = self.arrival.max(now) + budget.interval;
        Ok(())
    }

    /// Nothing passes before `until`.
    pub(crate) fn block(&mut self, until: Instant) {
        self.blocked_until = self.blocked_until.max(until);
    }

    /// Whether forgetting it would change nothing.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        self.arrival <= now && self.blocked_until <= now
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn most_in_a_window(passed: &[Instant]) -> usize {
        passed
            .iter()
            .enumerate()
            .map(|(first, start)| passed[first..].iter().take_while(|at| **at - *start < WINDOW).count())
            .max()
            .unwrap_or(0)
    }

    proptest! {
        /// Whatever the pauses between attempts, and however long requests wait in between.
        #[test]
        fn no_window_exceeds_the_budget(
            requests in SMALLEST_BUDGET..700,
            gaps in prop::collection::vec(prop_oneof![3 => 0..20_u64, 1 => 0..20_000_u64], 1..1_500),
        ) {
            let budget = Budget::per_window(requests).unwrap();
            let mut now = Instant::now();
            let mut pace = Pace::new(now);
            let mut passed = Vec::new();
            for gap in gaps {
                now += Duration::from_millis(gap);
                if pace.take(budget, now).is_ok() {
                    passed.push(now);
                }
            }
            prop_assert!(most_in_a_window(&passed) <= requests as usize);
        }

        /// Greedy callers get the whole budget of the first window, not a part of it.
        #[test]
        fn the_budget_can_be_used_up(requests in SMALLEST_BUDGET..700) {
            let budget = Budget::per_window(requests).unwrap();
            let start = Instant::now();
            let mut now = start;
            let mut pace = Pace::new(now);
            let mut passed = 0;
            while now - start < WINDOW {
                match pace.take(budget, now) {
                    Ok(()) => passed += 1,
                    Err(next) => now = next,
                }
            }
            // The place that falls on the window's very end belongs to the next one.
            prop_assert!(passed == requests || passed == requests - 1, "{passed} of {requests}");
        }

        /// What is foretold to a request in a queue is what it gets when all before it go as soon as they may.
        #[test]
        fn a_queue_is_foretold(requests in SMALLEST_BUDGET..700, ahead in 0..200_u32, blocked in 0..90_u64) {
            let budget = Budget::per_window(requests).unwrap();
            let start = Instant::now();
            let mut pace = Pace::new(start);
            pace.block(start + Duration::from_secs(blocked));
            let foretold = pace.earliest(budget, start, ahead);
            let mut now = start;
            let mut left = ahead + 1;
            while left > 0 {
                match pace.take(budget, now) {
                    Ok(()) => left -= 1,
                    Err(next) => now = next,
                }
            }
            prop_assert_eq!(now, foretold.max(start));
        }
    }

    #[test]
    fn a_block_holds_everything_and_never_shrinks() {
        let budget = Budget::per_window(180).unwrap();
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.block(now + Duration::from_secs(30));
        pace.block(now + Duration::from_secs(5));
        assert_eq!(pace.take(budget, now), Err(now + Duration::from_secs(30)));
        assert!(!pace.is_idle(now));
        assert_eq!(pace.take(budget, now + Duration::from_secs(30)), Ok(()));
    }

    #[test]
    fn a_budget_of_one_is_no_budget() {
        assert_eq!(Budget::per_window(0), None);
        assert_eq!(Budget::per_window(1), None);
        assert!(Budget::per_window(2).is_some());
    }
}
