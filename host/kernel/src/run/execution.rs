//! How a call is run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::priority::Priority;
use super::recorder::Recorder;
use super::replay::Recording;
use super::runs::Runs;
use crate::id::CallId;
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
        Self {
            spending: Spending::Job,
            priority: Priority::Background,
            clock: Clock::Standing,
            recorder: Recorder::Full(recording),
        }
    }

    /// The same for a call that can write: its run is the one that it is part of, or its own.
    pub(crate) fn of_writing(self, call: CallId, runs: &Arc<dyn Runs>) -> Self {
        Self { recorder: self.recorder.of_writing(call, runs), ..self }
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
    pub(crate) cancel: CancellationToken,
    /// The calls inside it that are to be recorded: all of them end before the outermost does.
    pub(crate) inner: TaskTracker,
    effects: AtomicU32,
    max_effects: u32,
}

impl Budget {
    /// What a call that begins now may spend.
    pub(crate) fn begin(limits: &Limits, spending: Spending, cancel: CancellationToken) -> Self {
        let (time, max_effects) = limits.of(spending);
        let deadline = Instant::now() + time;
        Self {
            deadline,
            effects_until: deadline.checked_sub(limits.answer_time.min(time / 4)).unwrap_or(deadline),
            time,
            cancel,
            inner: TaskTracker::new(),
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

    /// The effects so far.
    pub(crate) fn effects(&self) -> u32 {
        self.effects.load(Ordering::Relaxed).min(self.max_effects)
    }
}
