//! How a call is run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::held::Held;
use super::priority::Priority;
use super::providers::Providers;
use super::recorder::Recorder;
use super::replay::Recording;
use super::under_way::UnderWay;
use crate::limits::{Limits, Spending};
use crate::problem::{Code, Problem};

/// The time that a provider goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// What is left of the call's time.
    #[default]
    Running,
    /// All of it, at every moment: a replay must be told the same as the run before.
    Standing,
}

/// How a call is run: nothing asks what kind of call it is.
#[derive(Clone, Default)]
pub struct Execution {
    /// Which of the host's bounds the call has.
    pub spending: Spending,
    /// Who goes first.
    pub priority: Priority,
    /// The time that the provider goes by.
    pub clock: Clock,
    /// What is recorded of what the provider asks for and is told.
    pub recorder: Recorder,
    /// The plugins that it goes on with; none where it takes what is published.
    pub providers: Option<Arc<Providers>>,
}

impl Execution {
    /// A call that somebody waits for.
    #[must_use]
    pub fn interactive() -> Self {
        Self::default()
    }

    /// A call in the background, all of which is recorded.
    #[must_use]
    pub fn background(recording: Arc<Recording>) -> Self {
        Self { recorder: Recorder::Full(recording), ..Self::as_background() }
    }

    /// The same of which nothing is recorded.
    pub(crate) fn as_background() -> Self {
        Self {
            spending: Spending::Job,
            priority: Priority::Background,
            clock: Clock::Standing,
            ..Self::default()
        }
    }

    /// The same for a call of which nothing is to be recorded, since the call around it records what comes of it.
    pub(crate) fn unrecorded(&self) -> Self {
        Self { recorder: Recorder::Off, ..self.clone() }
    }
}

/// What a call shares with the calls that it makes: one deadline, one count of effects, one way to stop.
pub(crate) struct Budget {
    pub(crate) deadline: Instant,
    /// When effects have to be answered: a little earlier, so that the provider can still tell what it has done.
    pub(crate) effects_until: Instant,
    /// All the time that there was.
    pub(crate) time: Duration,
    /// Cancelled when the call is to stop.
    pub(crate) cancel: CancellationToken,
    /// Cancelled when whoever asked for the outermost call has left, or wants it to stop.
    pub(crate) caller: CancellationToken,
    /// The calls inside it that are to be recorded: all of them end before the outermost does.
    pub(crate) inner: TaskTracker,
    /// The writes that are on their way, those of inner calls included.
    pub(crate) under_way: UnderWay,
    /// What of it waits for somebody's word.
    pub(crate) held: Held,
    /// Whether a write was refused because the caller has left: what the provider makes of that is no answer.
    is_cut_short: AtomicBool,
    effects: AtomicU32,
    max_effects: u32,
}

impl Budget {
    /// What a call that begins now may spend.
    pub(crate) fn begin(limits: &Limits, spending: Spending, caller: CancellationToken) -> Self {
        let (time, max_effects) = limits.of(spending);
        let deadline = Instant::now() + time;
        Self {
            deadline,
            effects_until: deadline.checked_sub(limits.answer_time.min(time / 4)).unwrap_or(deadline),
            time,
            cancel: caller.child_token(),
            caller,
            inner: TaskTracker::new(),
            under_way: UnderWay::default(),
            held: Held::default(),
            is_cut_short: AtomicBool::new(false),
            effects: AtomicU32::new(0),
            max_effects,
        }
    }

    /// The time that is left, by a clock.
    pub(crate) fn remaining(&self, clock: Clock) -> Duration {
        match clock {
            Clock::Running => self.deadline.saturating_duration_since(Instant::now()),
            Clock::Standing => self.time,
        }
    }

    /// Counts one more effect.
    ///
    /// # Errors
    ///
    /// `limit_exceeded` when there have been as many as a call may have.
    pub(crate) fn spend_effect(&self) -> Result<(), Problem> {
        let max = self.max_effects;
        if self.effects.fetch_add(1, Ordering::Relaxed) < max {
            return Ok(());
        }
        Err(Problem::new(Code::LimitExceeded, format!("one call may make {max} requests"))
            .hint("ask for less at once, and go on with a second call"))
    }

    /// Whether one more write may be sent: none once the caller has left.
    ///
    /// # Errors
    ///
    /// `cancelled`.
    pub(crate) fn go_on(&self) -> Result<(), Problem> {
        if !self.cancel.is_cancelled() {
            return Ok(());
        }
        self.is_cut_short.store(true, Ordering::Relaxed);
        Err(left())
    }

    /// Waits for something that a write needs before it is sent, as long as the caller is there.
    ///
    /// # Errors
    ///
    /// `cancelled`.
    pub(crate) async fn unless_left<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => self.go_on().and(Err(left())),
            done = work => Ok(done),
        }
    }

    /// Whether a write was refused because the caller has left.
    pub(crate) fn is_cut_short(&self) -> bool {
        self.is_cut_short.load(Ordering::Relaxed)
    }

    /// The effects so far.
    pub(crate) fn effects(&self) -> u32 {
        self.effects.load(Ordering::Relaxed).min(self.max_effects)
    }
}

/// What a call ends with whose caller has left.
pub(crate) fn left() -> Problem {
    Problem::new(Code::Cancelled, "the caller has gone")
}
