//! What the door needs of jobs, to run a call as one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::answer::Answer;
use crate::call::Call;
use crate::id::{JobId, PrincipalId};
use crate::problem::Problem;
use crate::progress::ProgressSink;
use crate::run::{FIRST_FENCE, Lease};

/// The tool that starts a job.
pub(crate) const STARTING: &str = "job_start";

/// The tool that tells of one.
pub(crate) const ASKING: &str = "job_get";

/// What the door needs of jobs, to wait for one.
#[async_trait]
pub trait Background: Send + Sync {
    /// Starts the job of a call's run, with the call's tool and connection: one that is there already stays.
    async fn start(&self, call: &Call, id: JobId, arguments: Value) -> Result<(), Problem>;

    /// Whether a principal has a job.
    async fn is_there(&self, id: JobId, principal: PrincipalId) -> Result<bool, Problem>;

    /// How far a principal's job is: its end as soon as it has one, or what it is at after this time. Who wants to hear of its
    /// progress does meanwhile.
    async fn reached(
        &self,
        job: JobId,
        principal: PrincipalId,
        within: Duration,
        progress: &dyn ProgressSink,
    ) -> Result<Reached, Problem>;
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq)]
pub enum Reached {
    /// It has ended with this.
    Over(Result<Answer, Problem>),
    /// It hasn't ended; its status.
    Open(&'static str),
}

/// The job that a call ran as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsJob {
    pub id: JobId,
    /// Whether the outcome is what the job ended with; else it says where to ask for that.
    pub has_ended: bool,
    /// The run of a call without a key, which whoever asks again is to find when nobody is there for the outcome.
    pub(crate) run: Option<Lease>,
}

/// Who waits for the job of a call, and how.
pub(crate) struct Waiting {
    pub(crate) principal: PrincipalId,
    /// How long at most; as long as a call may take where that is less, or nothing.
    pub(crate) wait: Option<Duration>,
    pub(crate) progress: Arc<dyn ProgressSink>,
    /// Cancelled when whoever waits has left.
    pub(crate) caller: CancellationToken,
}

/// The job that the run of a call has, started now where it is to have one; none where the tool runs.
pub(crate) async fn job_of_run(
    background: &dyn Background,
    call: &Call,
    is_wanted: bool,
    arguments: &Value,
) -> Result<Option<JobId>, Problem> {
    let Some(lease) = call.execution.recorder.own_run(call.id) else { return Ok(None) };
    let id = JobId::started_by(lease.run);
    if lease.fence == FIRST_FENCE {
        if is_wanted {
            background.start(call, id, arguments.clone()).await?;
        }
        return Ok(is_wanted.then_some(id));
    }
    // It goes on as what it was begun as.
    Ok(background.is_there(id, call.principal().id).await?.then_some(id))
}

/// What the run of a call that started a job ends with.
pub(crate) fn started(id: JobId) -> Answer {
    Answer::data(json!({"job_id": id, "status": "queued"}))
}
