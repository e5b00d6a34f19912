//! A call that runs as a job where its caller allows it or its tool asks for it, and answers as a call when the job ends in time.
//!
//! It is the call of the tool that starts jobs, with all that the door does for one, and a wait for the job's end. A caller
//! who may not start a job, or not ask for it, is answered as if they hadn't allowed it; so is one whose tool can't be a job.
//!
//! An idempotency key stands for one wish, whether it runs as a job or not: under a key that has started a job, the same call
//! waits for that job, and under a key that has a run of its own, no job is started.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::{CONNECTION_ID, IDEMPOTENCY_KEY};
use crate::background::{ASKING, AsJob, Background, Reached, STARTING};
use crate::digest::digest;
use crate::dispatcher::{Dispatcher, Invocation, Outcome, milliseconds};
use crate::effects::Done;
use crate::id::JobId;
use crate::ports::StoreError;
use crate::problem::{Code, Problem};
use crate::run::{IdempotencyKey, left};
use crate::surface::Surface;

/// How a call runs as a job.
pub(crate) struct Deferral {
    background: Arc<dyn Background>,
    wait: Duration,
    key: Option<IdempotencyKey>,
}

impl Dispatcher {
    /// Whether a call may be one that runs as a job: its caller allows it, or has a key that may have started one; or its tool
    /// is one that runs long. The command line waits for what it calls.
    pub(crate) fn may_be_job(&self, invocation: &Invocation) -> bool {
        let has_key = || invocation.key.is_some() || invocation.arguments.get(IDEMPOTENCY_KEY).is_some();
        !invocation.execution.recorder.is_on()
            && (invocation.as_job.is_some() || has_key() || self.runs_long(invocation))
    }

    /// Whether a call's tool says that its calls run as jobs.
    fn runs_long(&self, invocation: &Invocation) -> bool {
        invocation.surface != Surface::CommandLine
            && self.catalog().get(&invocation.tool).is_some_and(|tool| tool.definition.background)
    }

    /// How a call runs as a job, if it does.
    ///
    /// # Errors
    ///
    /// When the store can't say what was done under its key.
    pub(crate) async fn deferral(&self, invocation: &Invocation) -> Result<Option<Deferral>, StoreError> {
        if !self.can_be_job(invocation) {
            return Ok(None);
        }
        let Some(background) = self.background() else { return Ok(None) };
        let Ok(key) = key_of(invocation) else { return Ok(None) };
        let limits = self.limits();
        let time = limits.call_time.saturating_sub(limits.answer_time);
        let by_tool = self.runs_long(invocation).then_some(time);
        let wanted = invocation.as_job.map(|wait| wait.min(time)).or(by_tool);
        let Some(key) = key else {
            return Ok(wanted.map(|wait| Deferral { background, wait, key: None }));
        };
        let (Ok(tool), Ok(starting)) = (invocation.tool.parse(), STARTING.parse()) else { return Ok(None) };
        let principal = invocation.principal.id;
        let starts = starts(&invocation.tool, &key);
        let (wait, is_other) = match wanted {
            Some(wait) => (wait, self.runs().keyed(principal, &tool, &key.digest()).await?.is_some()),
            None => (time, self.runs().keyed(principal, &starting, &starts.digest()).await?.is_none()),
        };
        Ok((!is_other).then_some(Deferral { background, wait, key: Some(starts) }))
    }

    /// Whether a call's tool can be a job, and its caller may start and ask for one.
    fn can_be_job(&self, invocation: &Invocation) -> bool {
        let catalog = self.catalog();
        let open = |name: &str| catalog.get(name).filter(|tool| tool.is_open_to(&invocation.principal));
        open(&invocation.tool).is_some_and(|tool| tool.provider.is_replayable())
            && open(STARTING).is_some()
            && open(ASKING).is_some()
    }

    /// Starts a call as a job, and waits for it.
    pub(crate) async fn call_as_job(&self, invocation: Invocation, deferral: Deferral) -> Outcome {
        let begun = Instant::now();
        let Invocation { tool, arguments, principal, surface, cancel, is_driven, progress, .. } = invocation;
        let mut starting = json!({"kind": tool});
        if let (Some(starting), Value::Object(mut own)) = (starting.as_object_mut(), arguments) {
            own.remove(IDEMPOTENCY_KEY);
            if let Some(connection) = own.remove(CONNECTION_ID) {
                starting.insert(CONNECTION_ID.to_owned(), connection);
            }
            starting.insert("args".to_owned(), Value::Object(own));
        }
        let owner = principal.id;
        let caller = cancel.clone();
        let start = Invocation::new(STARTING, starting, principal, surface);
        let start = Invocation { key: deferral.key, is_driven, cancel, ..start };
        let started = self.call_now(start).await;
        let (call, replayed) = (started.call, started.replayed);
        let come = async {
            let id = job_of(&started.result?)?;
            let waiting = deferral.background.reached(id, owner, deferral.wait, progress.as_ref());
            let reached = tokio::select! {
                biased;
                // The job goes on.
                () = caller.cancelled() => return Err(left()),
                reached = waiting => reached?,
            };
            Ok::<_, Problem>((id, reached))
        };
        let (result, as_job) = match come.await {
            Err(problem) => (Err(problem.hinted()), None),
            Ok((id, Reached::Over(result))) => (result, Some(AsJob { id, has_ended: true })),
            Ok((id, Reached::Open(status))) => {
                let hint = format!("It goes on as a job: ask {ASKING} for it.");
                let told = json!({"job_id": id, "status": status, "hint": hint});
                (Ok(Answer::data(told)), Some(AsJob { id, has_ended: false }))
            }
        };
        let duration_ms = milliseconds(begun);
        Outcome { call, result, replayed, done: Done::default(), partial: None, as_job, duration_ms }
    }
}

/// The key of a call, from beside its arguments or among them.
fn key_of(invocation: &Invocation) -> Result<Option<IdempotencyKey>, Problem> {
    let beside = invocation.key.clone();
    // What is wrong with them, the door says.
    let Value::Object(members) = &invocation.arguments else { return Err(no_job()) };
    match (beside, members.get(IDEMPOTENCY_KEY)) {
        (beside, None | Some(Value::Null)) => Ok(beside),
        (None, Some(Value::String(within))) => within.parse().map(Some),
        (Some(beside), Some(Value::String(within))) if within.parse().as_ref() == Ok(&beside) => {
            Ok(Some(beside))
        }
        _ => Err(no_job()),
    }
}

fn no_job() -> Problem {
    Problem::new(Code::InvalidInput, "the call can't be a job")
}

/// The key of starting the job of a call: none that a client would choose for starting one by itself.
fn starts(tool: &str, key: &IdempotencyKey) -> IdempotencyKey {
    IdempotencyKey::of_digest(&digest(&json!(["as job", tool, key.digest()])))
}

fn job_of(answer: &Answer) -> Result<JobId, Problem> {
    let id = answer.data.as_ref().and_then(|data| data.get("job_id")).and_then(Value::as_str);
    id.and_then(|id| id.parse().ok())
        .ok_or_else(|| Problem::new(Code::Failed, "the host failed while it started the job"))
}
