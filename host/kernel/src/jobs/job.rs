//! What a job is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effects::Done;
use crate::id::{CallId, ConnectionId, JobId, PrincipalId};
use crate::name::ToolName;
use crate::principal::Allowance;
use crate::problem::Problem;
use crate::run::Lease;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Nobody has begun it.
    Queued,
    /// A host runs it, or ran it and is gone; then another one goes on.
    Running,
    /// It has ended, with an output.
    Succeeded,
    /// It has ended, with a problem.
    Failed,
    /// Its owner stopped it.
    Cancelled,
}

impl JobStatus {
    /// Every status, in the order of a job's life.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The status as callers and tables have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether nothing more happens.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// What a job is to do, and in whose name.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub id: JobId,
    pub principal: PrincipalId,
    /// What they were allowed when they started it: a job never does more, whatever they are allowed later.
    pub allowance: Allowance,
    /// The call that started it, for the audit.
    pub started_by: CallId,
    pub tool: ToolName,
    /// The connection that it works on.
    pub connection: Option<ConnectionId>,
    pub arguments: Value,
}

/// A job as its owner reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub tool: ToolName,
    pub status: JobStatus,
    /// What the tool last said about how far it is.
    pub progress: Option<Progress>,
    /// How it ended.
    pub end: Option<JobEnd>,
}

/// How far a tool says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// Of how much; at least 1.
    pub total: u64,
}

impl Progress {
    /// From 0 to 1, in hundredths.
    #[must_use]
    pub fn share(self) -> f64 {
        let total = self.total.max(1);
        let hundredths = u128::from(self.done.min(total)) * 100 / u128::from(total);
        f64::from(u8::try_from(hundredths).unwrap_or(100)) / 100.0
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEnd {
    /// With what the tool answered.
    Succeeded(Value),
    /// Without an answer.
    Failed(Problem),
    /// Its owner stopped it, when it had done this.
    Cancelled(Done),
}

impl JobEnd {
    /// The status of a job that ended so.
    #[must_use]
    pub fn status(&self) -> JobStatus {
        match self {
            Self::Succeeded(_) => JobStatus::Succeeded,
            Self::Failed(_) => JobStatus::Failed,
            Self::Cancelled(_) => JobStatus::Cancelled,
        }
    }
}

/// A job that this process runs now.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The right to run it.
    pub lease: Lease,
    /// What is to be done.
    pub job: NewJob,
    /// Runs since the journal last grew by an outcome, this one included.
    pub attempts: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_between_nothing_and_all() {
        let share = |done, total| Progress { done, total }.share();
        assert_eq!(share(0, 0), 0.0);
        assert_eq!(share(2, 5), 0.4);
        assert_eq!(share(1, 3), 0.33);
        assert_eq!(share(7, 5), 1.0);
        assert_eq!(share(u64::MAX, u64::MAX), 1.0);
    }

    #[test]
    fn statuses_read_as_they_are_written() {
        for status in JobStatus::ALL {
            assert_eq!(JobStatus::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
