//! The CPU time of one guest, counted from outside.
//!
//! Wall time would charge a guest for every moment in which the machine did something else, most of all in the slow
//! lane. So the thread's own clock is read around each poll, and at each tick of the epoch within one.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::limits::MOMENT;

/// What a guest does next when a tick has interrupted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tick {
    /// Lets others run, then goes on.
    GiveWay,
    /// Has used all the CPU time that a call may use.
    Stop,
}

/// Counts one guest's CPU time. Written by whoever polls the guest, which one thread does at a time.
#[derive(Debug)]
pub(crate) struct Meter {
    max: u64,
    used: AtomicU64,
    poll_began: AtomicU64,
    wants_slow_lane: AtomicBool,
    is_in_slow_lane: AtomicBool,
}

impl Meter {
    /// A meter that stops a guest after this much CPU time.
    pub(crate) fn new(max: Duration) -> Self {
        Self {
            max: nanoseconds(max),
            used: AtomicU64::new(0),
            poll_began: AtomicU64::new(0),
            wants_slow_lane: AtomicBool::new(false),
            is_in_slow_lane: AtomicBool::new(false),
        }
    }

    /// Polls the guest and charges it.
    pub(crate) fn poll<F: Future + ?Sized>(
        &self,
        guest: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let began = thread_time();
        self.poll_began.store(began, Ordering::Relaxed);
        let polled = guest.poll(context);
        self.used.fetch_add(thread_time().saturating_sub(began), Ordering::Relaxed);
        polled
    }

    /// What the polls that have ended used.
    pub(crate) fn used(&self) -> Duration {
        Duration::from_nanos(self.used.load(Ordering::Relaxed))
    }

    fn used_until_now(&self) -> u64 {
        let this_poll = thread_time().saturating_sub(self.poll_began.load(Ordering::Relaxed));
        self.used.load(Ordering::Relaxed).saturating_add(this_poll)
    }

    /// Called within a poll, when a tick interrupts the guest.
    pub(crate) fn tick(&self) -> Tick {
        let used = self.used_until_now();
        if used >= self.max {
            return Tick::Stop;
        }
        if used >= nanoseconds(MOMENT) {
            self.wants_slow_lane.store(true, Ordering::Relaxed);
        }
        Tick::GiveWay
    }

    /// Whether the guest should go on in the slow lane. Said only by ticks, so never while a host function waits:
    /// whatever the host has begun ends where it began.
    pub(crate) fn wants_slow_lane(&self) -> bool {
        self.wants_slow_lane.load(Ordering::Relaxed)
    }

    pub(crate) fn enter_slow_lane(&self) {
        self.is_in_slow_lane.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_in_slow_lane(&self) -> bool {
        self.is_in_slow_lane.load(Ordering::Relaxed)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// CPU time of this thread, in nanoseconds.
fn thread_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec)
        .unwrap_or(0)
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn poll_once(meter: &Meter, mut work: impl FnMut()) {
        let future = std::pin::pin!(std::future::poll_fn(|_| {
            work();
            Poll::Ready(())
        }));
        assert!(meter.poll(future, &mut Context::from_waker(Waker::noop())).is_ready());
    }

    fn burn(time: Duration) {
        let until = thread_time() + nanoseconds(time);
        while thread_time() < until {}
    }

    #[test]
    fn a_guest_that_burns_is_moved_and_then_stopped() {
        let meter = Meter::new(Duration::from_millis(20));
        poll_once(&meter, || assert_eq!(meter.tick(), Tick::GiveWay));
        assert!(!meter.wants_slow_lane());
        poll_once(&meter, || {
            burn(MOMENT);
            assert_eq!(meter.tick(), Tick::GiveWay);
        });
        assert!(meter.wants_slow_lane());
        poll_once(&meter, || {
            burn(Duration::from_millis(20));
            assert_eq!(meter.tick(), Tick::Stop);
        });
    }

    #[test]
    fn waiting_is_free() {
        let meter = Meter::new(Duration::from_millis(20));
        poll_once(&meter, || std::thread::sleep(Duration::from_millis(40)));
        poll_once(&meter, || assert_eq!(meter.tick(), Tick::GiveWay));
        assert!(!meter.wants_slow_lane());
    }
}
