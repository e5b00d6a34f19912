//! `job_get`: how far a job is, and what came of it.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use super::{BuiltInDefinition, BuiltInTool, job_id_schema};
use crate::access::Access;
use crate::answer::Answer;
use crate::background::ASKING;
use crate::call::Call;
use crate::jobs::{Job, JobEnd, Jobs, Progress, Unfinished, Waiting, output};
use crate::problem::Problem;

/// Tells of a job.
pub struct JobGet(pub Jobs);

#[async_trait]
impl BuiltInTool for JobGet {
    fn describe(&self) -> BuiltInDefinition {
        BuiltInDefinition {
            name: ASKING,
            title: "Get a job",
            description: "A job's status (queued, running, waiting, succeeded, failed, cancelled), progress and output.",
            input_schema: job_id_schema(),
            access: Access::Reads,
            least: Access::Reads,
            idempotent: true,
            route: ("GET", "/v1/jobs/{job_id}"),
            uses_connection: false,
        }
    }

    async fn call(&self, arguments: Value, call: &Arc<Call>) -> Result<Answer, Problem> {
        let job = self.0.find(call, super::job_id(arguments)?).await?;
        Ok(Answer::data(told(job)))
    }
}

/// A job as its owner reads it. What there is none of isn't there.
#[must_use]
pub fn told(job: Job) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| {
        if !value.is_null() {
            told.insert(name.to_owned(), value);
        }
    };
    tell("job_id", json!(job.id));
    tell("kind", json!(job.tool));
    tell("status", json!(job.status.as_str()));
    if let Some(progress) = job.progress {
        tell("progress", json!(progress.share()));
        tell("counts", counts(&progress));
        tell("message", json!(progress.message));
    }
    if let Some(Waiting { problem, next_run_at }) = job.waiting {
        tell("next_run_at", json!(next_run_at.format(&Rfc3339).ok()));
        tell("error", json!(problem));
    }
    match job.end {
        Some(JobEnd::Succeeded(answer)) => {
            tell("progress", json!(1.0));
            tell("output", output(answer));
        }
        Some(JobEnd::Failed(problem, unfinished)) => {
            tell("error", json!(problem));
            tell_unfinished(unfinished, tell);
        }
        Some(JobEnd::Cancelled(unfinished)) => tell_unfinished(unfinished, tell),
        None => {}
    }
    Value::Object(told)
}

fn tell_unfinished(Unfinished { done, output }: Unfinished, mut tell: impl FnMut(&str, Value)) {
    if !done.is_nothing() {
        tell("done", done.for_owner());
    }
    tell("output", json!(output));
}

fn counts(progress: &Progress) -> Value {
    match progress.total {
        Some(total) => json!({"done": progress.done, "total": total}),
        None => json!({"done": progress.done}),
    }
}
