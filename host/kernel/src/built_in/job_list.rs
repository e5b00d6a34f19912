//! `job_list`: the caller's own jobs.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use super::{BuiltInDefinition, BuiltInTool, parsed};
use crate::access::Access;
use crate::answer::Answer;
use crate::call::Call;
use crate::jobs::{JobQuery, JobStatus, Jobs, ListedJob, Progress};
use crate::problem::{Code, Problem};

/// Jobs of one answer, when the caller names no number.
const DEFAULT_LIMIT: u32 = 20;

/// Most jobs of one answer.
const MAX_LIMIT: u32 = 100;

/// Lists the caller's own jobs.
pub struct JobList(pub Jobs);

#[derive(Deserialize)]
struct Arguments {
    limit: Option<u32>,
    cursor: Option<String>,
    status: Option<JobStatus>,
}

#[async_trait]
impl BuiltInTool for JobList {
    fn describe(&self) -> BuiltInDefinition {
        let statuses: Vec<&str> = JobStatus::ALL.iter().map(|status| status.as_str()).collect();
        BuiltInDefinition {
            name: "job_list",
            title: "List your jobs",
            description: "Your jobs, newest first.",
            input_schema: json!({
                "type": "object",
                "properties": {
                    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "description": "Default 20"},
                    "cursor": {"type": "string", "description": "next_cursor of the last answer"},
                    "status": {"type": "string", "enum": statuses, "description": "Only these"}
                },
                "additionalProperties": false
            }),
            access: Access::Reads,
            least: Access::Reads,
            idempotent: true,
            route: ("GET", "/v1/jobs"),
            uses_connection: false,
        }
    }

    async fn call(&self, arguments: Value, call: &Arc<Call>) -> Result<Answer, Problem> {
        let Arguments { limit, cursor, status } = parsed(arguments)?;
        let limit = limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
        let no_cursor = |_| {
            Problem::new(Code::InvalidInput, "the cursor is none of job_list")
                .hint("send the next_cursor of the last answer, or none to begin")
        };
        let after = cursor.map(|cursor| cursor.parse().map_err(no_cursor)).transpose()?;
        let mut jobs = self.0.list(call, JobQuery { limit: limit + 1, after, status }).await?;
        let is_more = jobs.len() > limit as usize;
        jobs.truncate(limit as usize);
        let mut answer = json!({"jobs": jobs.iter().map(listed).collect::<Vec<_>>()});
        if let (true, Some(last), Some(members)) = (is_more, jobs.last(), answer.as_object_mut()) {
            members.insert("next_cursor".to_owned(), json!(last.cursor().to_string()));
        }
        Ok(Answer::data(answer))
    }
}

/// A job of the list; what there is none of isn't there.
fn listed(job: &ListedJob) -> Value {
    let members = [
        ("job_id", json!(job.id)),
        ("kind", json!(job.tool)),
        ("status", json!(job.status.as_str())),
        ("progress", json!(job.progress.as_ref().and_then(Progress::share))),
        ("created_at", json!(job.created_at.format(&Rfc3339).ok())),
        ("next_run_at", json!(job.next_run_at.and_then(|at| at.format(&Rfc3339).ok()))),
        ("ended_at", json!(job.ended_at.and_then(|at| at.format(&Rfc3339).ok()))),
    ];
    let told = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(told.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
