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
//!
//! Work in the background has a smaller budget of the same places: it takes one only while 30 % of them stay free
//! afterwards, whoever has the others. It doesn't get those 30 % for having been alone for long either. People begin after
//! silence: that nobody prompt asked for a whole window says nothing about the next second, and a place that was
//! lent would come back a window too late for the call that it was kept for.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::time::Instant;
use toolbay_kernel::rate_windows::RateWindow;
use toolbay_kernel::run::Priority;

/// The window in which Notion counts.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Longest wait for an answer. Notion gives up after 60 s itself.
pub(crate) const MAX_TIME: Duration = Duration::from_secs(60);

/// Smallest budget: what works with less is no service.
pub(crate) const SMALLEST_BUDGET: u32 = 2;

/// Of a hundred places, those that work in the background may fill.
const BACKGROUND_SHARE: usize = 70;

/// A connection's budget per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    requests: u32,
    prompt: Allowance,
    background: Allowance,
}

/// What requests of one priority may take of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Allowance {
    /// A request may go while fewer places than these are taken, by requests of any priority.
    places: usize,
    /// How many requests of this priority may go without spacing.
    burst: usize,
    /// The spacing of the others.
    interval: Duration,
    /// A request may go while fewer than these have no answer, of any priority.
    in_flight: usize,
}

impl Budget {
    /// The budget of that many requests in any 60 seconds, at most `in_flight` of them without an answer at a time. None
    /// when there are fewer than [`SMALLEST_BUDGET`].
    pub(crate) fn per_window(requests: u32, in_flight: NonZeroUsize) -> Option<Self> {
        let places = usize::try_from(requests).ok().filter(|_| requests >= SMALLEST_BUDGET)?;
        let share = |whole: usize| (whole.saturating_mul(BACKGROUND_SHARE) / 100).max(1);
        let background = Allowance::of(share(places), share(in_flight.get()));
        Some(Self { requests, prompt: Allowance::of(places, in_flight.get()), background })
    }

    /// Requests in any 60 seconds.
    pub(crate) fn requests(&self) -> u32 {
        self.requests
    }

    /// What is left of it with so many requests, and no fewer than the smallest budget has.
    pub(crate) fn reduced_to(&self, requests: u32) -> Self {
        let requests = requests.clamp(SMALLEST_BUDGET, self.requests);
        let in_flight = NonZeroUsize::new(self.prompt.in_flight).unwrap_or(NonZeroUsize::MIN);
        Self::per_window(requests, in_flight).unwrap_or(*self)
    }

    /// The part of one priority as a window that several hosts share.
    pub(crate) fn window(&self, key: String, priority: Priority) -> RateWindow {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let allowance = self.of(priority);
        RateWindow {
            key,
            priority,
            length: WINDOW,
            places: number(allowance.places),
            burst: number(allowance.burst),
            interval: allowance.interval,
            longest_use: MAX_TIME,
        }
    }

    fn of(&self, priority: Priority) -> &Allowance {
        match priority {
            Priority::Interactive => &self.prompt,
            Priority::Background => &self.background,
        }
    }
}

impl Allowance {
    fn of(places: usize, in_flight: usize) -> Self {
        let interval = WINDOW / u32::try_from(places).unwrap_or(u32::MAX);
        Self { places, burst: (places / 3).max(1), interval, in_flight }
    }
}

/// How far one connection has got.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Requests that have no answer yet; each has a place.
    in_flight: usize,
    /// Places of answered requests, the earliest to be free again first.
    returning: VecDeque<Returning>,
    prompt: Stream,
    background: Stream,
    /// Notion said to wait until then.
    blocked_until: Instant,
}

/// A place that is free again at a known time.
#[derive(Debug)]
struct Returning {
    at: Instant,
    priority: Priority,
}

/// The requests of one priority.
#[derive(Debug, Default)]
struct Stream {
    /// Their places that are not free.
    taken: usize,
    /// When the latest was sent.
    latest: Option<Instant>,
}

/// Why a request may not go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// There will be a place at this time, if nobody else takes it.
    Until(Instant),
    /// Too many requests have no answer: one of them must get it first.
    ForAnAnswer,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            in_flight: 0,
            returning: VecDeque::new(),
            prompt: Stream::default(),
            background: Stream::default(),
            blocked_until: now,
        }
    }

    /// When a request may go that has `ahead` others of its priority before it; in the past when it may go now. It is never
    /// later than what the request then gets: who has less time than this can be refused at once.
    pub(crate) fn earliest(
        &mut self,
        budget: &Budget,
        priority: Priority,
        now: Instant,
        ahead: u32,
    ) -> Instant {
        self.free_returned(now);
        let allowance = budget.of(priority);
        let ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
        let place = self.place(allowance, now, ahead);
        place.max(self.spaced(allowance, priority, now, ahead)).max(self.blocked_until)
    }

    /// Takes a place now.
    ///
    /// # Errors
    ///
    /// What the request has to wait for.
    pub(crate) fn take(&mut self, budget: &Budget, priority: Priority, now: Instant) -> Result<(), Wait> {
        self.ready(budget, priority, now)?;
        self.in_flight += 1;
        let stream = self.stream_mut(priority);
        stream.taken += 1;
        stream.latest = Some(now);
        Ok(())
    }

    /// Whether a place could be taken now.
    ///
    /// # Errors
    ///
    /// As [`Pace::take`].
    pub(crate) fn ready(&mut self, budget: &Budget, priority: Priority, now: Instant) -> Result<(), Wait> {
        let earliest = self.earliest(budget, priority, now, 0);
        if earliest > now {
            return Err(Wait::Until(earliest));
        }
        if self.in_flight >= budget.of(priority).in_flight {
            return Err(Wait::ForAnAnswer);
        }
        Ok(())
    }

    /// A request was answered, or its caller has gone: its place is free again when the window has passed.
    pub(crate) fn answered(&mut self, priority: Priority, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.returning.push_back(Returning { at: now + WINDOW, priority });
    }

    /// Nothing passes before `until`.
    pub(crate) fn block(&mut self, until: Instant) {
        self.blocked_until = self.blocked_until.max(until);
    }

    /// Whether forgetting it would change nothing.
    pub(crate) fn is_idle(&mut self, now: Instant) -> bool {
        self.free_returned(now);
        self.taken() == 0 && self.blocked_until <= now
    }

    fn free_returned(&mut self, now: Instant) {
        while let Some(place) = self.returning.pop_front_if(|place| place.at <= now) {
            let stream = self.stream_mut(place.priority);
            stream.taken = stream.taken.saturating_sub(1);
        }
    }

    /// Places that are not free.
    fn taken(&self) -> usize {
        self.in_flight + self.returning.len()
    }

    fn stream(&self, priority: Priority) -> &Stream {
        match priority {
            Priority::Interactive => &self.prompt,
            Priority::Background => &self.background,
        }
    }

    fn stream_mut(&mut self, priority: Priority) -> &mut Stream {
        match priority {
            Priority::Interactive => &mut self.prompt,
            Priority::Background => &mut self.background,
        }
    }

    /// When there is a place for one that has `ahead` others before it.
    fn place(&self, allowance: &Allowance, now: Instant, ahead: usize) -> Instant {
        let Some(missing) = self.taken().saturating_add(ahead).checked_sub(allowance.places) else {
            return now;
        };
        match self.returning.get(missing) {
            Some(place) => place.at,
            // A place whose request has no answer yet, or was not even sent: a window from now at the earliest. As many as
            // there are places without the unanswered ones may pass before; each time that all of them have to pass takes
            // one window more.
            None => {
                let before = allowance.places.saturating_sub(self.in_flight);
                let rounds = ahead.saturating_sub(before) / allowance.places;
                now + WINDOW * u32::try_from(rounds.saturating_add(1)).unwrap_or(u32::MAX).min(1_000)
            }
        }
    }

    /// When the spacing lets one pass that has `ahead` others before it.
    fn spaced(&self, allowance: &Allowance, priority: Priority, now: Instant, ahead: usize) -> Instant {
        let stream = self.stream(priority);
        let Some(beyond) = stream.taken.saturating_add(ahead).checked_sub(allowance.burst) else {
            return now;
        };
        let Some(latest) = stream.latest else { return now };
        let next = (latest + allowance.interval).max(now);
        // Of those ahead, the ones within the burst go without spacing.
        let after = |beyond: usize| {
            next + allowance.interval.saturating_mul(u32::try_from(beyond.min(ahead)).unwrap_or(u32::MAX))
        };
        // And each of its own places that comes back lets one more of them go so.
        let own = self.returning.iter().filter(|place| place.priority == priority).zip((0..=beyond).rev());
        own.map(|(place, left)| if left == 0 { place.at } else { place.at.max(after(left - 1)) })
            .fold(after(beyond), Instant::min)
    }
}

#[cfg(test)]
mod tests;
