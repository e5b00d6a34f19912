//! `toolbay:plugin/tools`: other tools of the catalog, through the door.

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use tokio::runtime::Handle;
use toolbay_kernel::check::{Checked, Extent, Question};
use toolbay_kernel::{Call, Code, Problem};

use super::on_main;
use super::problem::to_guest;
use crate::bindings::toolbay::plugin::{tools, types};
use crate::json;
use crate::limits::{BATCH, BATCH_AT_ONCE, HOST_CALL_BYTES};
use crate::plugin::meter::Meter;

type Answer = Result<String, types::Problem>;
type Finding = Result<(), tools::Refusal>;

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

    async fn check_all(&mut self, questions: Vec<tools::Question>) -> wasmtime::Result<Vec<Finding>> {
        let running = self.enter("tools.check-all")?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        if questions.len() > BATCH {
            let problem = Problem::new(Code::LimitExceeded, format!("check-all takes {BATCH} questions"))
                .hint("ask them in several batches");
            return Ok(questions.iter().map(|_| Err(refusal(problem.clone(), false))).collect());
        }
        let meter = &self.meter;
        stream::iter(questions)
            .map(|question| checked(meter, &main, check(&call, question)))
            .buffered(BATCH_AT_ONCE)
            .try_collect()
            .await
    }
}

/// Not asynchronous itself, as [`invoke`].
fn check(
    call: &Arc<Call>,
    question: tools::Question,
) -> Result<impl Future<Output = Result<Checked, Problem>> + Send + use<>, Problem> {
    let extent = match question.extent {
        tools::Extent::Arguments => Extent::Arguments,
        tools::Extent::FirstWrite => Extent::FirstWrite,
    };
    let arguments = arguments(&question.invocation)?;
    let tool = question.invocation.tool;
    Ok(call.check(Question { tool, arguments, open: question.open, extent }))
}

async fn checked<F>(meter: &Meter, main: &Handle, checking: Result<F, Problem>) -> wasmtime::Result<Finding>
where
    F: Future<Output = Result<Checked, Problem>> + Send + 'static,
{
    let checked = match checking {
        Ok(checking) => on_main(meter, main, checking).await?,
        Err(problem) => Err(problem),
    };
    Ok(match checked {
        Ok(Checked { refusal: None, .. }) => Ok(()),
        Ok(Checked { refusal: Some(problem), has_looked }) => Err(refusal(problem, has_looked)),
        Err(problem) => Err(refusal(problem, false)),
    })
}

fn refusal(problem: Problem, has_looked: bool) -> tools::Refusal {
    tools::Refusal { problem: to_guest(problem), has_looked }
}

fn arguments(invocation: &tools::Invocation) -> Result<Value, Problem> {
    json::parse(&invocation.arguments, HOST_CALL_BYTES)
        .map_err(|reason| Problem::new(Code::InvalidInput, format!("the arguments for the tool: {reason}")))
}

/// Not asynchronous itself: invocations take their positions in the order in which the guest asks, whoever is polled first.
fn invoke(
    call: &Arc<Call>,
    invocation: tools::Invocation,
) -> Result<impl Future<Output = Result<Value, Problem>> + Send + use<>, Problem> {
    let arguments = arguments(&invocation)?;
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
