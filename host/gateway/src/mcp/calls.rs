//! One `tools/call`, through the door.

use std::sync::Arc;

use http::HeaderMap;
use rmcp::ErrorData;
use rmcp::model::JsonObject;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::arguments::IDEMPOTENCY_KEY;
use toolbay_kernel::effects::Done;
use toolbay_kernel::run::IdempotencyKey;
use toolbay_kernel::traces::{Attribute, Span, TraceContext};
use toolbay_kernel::{CallId, Code, Invocation, Outcome, Principal, Problem, ProgressSink, Surface};

use super::answer::{self, ToolResult};
use crate::{Gateway, traced};

/// The members of a call's `_meta` that may be its idempotency key: as the protocol wants names, and as the argument is called.
const KEYS: [&str; 2] = ["toolbay/idempotency_key", IDEMPOTENCY_KEY];

/// What goes beside the arguments of a call.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) key: Option<IdempotencyKey>,
    /// The trace that the caller says it belongs to.
    pub(super) trace: Option<TraceContext>,
}

impl Beside {
    /// What a call's metadata say, and for its trace else the headers of its request. A trace that is malformed is none.
    ///
    /// # Errors
    ///
    /// When the key that they have can't be one.
    pub(super) fn of(meta: Option<&JsonObject>, headers: Option<&HeaderMap>) -> Result<Self, Problem> {
        let trace = traced::of_meta(meta).or_else(|| headers.and_then(traced::of_headers));
        Ok(Self { key: key(meta)?, trace })
    }

    /// Begins the span of a call of a tool that there is, or of another one.
    pub(super) fn begin_span(&self, gateway: &Gateway, tool: Option<&str>) -> Span {
        const METHOD: &str = "tools/call";
        let named = || tool.map_or_else(|| METHOD.to_owned(), |tool| format!("{METHOD} {tool}"));
        let mut span = gateway.dispatcher.traces().enter(Surface::Mcp, self.trace, named);
        span.say(Attribute::McpMethod, METHOD);
        span
    }
}

/// Ends the span of a call.
pub(super) fn end_span(mut span: Span, outcome: &Outcome) {
    if span.is_kept() {
        span.say(Attribute::RequestId, outcome.call.to_string());
    }
    span.end(outcome.result.as_ref().map(drop).map_err(|problem| problem.code));
}

/// The idempotency key that a call's metadata have, if they have one.
fn key(meta: Option<&JsonObject>) -> Result<Option<IdempotencyKey>, Problem> {
    let mut found: Option<IdempotencyKey> = None;
    for given in meta.into_iter().flat_map(|meta| KEYS.iter().filter_map(|name| meta.get(*name))) {
        let key = match given {
            Value::Null => continue,
            Value::String(text) => text.parse()?,
            _ => {
                return Err(Problem::new(
                    Code::InvalidInput,
                    "`idempotency_key` in `_meta` must be a string",
                ));
            }
        };
        if found.as_ref().is_some_and(|found| *found != key) {
            return Err(Problem::new(Code::InvalidInput, "`_meta` has two idempotency keys, which differ"));
        }
        found = Some(key);
    }
    Ok(found)
}

/// Calls a tool, under the id that this answers with too. The error is for a tool that isn't there, or that the principal
/// may not see; everything else that can go wrong is a result.
pub(super) async fn call(
    gateway: &Gateway,
    principal: Arc<Principal>,
    tool: String,
    arguments: JsonObject,
    beside: Beside,
    progress: Arc<dyn ProgressSink>,
    cancel: CancellationToken,
) -> (CallId, Result<ToolResult, ErrorData>) {
    let (is_known, declares_output) = match gateway.catalogs.current().get(&tool) {
        Some(tool) if tool.is_open_to(&principal) => (true, tool.output_schema.is_some()),
        _ => (false, false),
    };
    let span = beside.begin_span(gateway, is_known.then_some(tool.as_str()));
    let mut invocation = Invocation::new(tool, Value::Object(arguments), principal, Surface::Mcp);
    invocation.progress = progress;
    invocation.cancel = cancel;
    invocation.key = beside.key;
    invocation.trace = span.within();
    let outcome = gateway.dispatcher.call(invocation).await;
    end_span(span, &outcome);
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

/// The result of a call that was refused before it came to the door.
pub(super) fn refused(problem: Problem) -> ToolResult {
    let call = CallId::new();
    let outcome = Outcome {
        call,
        result: Err(problem),
        replayed: None,
        done: Done::default(),
        partial: None,
        as_job: None,
        held: None,
        duration_ms: 0,
    };
    ToolResult::new(outcome, true)
}
