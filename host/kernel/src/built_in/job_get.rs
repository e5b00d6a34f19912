//! `job_get`: how far a job is, and what came of it.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{BuiltInDefinition, BuiltInTool, job_id_schema};
use crate::access::Access;
use crate::answer::Answer;
use crate::call::Call;
use crate::jobs::{Job, JobEnd, Jobs, Progress};
use crate::problem::Problem;

/// Tells of a job.
pub struct JobGet(pub Jobs);

#[async_trait]
impl BuiltInTool for JobGet {
    fn describe(&self) -> BuiltInDefinition {
        BuiltInDefinition {
            name: "job_get",
            title: "Get a job",
            description: "A job's status (queued, running, succeeded, failed, cancelled), progress from 0 to 1, and output.",
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

/// How far a job is, from 0 to 1.
pub(super) fn share(progress: Progress) -> Value {
    json!(progress.share())
}

/// A job as its owner reads it.
pub(super) fn told(job: Job) -> Value {
    let mut told = Map::from_iter([
        ("job_id".to_owned(), json!(job.id)),
        ("kind".to_owned(), json!(job.tool)),
        ("status".to_owned(), json!(job.status.as_str())),
    ]);
    if let Some(progress) = job.progress {
        told.insert("progress".to_owned(), share(progress));
    }
    match job.end {
        Some(JobEnd::Succeeded(output)) => {
            told.insert("progress".to_owned(), json!(1.0));
            told.insert("output".to_owned(), output);
        }
        Some(JobEnd::Failed(problem)) => {
            told.insert("error".to_owned(), json!(problem));
        }
        Some(JobEnd::Cancelled(done)) if !done.is_nothing() => {
            told.insert("done".to_owned(), done.for_programs());
        }
        Some(JobEnd::Cancelled(_)) | None => {}
    }
    Value::Object(told)
}
