//! The arithmetic of the limiter, without waiting: when may the next request of a connection go?
//!
//! Notion counts requests in fixed windows of 60 seconds, whose borders nobody outside knows, so no 60 seconds at all may
//! see more than the budget. What counts is when a request *arrives*, which is somewhere between sending it and reading
//! its answer. So a place in the budget is taken when a request is sent, and is free again 60 seconds after it was
//! *answered*: whatever the network does, no window at Notion holds more requests than there are places.
//!
//! That alone would spend the budget in one burst and then stand still for the rest of the window. So only a third of
//! the places may go at once; from there on requests are evenly spaced at the budget's own rate. A large piece of work
//! gets nearly the whole budget, and a small one that comes meanwhile waits for its turn, not for the next window.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The window in which Notion counts.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Smallest budget: what works with less is no service.
pub(crate) const SMALLEST_BUDGET: u32 = 2;

/// A connection's budget per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Requests that any 60 seconds may see.
    requests: usize,
    /// How many of them may go without spacing.
    burst: usize,
    /// The spacing of the others.
    interval: Duration,
}

impl Budget {
    /// None when the budget is below [`SMALLEST_BUDGET`].
    pub(crate) fn per_window(requests: u32) -> Option<Self> {
        let count = usize::try_from(requests).ok().filter(|_| requests >= SMALLEST_BUDGET)?;
        Some(Self { requests: count, burst: (count / 3).max(1), interval: WINDOW / requests })
    }
}

/// How far one connection has got.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Places of requests that have no answer yet.
    out: usize,
    /// When the places of answered requests are free again, earliest first.
    returning: VecDeque<Instant>,
    /// When the latest request was sent.
    latest: Option<Instant>,
    /// Notion said to wait until then.
    blocked_until: Instant,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self { out: 0, returning: VecDeque::new(), latest: None, blocked_until: now }
    }

    /// When a request may go that has `ahead` others before it; in the past when it may go now. It is never later than
    /// what the request then gets: who has less time than this can be refused at once.
    pub(crate) fn earliest(&self, budget: Budget, now: Instant, ahead: u32) -> Instant {
        let ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
        let taken = self.taken(now).saturating_add(ahead);
        self.place(budget, now, taken).max(self.spaced(budget, now, taken, ahead)).max(self.blocked_until)
    }

    /// Takes a place now.
    ///
    /// # Errors
    ///
    /// The instant at which there will be one, if nobody else takes it.
    pub(crate) fn take(&mut self, budget: Budget, now: Instant) -> Result<(), Instant> {
        while self.returning.front().is_some_and(|free| *free <= now) {
            self.returning.pop_front();
        }
        let earliest = self.earliest(budget, now, 0);
        if earliest > now {
            return Err(earliest);
        }
        self.out += 1;
        self.latest = Some(now);
        Ok(())
    }

    /// A request was answered, or its caller has gone: its place is free again when the window has passed.
    pub(crate) fn answered(&mut self, now: Instant) {
        self.out = self.out.saturating_sub(1);
        self.returning.push_back(now + WINDOW);
    }

    /// Nothing passes before `until`.
    pub(crate) fn block(&mut self, until: Instant) {
        self.blocked_until = self.blocked_until.max(until);
    }

    /// Whether forgetting it would change nothing.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        self.taken(now) == 0 && self.blocked_until <= now
    }

    /// Places that are not free.
    fn taken(&self, now: Instant) -> usize {
        self.out + self.returning.len() - self.returning.partition_point(|free| *free <= now)
    }

    /// When there is a place for one before which `taken` are taken.
    fn place(&self, budget: Budget, now: Instant, taken: usize) -> Instant {
        let Some(missing) = taken.checked_sub(budget.requests) else { return now };
        let returned = self.returning.partition_point(|free| *free <= now);
        let waits_for = returned.saturating_add(missing);
        match self.returning.get(waits_for) {
            Some(free) => *free,
            // A place whose request has no answer yet, or was not even sent: a window from now at the earliest, and one
            // more for each time that the whole budget has to pass before.
            None => {
                let rounds = waits_for.saturating_sub(self.returning.len()) / budget.requests;
                now + WINDOW * u32::try_from(rounds.saturating_add(1)).unwrap_or(u32::MAX).min(1_000)
            }
        }
    }

    /// When the spacing lets one pass that has `ahead` others before it.
    fn spaced(&self, budget: Budget, now: Instant, taken: usize, ahead: usize) -> Instant {
        let Some(beyond) = taken.checked_sub(budget.burst) else { return now };
        let Some(latest) = self.latest else { return now };
        // Of those ahead, the ones within the burst go without spacing.
        let spaced = u32::try_from(beyond.min(ahead)).unwrap_or(u32::MAX);
        (latest + budget.interval).max(now) + budget.interval.saturating_mul(spaced)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn most_in_a_window(mut arrived: Vec<Instant>) -> usize {
        arrived.sort();
        let mut most = 0;
        let mut first = 0;
        for (last, at) in arrived.iter().enumerate() {
            while *at - arrived[first] >= WINDOW {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }

    /// A greedy caller over `windows` windows, its requests answered `latency` after they were sent: when each was sent.
    fn greedy(requests: u32, windows: u32, latency: Duration) -> Vec<Instant> {
        let budget = Budget::per_window(requests).unwrap();
        let start = Instant::now();
        let mut now = start;
        let mut pace = Pace::new(now);
        let mut sent: Vec<Instant> = Vec::new();
        let mut answered = 0;
        while now - start < WINDOW * windows {
            while sent.get(answered).is_some_and(|at| *at + latency <= now) {
                pace.answered(sent[answered] + latency);
                answered += 1;
            }
            match pace.take(budget, now) {
                Ok(()) => sent.push(now),
                Err(next) => {
                    let answer = sent.get(answered).map(|at| *at + latency);
                    now = answer.map_or(next, |at| at.min(next)).max(now + Duration::from_micros(1));
                }
            }
        }
        sent
    }

    proptest! {
        /// Whatever the pauses between attempts, however long the answers take, and whenever in between a request
        /// arrives at Notion.
        #[test]
        fn no_window_exceeds_the_budget(
            requests in SMALLEST_BUDGET..700,
            attempts in prop::collection::vec(
                (prop_oneof![3 => 0..20_u64, 1 => 0..20_000_u64], 0..9_000_u64, 0.0..=1.0_f64),
                1..1_500,
            ),
        ) {
            let budget = Budget::per_window(requests).unwrap();
            let mut now = Instant::now();
            let mut pace = Pace::new(now);
            let mut waiting: Vec<Instant> = Vec::new();
            let mut arrived = Vec::new();
            for (gap, latency, part) in attempts {
                now += Duration::from_millis(gap);
                waiting.sort();
                for answer in waiting.extract_if(.., |answer| *answer <= now) {
                    pace.answered(answer);
                }
                if pace.take(budget, now).is_ok() {
                    let latency = Duration::from_millis(latency);
                    arrived.push(now + latency.mul_f64(part));
                    waiting.push(now + latency);
                }
            }
            prop_assert!(most_in_a_window(arrived) <= requests as usize);
        }

        /// What is foretold is never later than what a request in a queue gets, so that nobody is refused in vain.
        #[test]
        fn a_queue_is_not_foretold_too_late(
            requests in SMALLEST_BUDGET..200, before in 0..300_u32, ahead in 0..200_u32, blocked in 0..90_u64,
        ) {
            let budget = Budget::per_window(requests).unwrap();
            let start = Instant::now();
            let mut pace = Pace::new(start);
            let mut now = start;
            let pass = |pace: &mut Pace, now: &mut Instant, count: u32| {
                let mut left = count;
                while left > 0 {
                    match pace.take(budget, *now) {
                        Ok(()) => {
                            pace.answered(*now);
                            left -= 1;
                        }
                        Err(next) => *now = next,
                    }
                }
            };
            pass(&mut pace, &mut now, before);
            pace.block(now + Duration::from_secs(blocked));
            let foretold = pace.earliest(budget, now, ahead);
            pass(&mut pace, &mut now, ahead + 1);
            prop_assert!(foretold <= now);
        }
    }

    #[test]
    fn greedy_callers_get_nearly_the_whole_budget() {
        for requests in [10, 180, 600] {
            for latency in [0, 150, 1_000] {
                let windows = 10;
                let sent = greedy(requests, windows, Duration::from_millis(latency)).len();
                let share = sent as f64 / f64::from(requests * windows);
                assert!(share >= 0.95, "{share:.3} of {requests} a minute with answers after {latency} ms");
            }
        }
    }

    #[test]
    fn a_third_goes_at_once_and_the_rest_is_spaced() {
        let budget = Budget::per_window(180).unwrap();
        let start = Instant::now();
        let mut pace = Pace::new(start);
        for _ in 0..60 {
            pace.take(budget, start).unwrap();
        }
        let next = start + WINDOW / 180;
        assert_eq!(pace.take(budget, start), Err(next));
        assert_eq!(pace.earliest(budget, start, 2), next + 2 * (WINDOW / 180));
        pace.take(budget, next).unwrap();
    }

    #[test]
    fn a_place_is_free_a_window_after_its_answer() {
        let budget = Budget::per_window(2).unwrap();
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.take(budget, start).unwrap();
        pace.take(budget, start + WINDOW / 2).unwrap();
        let answer = start + WINDOW / 2 + Duration::from_secs(5);
        pace.answered(answer);
        assert_eq!(pace.take(budget, start + WINDOW), Err(answer + WINDOW));
        assert!(!pace.is_idle(answer + WINDOW), "one has no answer yet");
        pace.take(budget, answer + WINDOW).unwrap();
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
