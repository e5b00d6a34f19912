//! `toolbay:notion/api`: requests to Notion, through the gate.
//!
//! Method, path, query and body are passed on as they are: the gate trusts nothing in them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Handle;
use toolbay_kernel::gate::{Method, Request, Response};
use toolbay_kernel::{Call, Code, Problem};

use super::on_main;
use super::problem::to_guest;
use crate::bindings::toolbay::notion::api;
use crate::bindings::toolbay::plugin::types;
use crate::json;
use crate::limits::{BATCH, BATCH_AT_ONCE, HOST_CALL_BYTES};
use crate::plugin::meter::Meter;

/// The egress that the interface leads to.
const EGRESS: &str = "notion";

type Answer = Result<api::Response, types::Problem>;

impl api::Host for super::CallState {
    async fn send(&mut self, request: api::Request) -> wasmtime::Result<Answer> {
        let running = self.enter("notion.send")?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        sent(&self.meter, &main, send(&call, request)).await
    }

    async fn send_all(&mut self, requests: Vec<api::Request>) -> wasmtime::Result<Vec<Answer>> {
        let running = self.enter("notion.send-all")?;
        let (call, main) = (Arc::clone(&running.call), running.main.clone());
        if requests.len() > BATCH {
            let problem = super::problem::to_guest(
                Problem::new(Code::LimitExceeded, format!("send-all takes {BATCH} requests"))
                    .hint("send them in several batches"),
            );
            return Ok(requests.iter().map(|_| Err(problem.clone())).collect());
        }
        let meter = &self.meter;
        stream::iter(requests)
            .map(|request| sent(meter, &main, send(&call, request)))
            .buffered(BATCH_AT_ONCE)
            .try_collect()
            .await
    }
}

/// Not asynchronous itself: requests take their positions in the order in which the guest asks, whoever is polled first.
fn send(
    call: &Arc<Call>,
    request: api::Request,
) -> Result<impl Future<Output = Result<Response, Problem>> + Send + use<>, Problem> {
    parsed(request).map(|request| call.send(request))
}

async fn sent<F>(meter: &Meter, main: &Handle, sending: Result<F, Problem>) -> wasmtime::Result<Answer>
where
    F: Future<Output = Result<Response, Problem>> + Send + 'static,
{
    let answer = match sending {
        Ok(sending) => on_main(meter, main, sending).await?,
        Err(problem) => Err(problem),
    };
    Ok(answer
        .map(|response| api::Response { status: response.status, body: response.body.into_text() })
        .map_err(to_guest))
}

fn parsed(request: api::Request) -> Result<Request, Problem> {
    let body = match request.body.as_deref().map(|body| json::parse(body, HOST_CALL_BYTES)) {
        None => None,
        Some(Ok(body)) => Some(body),
        Some(Err(reason)) => {
            return Err(Problem::new(Code::InvalidInput, format!("the request's body: {reason}")));
        }
    };
    let method = match request.method {
        api::Method::Get => Method::Get,
        api::Method::Post => Method::Post,
        api::Method::Patch => Method::Patch,
        api::Method::Delete => Method::Delete,
    };
    let max_age = request.max_age_ms.map(Duration::from_millis);
    Ok(Request { egress: EGRESS, method, path: request.path, query: request.query, body, max_age })
}
