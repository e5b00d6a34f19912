//! `toolbay:plugin/call`: facts about the call, and its progress.

use std::sync::Arc;

use serde_json::json;
use toolbay_kernel::{Connection, printable};

use super::on_main;
use super::problem::to_guest;
use crate::bindings::toolbay::plugin::{call, types};
use crate::limits::PROGRESS_BYTES;

/// Connections that a guest is given at once: a page must fit into its memory with room to spare.
const MAX_CONNECTIONS: usize = 1_000;

impl call::Host for super::CallState {
    fn current(&mut self) -> wasmtime::Result<call::Context> {
        let call = &self.enter("call.current")?.call;
        Ok(call::Context {
            call_id: call.id().to_string(),
            tool: call.tool().to_string(),
            connection_id: call.connection_if_any().map(|connection| connection.id.to_string()),
            remaining_ms: u64::try_from(call.time_to_go_by().as_millis()).unwrap_or(u64::MAX),
        })
    }

    async fn connections(
        &mut self,
        after: Option<String>,
        max: u32,
    ) -> wasmtime::Result<Result<Vec<call::Connection>, types::Problem>> {
        let running = self.enter("call.connections")?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        let asked = Arc::clone(&call);
        let max = usize::try_from(max).unwrap_or(MAX_CONNECTIONS).min(MAX_CONNECTIONS);
        let about = json!(["connections", after, max]);
        let telling = call.tell(move || about, async move { asked.connections(after.as_deref(), max).await });
        let connections = on_main(&self.meter, &main, telling).await?;
        Ok(connections.map(|all| all.into_iter().map(connection_to_guest).collect()).map_err(to_guest))
    }

    fn report_progress(
        &mut self,
        done: u64,
        total: Option<u64>,
        message: Option<String>,
    ) -> wasmtime::Result<bool> {
        let call = &self.enter("call.report-progress")?.call;
        let message = message.map(|message| printable::line(&message, PROGRESS_BYTES));
        call.progress().progress(done, total, message.as_deref());
        Ok(!call.is_cancelled())
    }
}

fn connection_to_guest(connection: Connection) -> call::Connection {
    call::Connection {
        id: connection.id.to_string(),
        name: connection.name,
        workspace_name: connection.workspace_name,
    }
}
