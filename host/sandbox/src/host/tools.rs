//! `toolbay:plugin/tools`: other tools of the catalog, through the door.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
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
        invoke(&self.meter, &main, call, invocation).await
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
            .map(|invocation| invoke(meter, &main, Arc::clone(&call), invocation))
            .buffered(BATCH_AT_ONCE)
            .try_collect()
            .await
    }
}

async fn invoke(
    meter: &Meter,
    main: &Handle,
    call: Arc<Call>,
    invocation: tools::Invocation,
) -> wasmtime::Result<Answer> {
    let arguments = match json::parse(&invocation.arguments, HOST_CALL_BYTES) {
        Ok(arguments) => arguments,
        Err(reason) => {
            let message = format!("the arguments for the tool: {reason}");
            return Ok(Err(to_guest(Problem::new(Code::InvalidInput, message))));
        }
    };
    let invoked = on_main(meter, main, async move { call.invoke(&invocation.tool, arguments).await }).await?;
    Ok(invoked.map(|data| data.to_string()).map_err(to_guest))
}
