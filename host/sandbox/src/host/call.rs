//! `toolbay:plugin/call`: facts about the call, and its progress.

use std::sync::Arc;

use toolbay_kernel::Connection;

use super::on_main;
use super::problem::to_guest;
use crate::bindings::toolbay::plugin::{call, types};
use crate::limits::PROGRESS_BYTES;
use crate::text::clean;

impl call::Host for super::CallState {
    fn current(&mut self) -> wasmtime::Result<call::Context> {
        let call = &self.enter("call.current")?.call;
        Ok(call::Context {
            call_id: call.id().to_string(),
            tool: call.tool().to_string(),
            connection_id: call.connection_if_any().map(|connection| connection.id.to_string()),
            preview: false,
            remaining_ms: u64::try_from(call.remaining().as_millis()).unwrap_or(u64::MAX),
        })
    }

    async fn connections(&mut self) -> wasmtime::Result<Result<Vec<call::Connection>, types::Problem>> {
        let running = self.enter("call.connections")?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        let connections = on_main(&self.meter, &main, async move { call.connections().await }).await?;
        Ok(connections.map(|connections| connections.into_iter().map(to_own).collect()).map_err(to_guest))
    }

    fn report_progress(
        &mut self,
        done: u64,
        total: Option<u64>,
        message: Option<String>,
    ) -> wasmtime::Result<bool> {
        let call = &self.enter("call.report-progress")?.call;
        let message = message.map(|message| clean(&message, PROGRESS_BYTES));
        call.listener().progress(done, total, message.as_deref());
        Ok(!call.is_cancelled())
    }
}

fn to_own(connection: Connection) -> call::Connection {
    call::Connection {
        id: connection.id.to_string(),
        name: connection.name,
        workspace_name: connection.workspace_name,
    }
}
