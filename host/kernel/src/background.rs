//! What the door needs of jobs, to run a call as one.

use std::time::Duration;

use async_trait::async_trait;

use crate::answer::Answer;
use crate::id::{JobId, PrincipalId};
use crate::problem::Problem;
use crate::progress::ProgressSink;

/// The tool that starts a job.
pub(crate) const STARTING: &str = "job_start";

/// The tool that tells of one.
pub(crate) const ASKING: &str = "job_get";

/// What the door needs of jobs, to wait for one.
#[async_trait]
pub trait Background: Send + Sync {
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
}
