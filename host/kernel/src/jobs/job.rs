//! What a job is.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::answer::{Answer, Content};
use crate::arguments::CONNECTION_ID;
use crate::effects::Done;
use crate::id::{CallId, ConnectionId, JobId, PrincipalId};
use crate::name::ToolName;
use crate::principal::Allowance;
use crate::problem::Problem;
use crate::run::Lease;
use crate::traces::TraceContext;

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Nobody has begun it.
    Queued,
    /// A host runs it, or ran it and is gone; then another one goes on.
    Running,
    /// Its last run ended with a problem that passes, and it runs again later.
    Waiting,
    /// It has ended, with an output.
    Succeeded,
    /// It has ended, with a problem.
    Failed,
    /// Its owner stopped it.
    Cancelled,
}

impl JobStatus {
    /// Every status, in the order of a job's life.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Waiting, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The status as callers and tables have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
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
    /// Where that call is in its trace: the job is in the same one, whichever host runs it.
    pub trace: Option<TraceContext>,
}

impl NewJob {
    /// The arguments of the job's call, with the connection that it works on.
    pub(super) fn into_arguments(self) -> Value {
        let mut arguments = self.arguments;
        if let (Some(connection), Value::Object(members)) = (self.connection, &mut arguments) {
            members.insert(CONNECTION_ID.to_owned(), json!(connection));
        }
        arguments
    }
}

/// A job as its owner reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub tool: ToolName,
    pub status: JobStatus,
    /// What the tool last said about how far it is.
    pub progress: Option<Progress>,
    /// Why it waits, and until when.
    pub waiting: Option<Waiting>,
    /// How it ended.
    pub end: Option<JobEnd>,
}

/// Why a job waits for its next run.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// What its last run ended with.
    pub problem: Problem,
    /// When it runs again, at the earliest.
    pub next_run_at: OffsetDateTime,
}

/// How far a tool says it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// Of how much, where that is known.
    pub total: Option<u64>,
    /// What the tool says about it; the host of the tool bounds its length.
    pub message: Option<String>,
}

impl Progress {
    /// From 0 to 1, in hundredths, where the total is known.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let total = self.total?.max(1);
        let hundredths = u128::from(self.done.min(total)) * 100 / u128::from(total);
        Some(f64::from(u8::try_from(hundredths).unwrap_or(100)) / 100.0)
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEnd {
    /// With what the tool answered.
    Succeeded(Answer),
    /// Without an answer of the whole.
    Failed(Problem, Unfinished),
    /// Its owner stopped it.
    Cancelled(Unfinished),
}

/// What a job leaves that didn't come to its end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Unfinished {
    /// What it did to the world.
    pub done: Done,
    /// What its tool answered when the run did nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// What a job's owner reads of an answer: its data, or its prose when there is nothing else.
#[must_use]
pub fn output(answer: Answer) -> Value {
    answer.data.unwrap_or_else(|| {
        let prose: Vec<&str> = answer
            .content
            .iter()
            .filter_map(|part| match part {
                Content::Text(text) | Content::Resource { text, .. } => Some(text.as_str()),
                Content::Image { .. } | Content::Audio { .. } => None,
            })
            .collect();
        json!({"text": prose.join("\n")})
    })
}

impl JobEnd {
    /// The status of a job that ended so.
    #[must_use]
    pub fn status(&self) -> JobStatus {
        match self {
            Self::Succeeded(_) => JobStatus::Succeeded,
            Self::Failed(..) => JobStatus::Failed,
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
    /// Runs since the journal last grew by an outcome that stands, this one included.
    pub attempts: u32,
    /// How long ago it was started.
    pub age: Duration,
    /// Whether its owner wants it to stop.
    pub is_cancelled: bool,
}

/// A job that may be adopted, as it is at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Adoptable {
    pub job: NewJob,
    /// The last lease, which isn't in force: a later one keeps the job from being adopted.
    pub lease: Lease,
    pub status: JobStatus,
    /// Whether a host runs it now.
    pub is_leased: bool,
    /// Whether it is to stop.
    pub is_cancelled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_between_nothing_and_all() {
        let share = |done, total| Progress { done, total, message: None }.share();
        assert_eq!(share(0, Some(0)), Some(0.0));
        assert_eq!(share(2, Some(5)), Some(0.4));
        assert_eq!(share(1, Some(3)), Some(0.33));
        assert_eq!(share(7, Some(5)), Some(1.0));
        assert_eq!(share(u64::MAX, Some(u64::MAX)), Some(1.0));
        assert_eq!(share(7, None), None);
    }

    #[test]
    fn statuses_read_as_they_are_written() {
        for status in JobStatus::ALL {
            assert_eq!(JobStatus::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
