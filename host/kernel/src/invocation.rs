//! What a surface asks the door for, and what the door answers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::answer::Answer;
use crate::background::AsJob;
use crate::effects::Done;
use crate::id::{CallId, RunId};
use crate::principal::{Connection, Principal};
use crate::problem::Problem;
use crate::progress::{ProgressSink, Silent};
use crate::run::{Execution, IdempotencyKey};
use crate::surface::Surface;
use crate::traces::Trace;

/// What a surface asks the door for.
pub struct Invocation {
    /// The tool's name as the caller wrote it.
    pub tool: String,
    /// The arguments as the caller wrote them.
    pub arguments: Value,
    /// Who calls; the surface has authenticated them.
    pub principal: Arc<Principal>,
    /// The way in.
    pub surface: Surface,
    /// Who wants to hear how it goes.
    pub progress: Arc<dyn ProgressSink>,
    /// Cancelled when the caller goes.
    pub cancel: CancellationToken,
    /// How it is run.
    pub execution: Execution,
    /// The idempotency key, where it doesn't stand among the arguments.
    pub key: Option<IdempotencyKey>,
    /// Whether a call with a key goes on when its caller leaves. Where leaving means to stop, as over MCP, it doesn't.
    pub is_driven: bool,
    /// Whether it may run as a job, and how long its caller waits for the job's end; no longer than a call may take. A tool
    /// that can't be a job is called as ever.
    pub as_job: Option<Duration>,
    /// Whether it may only read, since the surface asks somebody before anything stronger. A call that comes to something
    /// stronger ends there, having changed nothing, and its outcome says so.
    pub asks_first: bool,
    /// Where in a trace it is; a trace begins with it where the surface has begun none.
    pub trace: Trace,
}

/// What the door answers: a request id in any case.
#[derive(Debug)]
pub struct Outcome {
    /// The call's id: the `request_id` of every answer, and the call of its events in the audit.
    pub call: CallId,
    /// The answer, or why there is none.
    pub result: Result<Answer, Problem>,
    /// The run whose recorded answer this is, when the call was asked for before.
    pub replayed: Option<RunId>,
    /// What it did to the world, also when there is no answer.
    pub done: Done,
    /// What its tool answered though the run did nothing more, which is not the answer of the whole.
    pub partial: Option<Answer>,
    /// The job that it ran as, if it did.
    pub as_job: Option<AsJob>,
    /// What it came to that somebody is asked about first; none when it came to nothing such.
    pub held: Option<HeldAt>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// What a call came to that somebody is asked about first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAt {
    /// What it would have done.
    pub access: Access,
    /// The connection on which; none for a tool that works on none.
    pub connection: Option<Connection>,
}

impl Invocation {
    /// An invocation that somebody waits for, without progress.
    #[must_use]
    pub fn new(
        tool: impl Into<String>,
        arguments: Value,
        principal: Arc<Principal>,
        surface: Surface,
    ) -> Self {
        Self {
            tool: tool.into(),
            arguments,
            principal,
            surface,
            progress: Arc::new(Silent),
            cancel: CancellationToken::new(),
            execution: Execution::interactive(),
            key: None,
            is_driven: false,
            as_job: None,
            asks_first: false,
            trace: Trace::default(),
        }
    }
}
