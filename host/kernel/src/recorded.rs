//! A call that is recorded: its run is opened or found, its tool runs, and its run is closed.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::answer::Answer;
use crate::audit::CallStarted;
use crate::background::{self, AsJob};
use crate::call::Call;
use crate::dispatcher::{Dispatcher, host_failed};
use crate::fail_point::FailPoint;
use crate::id::{JobId, RunId};
use crate::passage::milliseconds;
use crate::problem::Problem;
use crate::record::{self, Opened, Wish};
use crate::run::{Lease, Repeat};
use crate::same_calls::Entered;
use crate::tool::Tool;

/// A call that is recorded, with what it is recorded as.
pub(crate) struct Recorded {
    pub(crate) tool: Arc<Tool>,
    pub(crate) arguments: Value,
    pub(crate) started: CallStarted,
    pub(crate) wish: Wish,
    /// Whether it goes on when its caller leaves.
    pub(crate) is_driven: bool,
    pub(crate) begun: Instant,
}

/// What came of a recorded call.
pub(crate) struct Recalled {
    pub(crate) result: Result<Answer, Problem>,
    /// The run that it was told from, if it was asked for before.
    pub(crate) replayed: Option<RunId>,
    /// What its tool answered though its run did nothing more.
    pub(crate) partial: Option<Answer>,
    /// The job that it runs as, if it does.
    pub(crate) as_job: Option<AsJob>,
}

/// What came of it, on its way to whoever waits.
struct Came {
    own: Option<OwnRun>,
    result: Result<Answer, Problem>,
    partial: Option<Answer>,
    job: Option<JobId>,
}

/// The run that a call has, or was told from.
struct OwnRun {
    lease: Lease,
    is_replayed: bool,
    /// Whether an answer that nobody was there for is told to whoever asks again.
    is_told_when_asked_again: bool,
}

impl Recorded {
    /// Runs the tool in a task of its own, from before its first event is written: when the caller goes, at whatever moment, the call
    /// stops before its next write, or is driven to its end, and its run still gets an end. A refusal is told with what the call
    /// has done before it.
    pub(crate) async fn run(self, door: &Dispatcher, call: Call) -> Recalled {
        let is_outermost = call.nesting == 0;
        // Who drops an inner call may still be there.
        let stop = if is_outermost { &call.budget.caller } else { &call.budget.cancel };
        let stop_when_dropped = (!self.is_driven).then(|| stop.clone().drop_guard());
        let effects = Arc::clone(&call.effects);
        let inner = call.budget.inner.clone();
        let (tell, told) = oneshot::channel();
        let door = door.clone();
        let running = async move {
            // Until it is told, or noted that nobody was there for it, it is one of those that run.
            let entered = self.enter(&door, &call).await;
            let came = self.through(&door, call, entered.as_ref()).await;
            let own = came.own.as_ref().map(|run| (run.lease, run.is_told_when_asked_again));
            // Nobody is there for it any more: whoever asks again is to be told.
            if let (Err(came), Some((lease, true))) = (tell.send(came), own) {
                record::unheard(door.runs().as_ref(), lease, came.result).await;
            }
        };
        if is_outermost {
            tokio::spawn(running.in_current_span());
        } else {
            inner.spawn(running);
        }
        let answered = match told.await {
            Ok(Came { own, result, partial, job, .. }) => {
                let run = own.as_ref().filter(|own| own.is_told_when_asked_again).map(|own| own.lease);
                let as_job = job.map(|id| AsJob { id, has_ended: false, run });
                let replayed = own.filter(|own| own.is_replayed).map(|own| own.lease.run);
                Recalled { result, replayed, partial, as_job }
            }
            Err(_) => {
                let result = effects.told_with(Err(host_failed()));
                Recalled { result, replayed: None, partial: None, as_job: None }
            }
        };
        if let Some(guard) = stop_when_dropped {
            guard.disarm();
        }
        answered
    }

    /// Waits for a moment where another call asks for the same, which this one may be.
    async fn enter(&self, door: &Dispatcher, call: &Call) -> Option<Entered> {
        if call.nesting > 0 || !matches!(self.wish.repeat, Repeat::Left(_)) {
            return None;
        }
        let same = format!("{} {} {}", call.principal().id, call.tool, self.wish.fingerprint);
        Some(door.same_calls().enter(same).await)
    }

    /// From its first event to its last.
    async fn through(self, door: &Dispatcher, call: Call, entered: Option<&Entered>) -> Came {
        let Self { tool, arguments, started, wish, begun, .. } = self;
        let runs = door.runs();
        let is_told_when_asked_again = matches!(wish.repeat, Repeat::Left(_));
        // A tool that can't be a job may be the one that starts them, whose run has a job too.
        let jobs = door.background().filter(|_| wish.is_replayable);
        let principal = call.principal().id;
        let call = match record::open(runs, door.connections(), call, started, &wish).await {
            Ok(Opened::Run(call)) => call,
            Ok(Opened::Told(lease, outcome)) => {
                let own = Some(OwnRun { lease, is_replayed: true, is_told_when_asked_again });
                let id = JobId::started_by(lease.run);
                let job = match &jobs {
                    Some(jobs) => jobs.is_there(id, principal).await.map(|is_there| is_there.then_some(id)),
                    None => Ok(None),
                };
                return match job {
                    Ok(job) => Came { own, result: outcome.0, partial: None, job },
                    Err(problem) => Came { own, result: Err(problem), partial: None, job: None },
                };
            }
            Err(problem) => {
                return Came { own: None, result: Err(problem), partial: None, job: None };
            }
        };
        door.happenings().event();
        let noted = entered.map(Entered::left);
        let kept = record::keep(runs, &call, &wish, noted);
        let job = match &jobs {
            Some(jobs) => background::job_of_run(jobs.as_ref(), &call, wish.starts_job, &arguments).await,
            None => Ok(None),
        };
        let (provided, job) = match job {
            Ok(None) => (door.provide(&tool, arguments, &call).await, None),
            Ok(Some(id)) => (Ok(background::started(id)), Some(id)),
            Err(problem) => (Err(problem), None),
        };
        let (provided, partial) = match (call.execution.recorder.refusal(), provided) {
            (None, provided) => (provided, None),
            (Some(refusal), provided) => (Err(refusal), provided.ok()),
        };
        if call.nesting == 0 {
            // By now they have ended or been cancelled, and what they did belongs to this run.
            call.budget.inner.close();
            call.budget.inner.wait().await;
        }
        let mut result = match provided {
            Ok(answer) => Ok(answer),
            // It may have ended before it was told all that earlier executions did.
            Err(problem) => Err(match record::done_in_all(runs.as_ref(), &call).await {
                Some(done) => done.told_with(problem),
                None => call.effects.done().told_with(problem),
            }),
        };
        if matches!(wish.repeat, Repeat::Key(_)) {
            result = result.map_err(record::goes_on);
        }
        // The effect has happened: the caller gets its answer, and a run that can't be closed now is closed later.
        let closed = record::close(runs, &call, &wish, &result, milliseconds(begun)).await;
        door.happenings().event();
        FailPoint::Answering.pass();
        drop(kept);
        let was_left = closed.unwrap_or_else(|error| {
            tracing::error!(call = %call.id, %error, "audit.end_not_written");
            false
        });
        let own = call.execution.recorder.own_run(call.id);
        let is_told_when_asked_again = is_told_when_asked_again && !was_left;
        let own = own.map(|lease| OwnRun { lease, is_replayed: false, is_told_when_asked_again });
        Came { own, result, partial, job }
    }
}
