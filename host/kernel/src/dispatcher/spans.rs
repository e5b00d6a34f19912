//! The span of a call.

use super::Dispatcher;
use super::parent::Parent;
use crate::id::CallId;
use crate::invocation::Invocation;
use crate::surface::Surface;
use crate::traces::{Attribute, Span, SpanKind};

impl Dispatcher {
    /// Begins the span of a call, and puts what the call does below it; none where nobody keeps it. A check and a rehearsal are no
    /// calls: what a check reads stands below the call that makes it.
    pub(super) fn begin_span(
        &self,
        invocation: &mut Invocation,
        call: CallId,
        parent: Option<&Parent<'_>>,
    ) -> Option<Span> {
        let is_no_call = parent.is_some_and(|parent| parent.check.is_some())
            || invocation.execution.recorder.is_rehearsed();
        if !self.traces().are_on() || is_no_call {
            return None;
        }
        if !invocation.trace.is_on() {
            invocation.trace = self.traces().arriving(None);
        }
        let is_job = invocation.surface == Surface::Job;
        let kind = if is_job { SpanKind::Consumer } else { SpanKind::Internal };
        // What a caller invents is no name of a span.
        let tool = self.catalog().get(&invocation.tool).map(|tool| tool.name().clone());
        let named = || tool.as_ref().map_or_else(|| "tool".to_owned(), |tool| format!("tool {tool}"));
        let mut span = invocation.trace.begin(kind, named);
        if is_job {
            // It is in the trace of the call that started it, which has long been answered.
            span.link(invocation.trace.context());
        }
        invocation.trace = span.within();
        if span.is_kept() {
            if let Some(tool) = &tool {
                span.say(Attribute::Tool, tool.to_string());
            }
            span.say(Attribute::Surface, invocation.surface.as_str());
            span.say(Attribute::RequestId, call.to_string());
        }
        Some(span)
    }
}
