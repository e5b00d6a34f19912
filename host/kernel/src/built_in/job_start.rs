//! `job_start`: a tool's call in the background.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BuiltInDefinition, BuiltInTool};
use crate::access::Access;
use crate::answer::Answer;
use crate::background::STARTING;
use crate::call::Call;
use crate::jobs::Jobs;
use crate::problem::Problem;

/// Starts a job.
pub struct JobStart(pub Jobs);

#[derive(Deserialize)]
struct Arguments {
    kind: String,
    #[serde(default)]
    args: Value,
}

#[async_trait]
impl BuiltInTool for JobStart {
    fn describe(&self) -> BuiltInDefinition {
        BuiltInDefinition {
            name: STARTING,
            title: "Start a job",
            description: "Runs a tool in the background, for what takes longer than a call may. job_get tells how far it is.",
            input_schema: json!({
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "description": "The tool, such as bulk"},
                    "args": {"type": "object", "description": "The tool's arguments"}
                },
                "required": ["kind"],
                "additionalProperties": false
            }),
            // It may be any tool, so the strongest: who may not destroy uses a tool that says so itself.
            access: Access::Destroys,
            least: Access::Writes,
            idempotent: false,
            route: ("POST", "/v1/jobs"),
            uses_connection: true,
        }
    }

    async fn call(&self, arguments: Value, call: &Arc<Call>) -> Result<Answer, Problem> {
        let Arguments { kind, args } = super::parsed(arguments)?;
        let id = self.0.start(call, &kind, args).await?;
        Ok(Answer::data(json!({"job_id": id, "status": "queued"})))
    }
}
