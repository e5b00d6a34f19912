//! The record of a call: what opens its run, what keeps it, and what closes it.
//!
//! A call that is part of another's run, or of a job, has its two events in the audit and no run of its own. A call that was asked
//! for before finds the run of the first.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::answer::Answer;
use crate::audit::{self, Act, CallEnded, CallStarted};
use crate::call::Call;
use crate::id::{CallId, RunId};
use crate::ports::{Connections, StoreError};
use crate::problem::{Code, Problem};
use crate::run::{
    Closing, EarlierRun, EarlierState, EffectJournal, FIRST_FENCE, Lease, NewRun, Opening, Recorder,
    Recording, Repeat, Resumption, RunOutcome, Runs, Whose,
};
use crate::tool::Tool;

/// How long a call's run is its own unless that is renewed: how long it rests after the host that ran it is gone.
const LEASE: Duration = Duration::from_secs(30);

/// Time between renewals. Most calls end before the first.
const EXTEND_EVERY: Duration = Duration::from_secs(8);

/// The first wait for an execution that is coming to its end; doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// The longest of these waits.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// How long a client is asked to wait for an execution of the same call.
const ASK_AGAIN_SECONDS: u64 = 1;

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

/// What opening a call's record came to.
pub(crate) enum Opened {
    /// It is to be run.
    Run(Arc<Call>),
    /// It was run before: this is what came of it.
    Told(RunId, RunOutcome),
}

/// What a call is recorded as.
pub(crate) struct Wish {
    /// What it asks for; see [`NewRun::fingerprint`].
    pub(crate) fingerprint: String,
    pub(crate) repeat: Repeat,
    /// Whether its provider can run again against its journal.
    pub(crate) is_replayable: bool,
}

/// Records that a call begins, or finds that it was asked for before. What can't be recorded isn't done.
///
/// # Errors
///
/// `conflict` when its key is in use by a call that runs, `key_reused` when the key was used for something else, and what keeps the
/// store from recording it.
pub(crate) async fn open(
    runs: &Arc<dyn Runs>,
    connections: &dyn Connections,
    mut call: Call,
    started: CallStarted,
    wish: &Wish,
) -> Result<Opened, Problem> {
    let started = call.event(Act::CallStarted(started));
    if call.execution.recorder.is_on() {
        runs.append(&started).await?;
        return Ok(Opened::Run(Arc::new(call)));
    }
    let run = NewRun {
        call: call.id,
        principal: call.principal.id,
        tool: call.tool.clone(),
        connection: call.connection.as_ref().map(|connection| connection.id),
        lease: LEASE,
        fingerprint: wish.fingerprint.clone(),
        repeat: wish.repeat.clone(),
    };
    let mut wait = FIRST_WAIT;
    loop {
        let earlier = match runs.open(&run, &started).await? {
            Opening::New => {
                let lease = Lease { run: call.id.into(), fence: FIRST_FENCE };
                call.execution.recorder = recorder(runs, call.id, lease, wish).await?;
                return Ok(Opened::Run(Arc::new(call)));
            }
            Opening::Earlier(earlier) => earlier,
        };
        let EarlierRun { run, connection, state } = earlier;
        match (state, &wish.repeat) {
            (EarlierState::Ended(outcome), _) => return Ok(Opened::Told(run, outcome)),
            (EarlierState::Resumed(lease), _) => {
                tracing::info!(call = %call.id, %run, "call.resumed");
                call.connection = match connection {
                    Some(id) => Some(
                        connections.connection(&call.principal.connections, id).await?.ok_or_else(|| {
                            Problem::new(
                                Code::NotFound,
                                "The connection that the call began on has been removed.",
                            )
                        })?,
                    ),
                    None => None,
                };
                call.execution.recorder = recorder(runs, call.id, lease, wish).await?;
                return Ok(Opened::Run(Arc::new(call)));
            }
            (EarlierState::OtherArguments, _) => return Err(other_arguments()),
            (EarlierState::Running, Repeat::Key(_)) => return Err(still_running()),
            // The earlier one is coming to its end, since its caller has left.
            (EarlierState::Running, Repeat::Left(_) | Repeat::Never) => {
                call.budget.unless_left(tokio::time::sleep(wait)).await?;
                if call.remaining().is_zero() {
                    return Err(still_running());
                }
                wait = wait.saturating_mul(2).min(MAX_WAIT);
            }
        }
    }
}

/// The recorder of a call's own run: all of it under a key, so that it can be replayed, else its writes.
async fn recorder(
    runs: &Arc<dyn Runs>,
    call: CallId,
    lease: Lease,
    wish: &Wish,
) -> Result<Recorder, StoreError> {
    if matches!(wish.repeat, Repeat::Key(_)) && wish.is_replayable {
        let journal = Arc::clone(runs) as _;
        let resumption = Resumption { journal, lease, whose: Whose::Call(call) };
        return Ok(Recorder::Full(Arc::new(Recording::resume(resumption).await?)));
    }
    let journal = match lease.fence {
        FIRST_FENCE => EffectJournal::new(call, lease, Arc::clone(runs)),
        _ => EffectJournal::resume(call, lease, Arc::clone(runs)).await?,
    };
    Ok(Recorder::Effects(Arc::new(journal)))
}

/// Runs a call's work, and meanwhile keeps its run: the lease is renewed, and that the caller has left is noted at once, so that
/// whoever asks again finds this one.
pub(crate) async fn keep<T>(runs: &dyn Runs, call: &Call, wish: &Wish, work: impl Future<Output = T>) -> T {
    let Some(lease) = call.execution.recorder.own_run(call.id) else { return work.await };
    let mut work = std::pin::pin!(work);
    let mut extending = tokio::time::interval(EXTEND_EVERY);
    extending.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first comes at once.
    extending.reset();
    let mut is_noted = !matches!(wish.repeat, Repeat::Left(_));
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = call.budget.cancel.cancelled(), if !is_noted => {
                is_noted = true;
                if let Err(error) = runs.leave(lease.run, None).await {
                    tracing::error!(call = %call.id, %error, "run.leaving_not_noted");
                }
            }
            _ = extending.tick() => match runs.extend(lease, LEASE).await {
                Ok(true) => {}
                Ok(false) => tracing::error!(run = %lease.run, "run.lease_ended"),
                Err(error) => tracing::error!(run = %lease.run, %error, "run.lease_not_extended"),
            },
        }
    }
}

/// Records how a call ended.
pub(crate) async fn close(
    runs: &dyn Runs,
    call: &Call,
    wish: &Wish,
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
    let Some(lease) = recorder.own_run(call.id) else {
        // Its effects come before its end.
        recorder.flush().await?;
        return runs.append(&ended).await;
    };
    let (entries, reopened) = recorder.rest().await;
    let is_final = RunOutcome::is_final(result);
    let is_left = call.budget.cancel.is_cancelled();
    let is_asked_again = match wish.repeat {
        Repeat::Key(_) => true,
        Repeat::Left(_) => is_left,
        Repeat::Never => false,
    };
    let outcome = (is_final && is_asked_again).then(|| RunOutcome(result.clone()));
    let closing = Closing {
        is_success: code.is_none(),
        outcome: outcome.as_ref(),
        is_left: is_left && matches!(wish.repeat, Repeat::Left(_)),
        reopened: if is_final { &[] } else { &reopened },
        ended: &ended,
    };
    runs.close(lease, &entries, closing).await
}

/// Notes that nobody was there for an answer, so that whoever asks again is given it.
pub(crate) async fn unheard(runs: &dyn Runs, run: RunId, result: Result<Answer, Problem>) {
    let outcome = RunOutcome::is_final(&result).then_some(RunOutcome(result));
    if let Err(error) = runs.leave(run, outcome.as_ref()).await {
        tracing::error!(%run, %error, "run.leaving_not_noted");
    }
}

/// What a call with a key is told beside a refusal that isn't the last word.
pub(crate) fn goes_on(problem: Problem) -> Problem {
    if RunOutcome::is_final(&Err(problem.clone())) {
        return problem;
    }
    let more = "The same call under the same key goes on where this one ended.";
    let hint = match &problem.hint {
        Some(hint) => format!("{hint} {more}"),
        None => more.to_owned(),
    };
    Problem { hint: None, ..problem }.hint(hint)
}

fn still_running() -> Problem {
    Problem::new(Code::Conflict, "The same call is still running.")
        .hint("Wait, and send it again: it is answered with what came of the first.")
        .details(serde_json::json!({"retry_after_seconds": ASK_AGAIN_SECONDS}))
}

fn other_arguments() -> Problem {
    Problem::new(Code::KeyReused, "This idempotency key was used for other arguments.")
        .hint("Send the first arguments to be told what came of them, or a new key for a new wish.")
}
