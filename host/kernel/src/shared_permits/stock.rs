//! What this host has of one window.

use std::time::Duration;

use tokio::time::Instant;

use crate::rate_windows::{RateWindow, Settled};
use crate::run::Priority;

/// How long a permit can be used. Short, since one that isn't used is missing elsewhere.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The most permits that are taken at once.
const MAX_BATCH: u32 = 32;

/// Of a window, the part that a host takes at once: so that what lies unused with one is never missed much by the others.
const BATCHES: u32 = 16;

/// Uses that end within a thousandth of the window count as one: what is remembered while the store is away stays small.
const STEPS: u32 = 1_000;

/// How long a window is remembered that nobody uses.
const REMEMBERED: Duration = Duration::from_secs(10);

/// The permits of one window and priority.
#[derive(Debug)]
pub(super) struct Stock {
    length: Duration,
    left: u32,
    taken_at: Option<Instant>,
    /// How many are taken next time.
    batch: u32,
    /// When uses ended, and how many.
    used: Vec<(Instant, u32)>,
    unused: u32,
    /// Until then the store doesn't know all that was taken.
    uncertain_until: Option<Instant>,
}

/// What drawing a permit comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Draw {
    Permit,
    /// The store is to be asked for so many, and told this.
    Ask {
        wanted: u32,
        settled: Option<Settled>,
    },
}

impl Stock {
    pub(super) fn empty(length: Duration) -> Self {
        Self { length, left: 0, taken_at: None, batch: 1, used: Vec::new(), unused: 0, uncertain_until: None }
    }

    pub(super) fn draw(&mut self, window: &RateWindow, waiting: u32, now: Instant) -> Draw {
        self.length = window.length;
        let was_used_up = self.left == 0 && self.is_good(now);
        self.age(now);
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return Draw::Permit;
        }
        if was_used_up {
            self.batch = self.batch.saturating_mul(2);
        }
        let most = (window.places / BATCHES).clamp(1, MAX_BATCH);
        self.batch = self.batch.min(most);
        let wanted = self.batch.max(waiting).min(most);
        Draw::Ask { wanted, settled: self.settle(&window.key, window.priority, now) }
    }

    /// Permits that were asked for at a time.
    pub(super) fn add(&mut self, permits: u32, asked_at: Instant, known_for: Duration) {
        self.left += permits;
        if permits > 0 {
            self.taken_at = Some(asked_at);
        }
        if let Some(unknown) = self.length.checked_sub(known_for).filter(|unknown| !unknown.is_zero()) {
            self.uncertain_until = Some(asked_at + unknown);
        }
    }

    pub(super) fn used(&mut self, at: Instant, count: u32) {
        match self.used.last_mut() {
            // It counts from the later one.
            Some((last, uses)) if at.saturating_duration_since(*last) < self.length / STEPS => {
                *last = (*last).max(at);
                *uses += count;
            }
            _ => self.used.push((at, count)),
        }
    }

    pub(super) fn returned(&mut self) {
        self.left += 1;
    }

    /// What there is to tell; it is told.
    pub(super) fn settle(&mut self, key: &str, priority: Priority, now: Instant) -> Option<Settled> {
        self.age(now);
        let unused = std::mem::take(&mut self.unused);
        let used: Vec<_> = std::mem::take(&mut self.used)
            .into_iter()
            .map(|(at, count)| (count, now.saturating_duration_since(at)))
            .collect();
        let (key, length) = (key.to_owned(), self.length);
        (!used.is_empty() || unused > 0).then_some(Settled { key, priority, length, used, unused })
    }

    /// What was to be told at a time, and could not be.
    pub(super) fn put_back(&mut self, used: Vec<(u32, Duration)>, unused: u32, at: Instant) {
        let since = |ago| at.checked_sub(ago).unwrap_or(at);
        let earlier = used.into_iter().map(|(count, ago)| (since(ago), count));
        // What is older than the window counts no more.
        let still = earlier.filter(|(ended, _)| ended.elapsed() < self.length);
        self.used = still.chain(self.used.drain(..)).collect();
        self.unused += unused;
    }

    /// No permit is used any more.
    pub(super) fn give_up(&mut self) {
        self.unused += std::mem::take(&mut self.left);
    }

    pub(super) fn has_some(&self) -> bool {
        self.left > 0
    }

    pub(super) fn is_uncertain(&self, now: Instant) -> bool {
        self.uncertain_until.is_some_and(|until| now < until)
    }

    pub(super) fn is_forgettable(&self, now: Instant) -> bool {
        let is_old = self.taken_at.is_none_or(|at| now.saturating_duration_since(at) > REMEMBERED);
        is_old && self.left == 0 && self.unused == 0 && self.used.is_empty() && !self.is_uncertain(now)
    }

    fn is_good(&self, now: Instant) -> bool {
        self.taken_at.is_some_and(|at| now.saturating_duration_since(at) < GOOD_FOR)
    }

    /// Gives up what is too old to be used.
    fn age(&mut self, now: Instant) {
        if self.left > 0 && !self.is_good(now) {
            self.give_up();
            self.batch = (self.batch / 2).max(1);
        }
    }
}
