//! What goes with a call along its way through the door, and how its end is counted.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::access::Access;
use crate::answer::Answer;
use crate::background::AsJob;
use crate::bound;
use crate::effects::Effects;
use crate::id::{CallId, RunId};
use crate::invocation::{HeldAt, Outcome};
use crate::metrics::{CallMetrics, RunningCall};
use crate::principal::Connection;
use crate::problem::{Code, Problem};
use crate::run::Budget;
use crate::surface::Surface;
use crate::tally::Tally;
use crate::tool::Tool;

/// What goes with a call along all of its way through the door.
pub(crate) struct Passage {
    pub(crate) id: CallId,
    pub(crate) begun: Instant,
    pub(crate) budget: Arc<Budget>,
    pub(crate) effects: Arc<Effects>,
    /// The run that it was told from, when it was asked for before.
    pub(crate) replayed: OnceLock<RunId>,
    /// What its tool answered though the run did nothing more.
    pub(crate) partial: OnceLock<Answer>,
    /// The job that it runs as, if it does.
    pub(crate) as_job: OnceLock<AsJob>,
    /// The connection that it works on, once it is chosen.
    pub(crate) connection: OnceLock<Connection>,
    /// Where it is counted, once its tool is found.
    pub(crate) tally: OnceLock<Arc<Tally>>,
}

impl Passage {
    pub(crate) fn begin(budget: Arc<Budget>, effects: Arc<Effects>) -> Self {
        Self {
            id: CallId::new(),
            begun: Instant::now(),
            budget,
            effects,
            replayed: OnceLock::new(),
            partial: OnceLock::new(),
            as_job: OnceLock::new(),
            connection: OnceLock::new(),
            tally: OnceLock::new(),
        }
    }

    /// Holds a call before its provider runs: why it goes no further.
    pub(crate) fn hold(&self, access: Access, tool: &Tool) -> Problem {
        self.budget.held.hold(access);
        bound::asked_first(access, &format!("`{}`", tool.name()))
    }
}

impl Passage {
    /// What the door answers of it.
    pub(crate) fn outcome(&self, result: Result<Answer, Problem>) -> Outcome {
        Outcome {
            call: self.id,
            result,
            replayed: self.replayed.get().copied(),
            done: self.effects.done(),
            partial: self.partial.get().cloned(),
            as_job: self.as_job.get().copied(),
            held: self
                .budget
                .held
                .at()
                .map(|access| HeldAt { access, connection: self.connection.get().cloned() }),
            duration_ms: milliseconds(self.begun),
        }
    }
}

/// A call that is counted when it ends. One that is dropped before, since its caller has gone, counts as cancelled.
pub(crate) struct Counting<'a> {
    passage: &'a Passage,
    metrics: &'a CallMetrics,
    surface: Surface,
    /// Whether it was counted.
    ended: bool,
    _running: RunningCall<'a>,
}

impl<'a> Counting<'a> {
    /// Counts this call from now on.
    pub(crate) fn begin(passage: &'a Passage, metrics: &'a CallMetrics, surface: Surface) -> Self {
        Self { passage, metrics, surface, ended: false, _running: metrics.begin() }
    }

    pub(crate) fn end<T>(mut self, result: &Result<T, Problem>) {
        self.ended = true;
        self.count(result.as_ref().err().map(|problem| problem.code));
    }

    fn count(&self, code: Option<Code>) {
        let time = self.passage.begun.elapsed();
        self.metrics.add(self.surface, time);
        if let Some(tally) = self.passage.tally.get() {
            tally.count(code, time);
        }
    }
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.count(Some(Code::Cancelled));
        }
    }
}

/// Milliseconds since a moment.
pub(crate) fn milliseconds(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}
