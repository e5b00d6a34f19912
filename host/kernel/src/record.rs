//! The record of a call that can write: what opens its run, and what closes it.
//!
//! A call that is part of another's run, or of a job, has its two events in the audit and no run of its own.

use std::time::Duration;

use crate::answer::Answer;
use crate::audit::{self, Act, CallEnded, CallStarted};
use crate::call::Call;
use crate::id::CallId;
use crate::ports::StoreError;
use crate::problem::Problem;
use crate::run::{NewRun, Runs};
use crate::tool::Tool;

/// How much longer than a call its run may be written to: an outcome may come at the last moment, and clocks differ.
const LEASE_MARGIN: Duration = Duration::from_secs(60);

/// What is recorded before a call runs; `outer` is the call that made it.
pub(crate) fn started(
    tool: &Tool,
    call: &Call,
    outer: Option<CallId>,
    arguments_digest: String,
) -> CallStarted {
    CallStarted {
        tool: call.tool.clone(),
        parent: outer.or_else(|| call.execution.recorder.started_by()),
        provider: tool.provider.name().to_owned(),
        access: call.bound.most,
        arguments_digest,
    }
}

/// Records that a call begins. What can't be recorded isn't done.
pub(crate) async fn open(runs: &dyn Runs, call: &Call, started: CallStarted) -> Result<(), StoreError> {
    let started = call.event(Act::CallStarted(started));
    if call.execution.recorder.own_run(call.id).is_none() {
        return runs.append(&started).await;
    }
    let run = NewRun {
        call: call.id,
        principal: call.principal.id,
        tool: call.tool.clone(),
        connection: call.connection.as_ref().map(|connection| connection.id),
        lease: call.budget.time.saturating_add(LEASE_MARGIN),
    };
    runs.open(&run, &started).await
}

/// Records how a call ended.
pub(crate) async fn close(
    runs: &dyn Runs,
    call: &Call,
    result: &Result<Answer, Problem>,
    duration_ms: u64,
) -> Result<(), StoreError> {
    let code = result.as_ref().err().map(|problem| problem.code);
    let done = call.effects.done();
    let ended = call.event(Act::CallEnded(CallEnded {
        tool: call.tool.clone(),
        code,
        summary: audit::summary(call.tool.as_str(), code, done.for_audit().as_deref()),
        touched: done.touched(),
        effects: call.budget.effects(),
        duration_ms,
    }));
    let recorder = &call.execution.recorder;
    match recorder.own_run(call.id) {
        Some(journal) => journal.close(code.is_none(), &ended).await,
        None => {
            // Its effects come before its end.
            recorder.flush().await?;
            runs.append(&ended).await
        }
    }
}
