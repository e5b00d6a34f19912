//! One `tools/call`, through the door.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::JsonObject;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::{CallId, Code, Invocation, Principal, ProgressSink, Surface};

use super::answer::{self, ToolResult};
use crate::Gateway;

/// Calls a tool, under the id that this answers with too. The error is for a tool that isn't there, or that the principal
/// may not see; everything else that can go wrong is a result.
pub(super) async fn call(
    gateway: &Gateway,
    principal: Arc<Principal>,
    tool: String,
    arguments: JsonObject,
    progress: Arc<dyn ProgressSink>,
    cancel: CancellationToken,
) -> (CallId, Result<ToolResult, ErrorData>) {
    let (is_known, declares_output) = match gateway.catalogs.current().get(&tool) {
        Some(tool) if tool.is_open_to(&principal) => (true, tool.output_schema.is_some()),
        _ => (false, false),
    };
    let mut invocation = Invocation::new(tool, Value::Object(arguments), principal, Surface::Mcp);
    invocation.progress = progress;
    invocation.cancel = cancel;
    let outcome = gateway.dispatcher.call(invocation).await;
    let call = outcome.call;
    let result = match &outcome.result {
        // The door says it also of pages and connections that aren't there, and those are results.
        Err(problem) if !is_known && problem.code == Code::NotFound => {
            Err(answer::unknown_tool(outcome.call, problem))
        }
        _ => Ok(ToolResult::new(outcome, declares_output)),
    };
    (call, result)
}
