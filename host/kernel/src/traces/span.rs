//! One span, from its beginning to its end.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::attribute::{Attribute, Value};
use super::context::{SpanId, TraceContext, TraceId};
use super::{Trace, Tracing};
use crate::problem::Code;

/// What a span is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// A request that came in.
    Server,
    /// A request that goes out.
    Client,
    /// Work of the host itself.
    Internal,
    /// Work that was asked for earlier.
    Consumer,
}

/// A span that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedSpan {
    /// Its own place.
    pub context: TraceContext,
    /// The span around it.
    pub parent: Option<SpanId>,
    /// Whether that one is of another process.
    pub is_parent_remote: bool,
    pub kind: SpanKind,
    pub name: String,
    pub begun: SystemTime,
    pub ended: SystemTime,
    pub attributes: Vec<(Attribute, Value)>,
    /// What it goes on with.
    pub link: Option<TraceContext>,
    pub is_error: bool,
}

/// A span that goes on. One that is dropped without an end was cancelled.
pub struct Span {
    within: Trace,
    /// None where nobody keeps it.
    open: Option<Box<Open>>,
}

struct Open {
    begun: Instant,
    span: EndedSpan,
}

impl Span {
    /// A span where traces are off.
    #[must_use]
    pub fn none() -> Self {
        Self { within: Trace::default(), open: None }
    }

    pub(super) fn begin(
        tracing: &Arc<Tracing>,
        parent: Option<TraceContext>,
        is_remote: bool,
        kind: SpanKind,
        name: impl FnOnce() -> String,
    ) -> Self {
        // Without random numbers there is no trace, and a call all the same.
        let Some((new_trace, id)) = ids() else { return Self::none() };
        let trace = parent.map_or(new_trace, |parent| parent.trace());
        let is_sampled = match parent {
            Some(parent) if !is_remote => parent.is_sampled(),
            parent => tracing.sampler.keeps(trace, parent.as_ref()),
        };
        let context = TraceContext::new(trace, id, is_sampled);
        let open = is_sampled.then(|| {
            let now = SystemTime::now();
            let span = EndedSpan {
                context,
                parent: parent.map(|parent| parent.span()),
                is_parent_remote: is_remote && parent.is_some(),
                kind,
                name: name(),
                begun: now,
                ended: now,
                attributes: Vec::new(),
                link: None,
                is_error: false,
            };
            Box::new(Open { begun: Instant::now(), span })
        });
        let within = Trace { tracing: Some(Arc::clone(tracing)), parent: Some(context), is_remote: false };
        Self { within, open }
    }

    /// The place below it.
    #[must_use]
    pub fn within(&self) -> Trace {
        self.within.clone()
    }

    /// Where it is, for whoever goes on elsewhere.
    #[must_use]
    pub fn context(&self) -> Option<TraceContext> {
        self.within.context()
    }

    /// Whether somebody keeps what is said of it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.open.is_some()
    }

    /// Says something of it.
    pub fn say(&mut self, attribute: Attribute, value: impl Into<Value>) {
        if let Some(open) = &mut self.open {
            open.span.attributes.push((attribute, value.into()));
        }
    }

    /// Links it to what it goes on with.
    pub fn link(&mut self, to: Option<TraceContext>) {
        if let Some(open) = &mut self.open {
            open.span.link = to;
        }
    }

    /// Ends it.
    pub fn end(mut self, outcome: Result<(), Code>) {
        self.close(outcome);
    }

    fn close(&mut self, outcome: Result<(), Code>) {
        let (Some(open), Some(tracing)) = (self.open.take(), &self.within.tracing) else { return };
        let Open { begun, mut span } = *open;
        // By the clock that nobody sets.
        span.ended = span.begun.checked_add(begun.elapsed()).unwrap_or(span.begun);
        let word = outcome.as_ref().map_or_else(|code| code.as_str(), |()| "ok");
        span.attributes.push((Attribute::Outcome, word.into()));
        if let Err(code) = outcome {
            span.attributes.push((Attribute::Error, code.as_str().into()));
            // What a caller did wrong is no error of whoever says so.
            span.is_error = span.kind != SpanKind::Server || !is_of_caller(code);
        }
        tracing.sink.ended(span);
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.close(Err(Code::Cancelled));
    }
}

/// Whether a refusal says that the caller has to ask for something else, or later.
fn is_of_caller(code: Code) -> bool {
    match code {
        Code::InvalidInput
        | Code::Unauthenticated
        | Code::Forbidden
        | Code::NotFound
        | Code::Conflict
        | Code::KeyReused
        | Code::RateLimited
        | Code::LimitExceeded
        | Code::Cancelled => true,
        Code::UpstreamFailed | Code::OutcomeUnknown | Code::Failed | Code::Unavailable => false,
    }
}

/// Ids of a trace and of a span that nobody else has.
fn ids() -> Option<(TraceId, SpanId)> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).ok()?;
    let (trace, span) = bytes.split_first_chunk::<16>()?;
    let trace = TraceId::new(u128::from_be_bytes(*trace))?;
    Some((trace, NonZeroU64::new(u64::from_be_bytes(*span.first_chunk()?))?))
}
