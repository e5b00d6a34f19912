//! A call that runs as a job where its caller allows it or its tool asks for it, and answers as a call when the job ends in time.
//!
//! It is a call like any other up to the moment in which its tool would run: what the door refuses it refuses, and its run is opened,
//! or found, under its idempotency key. In the place of the tool, a job is started, once in each run. Whoever asks for the same
//! call finds the run and waits for its job, whether they allow a job or not: a key is one wish.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::answer::Answer;
use crate::background::{ASKING, AsJob, Reached, STARTING, Waiting};
use crate::dispatcher::Dispatcher;
use crate::id::JobId;
use crate::invocation::{Invocation, Outcome};
use crate::passage::milliseconds;
use crate::record;
use crate::run::{Lease, RunOutcome, Runs, left};
use crate::surface::Surface;

impl Dispatcher {
    /// How long a call waits for the job that it runs as; none when it doesn't run as one. The command line waits for what it
    /// calls.
    pub(crate) fn wait_as_job(&self, invocation: &Invocation) -> Option<Duration> {
        let catalog = self.catalog();
        let open = |name: &str| catalog.get(name).filter(|tool| tool.is_open_to(&invocation.principal));
        let runs_long = || {
            invocation.surface != Surface::CommandLine
                && catalog.get(&invocation.tool).is_some_and(|tool| tool.definition.background)
        };
        let wait = invocation.as_job.or_else(|| runs_long().then_some(Duration::MAX))?;
        // A job runs with all that its principal may do: one that nobody was asked about doesn't begin.
        let is_possible = !invocation.asks_first
            && !invocation.execution.recorder.is_on()
            && self.background().is_some()
            && open(&invocation.tool).is_some_and(|tool| tool.provider.is_replayable())
            // Who couldn't ask for it is answered as ever.
            && open(STARTING).is_some()
            && open(ASKING).is_some();
        is_possible.then(|| wait.min(self.longest_wait()))
    }

    /// As long as a call may take that still has to be answered.
    fn longest_wait(&self) -> Duration {
        let limits = self.limits();
        limits.call_time.saturating_sub(limits.answer_time)
    }

    /// Waits for the job of a call, within the call's time.
    pub(crate) async fn wait_for_job(&self, started: Outcome, id: JobId, waiting: Waiting) -> Outcome {
        let Some(background) = self.background() else { return started };
        let begun = std::time::Instant::now();
        let Waiting { principal, wait, progress, caller } = waiting;
        let wait = wait.unwrap_or(Duration::MAX).min(self.longest_wait());
        let unheard = Unheard::of(self.runs(), &started);
        let reached = tokio::select! {
            biased;
            // The job goes on.
            () = caller.cancelled() => Err(left()),
            reached = background.reached(id, principal, wait, progress.as_ref()) => reached,
        };
        let (result, has_ended) = match reached {
            Err(problem) => (Err(problem.hinted()), false),
            Ok(Reached::Over(result)) => (result, true),
            Ok(Reached::Open(status)) => {
                let hint = format!("It goes on as a job: ask {ASKING} for it.");
                (Ok(Answer::data(json!({"job_id": id, "status": status, "hint": hint}))), false)
            }
        };
        if !caller.is_cancelled() {
            unheard.heard();
        }
        let as_job = (result.is_ok() || has_ended).then_some(AsJob { id, has_ended, run: None });
        Outcome { result, as_job, duration_ms: started.duration_ms + milliseconds(begun), ..started }
    }
}

/// The run of a call without a key that waits for its job: when its caller leaves, whoever asks again waits for the same.
struct Unheard(Option<(Arc<dyn Runs>, Lease, RunOutcome)>);

impl Unheard {
    fn of(runs: &Arc<dyn Runs>, started: &Outcome) -> Self {
        let lease = started.as_job.as_ref().and_then(|job| job.run);
        Self(lease.map(|lease| (Arc::clone(runs), lease, RunOutcome(started.result.clone()))))
    }

    fn heard(mut self) {
        self.0 = None;
    }
}

impl Drop for Unheard {
    fn drop(&mut self) {
        let (Some((runs, lease, outcome)), Ok(runtime)) =
            (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        runtime.spawn(async move { record::unheard(runs.as_ref(), lease, outcome.0).await });
    }
}
