//! The span of an effect: all sendings of one request, and the waits before them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::problem::Problem;
use crate::request::Response;
use crate::sending::Sending;
use crate::traces::{Attribute, Span, SpanKind, TraceContext};

/// What is noted of an effect while it is under way.
pub(crate) struct EffectSpan {
    span: Span,
    attempts: AtomicU64,
    waited_ms: AtomicU64,
}

impl EffectSpan {
    /// Begins with the wait for its first sending. It is named by what its egress has as template.
    pub(crate) fn begin(sending: &Sending<'_>) -> Self {
        let Sending { call, outside, request, .. } = sending;
        let (method, egress) = (&request.summary.method, &outside.egress);
        let template = || egress.template(request);
        let mut span = call.trace.begin(SpanKind::Client, || format!("{method} {}", template()));
        if span.is_kept() {
            span.say(Attribute::Egress, egress.name());
            span.say(Attribute::Access, request.access.as_str());
            span.say(Attribute::Method, method.clone());
            span.say(Attribute::Route, template().into_owned());
        }
        Self { span, attempts: AtomicU64::new(0), waited_ms: AtomicU64::new(0) }
    }

    /// Where it is, for an outside that is told.
    pub(crate) fn context(&self) -> Option<TraceContext> {
        self.span.context()
    }

    pub(crate) fn is_sent(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn waited(&self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.waited_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn end(mut self, came: &Result<Response, Problem>) {
        if self.span.is_kept() {
            self.span.say(Attribute::Attempts, self.attempts.load(Ordering::Relaxed));
            self.span.say(Attribute::WaitedMs, self.waited_ms.load(Ordering::Relaxed));
            if let Ok(response) = came {
                self.span.say(Attribute::Status, u64::from(response.status));
            }
        }
        self.span.end(came.as_ref().map(drop).map_err(|problem| problem.code));
    }
}
