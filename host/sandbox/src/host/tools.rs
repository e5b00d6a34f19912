//! `toolbay:plugin/tools`: other tools of the catalog, through the door.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use tokio::runtime::Handle;
use toolbay_kernel::{Call, Code, Problem};

use super::on_main;
use super::problem::to_guest;
use crate::bindings::toolbay::plugin::{tools, types};
use crate::json;
use crate::limits::{BATCH, BATCH_AT_ONCE, HOST_CALL_BYTES};
use crate::plugin::meter::Meter;

type Answer = Result<String, types::Problem>;

impl tools::Host for super::CallState {
    async fn invoke(&mut self, invocation: tools::Invocation) -> wasmtime::Result<Answer> {
        let running = self.enter("tools.invoke")?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        invoked(&self.meter, &main, invoke(&call, invocation)).await
    }

    async fn invoke_all(&mut self, invocations: Vec<tools::Invocation>) -> wasmtime::Result<Vec<Answer>> {
        let running = self.enter("tools.invoke-all")?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        if invocations.len() > BATCH {
            let problem = to_guest(
                Problem::new(Code::LimitExceeded, format!("invoke-all takes {BATCH} invocations"))
                    .hint("invoke them in several batches"),
            );
            return Ok(invocations.iter().map(|_| Err(problem.clone())).collect());
        }
        let meter = &self.meter;
        stream::iter(invocations)
            .map(|invocation| invoked(meter, &main, invoke(&call, invocation)))
            .buffered(BATCH_AT_ONCE)
            .try_collect()
            .await
    }
}

/// Not asynchronous itself: invocations take their places in the order in which the guest asks, whoever is polled first.
fn invoke(
    call: &Arc<Call>,
    invocation: tools::Invocation,
) -> Result<impl Future<Output = Result<Value, Problem>> + Send + use<>, Problem> {
    let arguments = json::parse(&invocation.arguments, HOST_CALL_BYTES).map_err(|reason| {
        Problem::new(Code::InvalidInput, format!("the arguments for the tool: {reason}"))
    })?;
    Ok(call.invoke(invocation.tool, arguments))
}

async fn invoked<F>(meter: &Meter, main: &Handle, invoking: Result<F, Problem>) -> wasmtime::Result<Answer>
where
    F: Future<Output = Result<Value, Problem>> + Send + 'static,
{
    let answer = match invoking {
        Ok(invoking) => on_main(meter, main, invoking).await?,
        Err(problem) => Err(problem),
    };
    Ok(answer.map(|data| data.to_string()).map_err(to_guest))
}
