//! What the door needs of jobs, to run a call as one.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::id::{JobId, PrincipalId};
use crate::problem::Problem;
use crate::progress::ProgressSink;
use crate::run::Lease;

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
