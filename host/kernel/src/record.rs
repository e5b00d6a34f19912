//! The record of a call: what opens its run, what keeps it, and what closes it.
//!
//! A call that is part of another's run, or of a job, has its two events in the audit and no run of its own. A call that was asked
//! for before finds the run of the first.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::access::Access;
use crate::answer::Answer;
use crate::aside;
use crate::audit::{self, Act, CallEnded, CallStarted, Event};
use crate::call::Call;
use crate::effects::Done;
use crate::fail_point::FailPoint;
use crate::id::{CallId, ConnectionId};
use crate::ports::{Connections, StoreError};
use crate::principal::Connection;
use crate::problem::{Code, Problem};
use crate::run::{
    Closing, EarlierRun, EarlierState, EffectJournal, Entry, FIRST_FENCE, Lease, NewRun, Opening, Recorder,
    Recording, Reopened, Repeat, Resumption, RunOutcome, Runs, Whose, done_by,
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

/// How often the end of a run is written again that could not be, and after what time.
const END_TRIES: u32 = 300;
const END_AGAIN_AFTER: Duration = Duration::from_secs(2);

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
    Told(Lease, RunOutcome),
}

/// What a call is recorded as.
pub(crate) struct Wish {
    /// What it asks for; see [`NewRun::fingerprint`].
    pub(crate) fingerprint: String,
    pub(crate) repeat: Repeat,
    /// Whether its provider can run again against its journal.
    pub(crate) is_replayable: bool,
    /// Whether a job is started in its place.
    pub(crate) starts_job: bool,
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
    FailPoint::count();
    let run = NewRun {
        call: call.id,
        principal: call.principal.id,
        tool: call.tool.clone(),
        connection: call.connection.as_ref().map(|connection| connection.id),
        lease: LEASE,
        fingerprint: wish.fingerprint.clone(),
        repeat: wish.repeat.clone(),
        // What isn't done through the gate has no intent to wait for.
        waits: wish.starts_job || !wish.is_replayable,
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
        let EarlierRun { lease, connection, state } = earlier;
        match (state, &wish.repeat) {
            (EarlierState::Ended(outcome), _) => {
                // What they may no longer reach isn't told from a record either.
                return match of_run(connections, &call, connection).await {
                    Ok(_) => Ok(Opened::Told(lease, outcome)),
                    Err(problem) => {
                        if matches!(wish.repeat, Repeat::Left(_)) {
                            unheard(runs.as_ref(), lease, outcome.0).await;
                        }
                        Err(problem)
                    }
                };
            }
            (EarlierState::Resumed, _) => {
                tracing::info!(call = %call.id, run = %lease.run, "call.resumed");
                let resumed = async {
                    let connection = of_run(connections, &call, connection).await?;
                    Ok((connection, recorder(runs, call.id, lease, wish).await?))
                };
                return match resumed.await {
                    Ok((connection, recorder)) => {
                        (call.connection, call.execution.recorder) = (connection, recorder);
                        Ok(Opened::Run(Arc::new(call)))
                    }
                    Err(problem) => {
                        give_up(runs.as_ref(), &call, wish, lease, &problem).await;
                        Err(problem)
                    }
                };
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

/// The connection of an earlier run, as long as the caller may use it.
async fn of_run(
    connections: &dyn Connections,
    call: &Call,
    connection: Option<ConnectionId>,
) -> Result<Option<Connection>, Problem> {
    let Some(id) = connection else { return Ok(None) };
    let found = connections.connection(&call.principal.connections, id).await?;
    found.map(Some).ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            "The connection that the call began on has been removed, or isn't yours any more.",
        )
    })
}

/// Ends a run that was taken over and can't be gone on with; whoever asks again takes it over anew.
async fn give_up(runs: &dyn Runs, call: &Call, wish: &Wish, lease: Lease, problem: &Problem) {
    let code = Some(problem.code);
    let ended = call.event(Act::CallEnded(CallEnded {
        tool: call.tool.clone(),
        code,
        summary: audit::summary(call.tool.as_str(), code, None),
        touched: Vec::new(),
        effects: 0,
        duration_ms: 0,
    }));
    let is_left = matches!(wish.repeat, Repeat::Left(_));
    let closing =
        Closing { is_success: false, outcome: None, is_left, forgets: false, reopened: &[], ended: &ended };
    if let Err(error) = runs.close(lease, &[], closing).await {
        tracing::error!(run = %lease.run, %error, "audit.end_not_written");
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
        let recording = match lease.fence {
            FIRST_FENCE => Recording::first(resumption),
            _ => Recording::resume(resumption).await?,
        };
        return Ok(Recorder::Full(Arc::new(recording)));
    }
    let journal = match lease.fence {
        FIRST_FENCE => EffectJournal::new(call, lease, Arc::clone(runs)),
        _ => EffectJournal::resume(call, lease, Arc::clone(runs)).await?,
    };
    Ok(Recorder::Effects(Arc::new(journal)))
}

/// Keeps a call's run while it is at work: the lease is renewed, and that the caller has left is noted at once, so that whoever asks
/// again finds this one. In a task of its own, since the work may have the store's only writer. Dropped, it ends.
pub(crate) fn keep(
    runs: &Arc<dyn Runs>,
    call: &Call,
    wish: &Wish,
    noted: Option<CancellationToken>,
) -> Option<AbortOnDropHandle<()>> {
    let lease = call.execution.recorder.own_run(call.id)?;
    let (runs, caller) = (Arc::clone(runs), call.budget.caller.clone());
    let mut is_noted = !matches!(wish.repeat, Repeat::Left(_));
    let keeping = async move {
        let mut extending = tokio::time::interval(EXTEND_EVERY);
        extending.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first comes at once.
        extending.reset();
        loop {
            tokio::select! {
                () = caller.cancelled(), if !is_noted => {
                    is_noted = true;
                    if let Err(error) = runs.leave(lease, None).await {
                        tracing::error!(run = %lease.run, %error, "run.leaving_not_noted");
                    }
                    if let Some(noted) = &noted {
                        noted.cancel();
                    }
                }
                _ = extending.tick() => match runs.extend(lease, LEASE).await {
                    Ok(true) => {}
                    Ok(false) => tracing::error!(run = %lease.run, "run.lease_ended"),
                    Err(error) => tracing::error!(run = %lease.run, %error, "run.lease_not_extended"),
                },
            }
        }
    };
    Some(AbortOnDropHandle::new(tokio::spawn(keeping)))
}

/// What a call that goes on with an earlier one's run has done in all, by the run's journal; none for one that is new.
pub(crate) async fn done_in_all(runs: &dyn Runs, call: &Call) -> Option<Done> {
    let lease = call.execution.recorder.own_run(call.id).filter(|lease| lease.fence > FIRST_FENCE)?;
    let recorded = match call.execution.recorder.flush().await {
        Ok(()) => done_by(runs, lease.run, &[]).await,
        Err(error) => Err(error),
    };
    recorded.inspect_err(|error| tracing::error!(run = %lease.run, %error, "run.journal_not_read")).ok()
}

/// Records how a call ended; answers whether its caller had left by then. What can't be recorded now is tried again for a while: else
/// an answered call would be taken for one that was left.
///
/// # Errors
///
/// When it could not be recorded yet.
pub(crate) async fn close(
    runs: &Arc<dyn Runs>,
    call: &Call,
    wish: &Wish,
    result: &Result<Answer, Problem>,
    duration_ms: u64,
) -> Result<bool, StoreError> {
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
        runs.append(&ended).await?;
        return Ok(false);
    };
    let (entries, reopened) = recorder.rest().await;
    // A write of which nobody knows what became may still be found, also where the tool has coped with that.
    let is_final = RunOutcome::is_final(result) && !reopened.iter().any(|open| open.is_sent);
    let is_kept = is_final && (call.bound.most != Access::Reads || is_small(result));
    let has_left = call.budget.caller.is_cancelled();
    let is_left = has_left && matches!(wish.repeat, Repeat::Left(_));
    let is_asked_again = is_left || matches!(wish.repeat, Repeat::Key(_));
    let end = End {
        lease,
        entries,
        is_success: code.is_none(),
        outcome: (is_kept && is_asked_again).then(|| RunOutcome(result.clone())),
        is_left,
        forgets: is_final && matches!(wish.repeat, Repeat::Key(_)),
        reopened: if is_final { Vec::new() } else { reopened },
        ended,
    };
    match end.write(runs.as_ref()).await {
        Ok(()) => Ok(is_left),
        Err(error) => {
            let runs = Arc::clone(runs);
            tokio::spawn(async move { end.write_later(runs.as_ref()).await });
            Err(error)
        }
    }
}

/// The end of a run, to be written.
struct End {
    lease: Lease,
    entries: Vec<Entry>,
    is_success: bool,
    outcome: Option<RunOutcome>,
    is_left: bool,
    forgets: bool,
    reopened: Vec<Reopened>,
    ended: Event,
}

impl End {
    async fn write(&self, runs: &dyn Runs) -> Result<(), StoreError> {
        let closing = Closing {
            is_success: self.is_success,
            outcome: self.outcome.as_ref(),
            is_left: self.is_left,
            forgets: self.forgets,
            reopened: &self.reopened,
            ended: &self.ended,
        };
        runs.close(self.lease, &self.entries, closing).await
    }

    /// Tries again until it is written, and keeps the run meanwhile.
    async fn write_later(self, runs: &dyn Runs) {
        for _ in 0..END_TRIES {
            tokio::time::sleep(END_AGAIN_AFTER).await;
            // One of the two may work where the other fails.
            let _kept = runs.extend(self.lease, LEASE).await;
            match self.write(runs).await {
                Ok(()) => return,
                Err(error) => tracing::error!(run = %self.lease.run, %error, "audit.end_not_written"),
            }
        }
    }
}

/// Whether the answer of a call that only reads is kept for whoever asks again under its key; else it is read again.
fn is_small(result: &Result<Answer, Problem>) -> bool {
    let Ok(answer) = result else { return true };
    answer.content.is_empty() && answer.data.as_ref().is_none_or(|data| aside::bytes(data) < aside::LARGE)
}

/// Notes that nobody was there for an answer, so that whoever asks again is given it.
pub(crate) async fn unheard(runs: &dyn Runs, lease: Lease, result: Result<Answer, Problem>) {
    let outcome = RunOutcome::is_final(&result).then_some(RunOutcome(result));
    if let Err(error) = runs.leave(lease, outcome.as_ref()).await {
        tracing::error!(run = %lease.run, %error, "run.leaving_not_noted");
    }
}

/// What a call with a key is told beside a refusal that isn't the last word.
pub(crate) fn goes_on(problem: Problem) -> Problem {
    if RunOutcome::is_final(&Err(problem.clone())) {
        return problem;
    }
    let more = "The same call under the same key goes on where this one ended.";
    let hint = match &problem.hint {
        Some(hint) if hint.ends_with(['.', '!', '?']) => format!("{hint} {more}"),
        Some(hint) => format!("{hint}. {more}"),
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
    Problem::new(
        Code::KeyReused,
        "This idempotency key was used for another call: with other arguments, or by a token for other parts.",
    )
        .hint("Send the first arguments to be told what came of them, or a new key for a new wish.")
}
