//! `job_cancel`: a job does nothing more.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::job_get::told;
use super::{BuiltInDefinition, BuiltInTool, job_id_schema};
use crate::access::Access;
use crate::answer::Answer;
use crate::call::Call;
use crate::jobs::Jobs;
use crate::problem::Problem;

/// Cancels a job.
pub struct JobCancel(pub Jobs);

#[async_trait]
impl BuiltInTool for JobCancel {
    fn describe(&self) -> BuiltInDefinition {
        BuiltInDefinition {
            name: "job_cancel",
            title: "Cancel a job",
            description: "Stops a job after the requests that are under way. What it has done stays.",
            input_schema: job_id_schema(),
            access: Access::Writes,
            least: Access::Writes,
            idempotent: true,
            route: ("DELETE", "/v1/jobs/{job_id}"),
            uses_connection: false,
        }
    }

    async fn call(&self, arguments: Value, call: &Arc<Call>) -> Result<Answer, Problem> {
        let job = self.0.cancel(call, super::job_id(arguments)?).await?;
        Ok(Answer::data(told(job)))
    }
}
