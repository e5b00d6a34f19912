//! Traces: what of a call took how long, from the surface to each effect, over all hosts that it passes.
//!
//! A span is a value that goes along with a call, and not a place in the thread: a call moves between tasks and threads, may go on
//! in another host, and its parent is known all the same. What a span can say is a list ([`Attribute`]): no argument, answer or secret
//! has a place in it. Where traces are off there is no span, and nothing is made for one.
//!
//! How spans leave the process is behind a port ([`SpanSink`]).

mod attribute;
mod context;
mod sampler;
mod span;

use std::sync::Arc;

pub use self::attribute::{Attribute, Value};
pub use self::context::{NotAContext, SpanId, TraceContext, TraceId};
pub use self::sampler::{NotAShare, Sampler, Share};
pub use self::span::{EndedSpan, Span, SpanKind};
use crate::surface::Surface;

/// Where ended spans go. It must not wait: it is asked by whoever makes a call.
pub trait SpanSink: Send + Sync {
    /// Takes a span, or drops it.
    fn ended(&self, span: EndedSpan);

    /// What became of those that it was given.
    fn counts(&self) -> SpanCounts;
}

/// What became of ended spans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanCounts {
    /// Whoever collects them has taken them.
    pub sent: u64,
    pub dropped: u64,
}

/// Whether there are traces, and what makes them.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<Tracing>>);

struct Tracing {
    sink: Arc<dyn SpanSink>,
    sampler: Sampler,
}

impl Traces {
    /// Traces whose spans go there.
    #[must_use]
    pub fn to(sink: Arc<dyn SpanSink>, sampler: Sampler) -> Self {
        Self(Some(Arc::new(Tracing { sink, sampler })))
    }

    /// No traces.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Whether there are any. Who asks makes nothing for them where there are none.
    #[must_use]
    pub fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// What became of spans; none where there are no traces.
    #[must_use]
    pub fn counts(&self) -> Option<SpanCounts> {
        self.0.as_ref().map(|tracing| tracing.sink.counts())
    }

    /// The trace that something from outside belongs to; a new one where it names none.
    #[must_use]
    pub fn arriving(&self, parent: Option<TraceContext>) -> Trace {
        Trace { tracing: self.0.clone(), parent, is_remote: true }
    }

    /// Begins the span of a call at the surface where it comes in.
    #[must_use]
    pub fn enter(
        &self,
        surface: Surface,
        parent: Option<TraceContext>,
        name: impl FnOnce() -> String,
    ) -> Span {
        let Some(tracing) = &self.0 else { return Span::none() };
        let mut span = Span::begin(tracing, parent, true, SpanKind::Server, name);
        span.say(Attribute::Surface, surface.as_str());
        span
    }
}

/// A place in a trace, below which spans begin; nowhere where traces are off.
#[derive(Clone, Default)]
pub struct Trace {
    tracing: Option<Arc<Tracing>>,
    parent: Option<TraceContext>,
    /// Whether another process, or an earlier one, is there.
    is_remote: bool,
}

impl Trace {
    /// Whether it is anywhere.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.tracing.is_some()
    }

    /// Where it is, for whoever goes on elsewhere.
    #[must_use]
    pub fn context(&self) -> Option<TraceContext> {
        self.parent.filter(|_| self.is_on())
    }

    /// Begins a span here. Its name is a template: it names no object, and nothing that a caller invents.
    #[must_use]
    pub fn begin(&self, kind: SpanKind, name: impl FnOnce() -> String) -> Span {
        let Some(tracing) = &self.tracing else { return Span::none() };
        Span::begin(tracing, self.parent, self.is_remote, kind, name)
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::problem::Code;

    #[derive(Default)]
    struct Kept(Mutex<Vec<EndedSpan>>);

    impl SpanSink for Kept {
        fn ended(&self, span: EndedSpan) {
            self.0.lock().push(span);
        }

        fn counts(&self) -> SpanCounts {
            SpanCounts::default()
        }
    }

    fn traces(sampler: &str) -> (Arc<Kept>, Traces) {
        let kept = Arc::new(Kept::default());
        (Arc::clone(&kept), Traces::to(kept, Sampler::named(sampler, None).unwrap()))
    }

    const ARRIVED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn spans_form_a_tree_below_what_arrived() {
        let (kept, traces) = traces("parentbased_always_on");
        let arrived: TraceContext = ARRIVED.parse().unwrap();
        let outer = traces.arriving(Some(arrived)).begin(SpanKind::Server, || "outer".to_owned());
        let inner = outer.within().begin(SpanKind::Internal, || "inner".to_owned());
        inner.end(Err(Code::NotFound));
        outer.end(Ok(()));
        let spans = kept.0.lock();
        let [inner, outer] = spans.as_slice() else { panic!("two spans") };
        assert_eq!((outer.parent, outer.is_parent_remote), (Some(arrived.span()), true));
        assert_eq!((inner.parent, inner.is_parent_remote), (Some(outer.context.span()), false));
        assert_eq!(inner.context.trace(), arrived.trace());
        assert_eq!((inner.is_error, outer.is_error), (true, false));
        assert!(inner.attributes.contains(&(Attribute::Outcome, Value::from("not_found"))));
    }

    #[test]
    fn a_span_that_is_dropped_was_cancelled() {
        let (kept, traces) = traces("always_on");
        drop(traces.arriving(None).begin(SpanKind::Server, || "left".to_owned()));
        assert!(kept.0.lock()[0].attributes.contains(&(Attribute::Outcome, Value::from("cancelled"))));
    }

    #[test]
    fn what_is_not_sampled_makes_no_span_and_still_has_a_place() {
        let (kept, traces) = traces("parentbased_always_on");
        let unsampled: TraceContext = ARRIVED.replace("-01", "-00").parse().unwrap();
        let span = traces.arriving(Some(unsampled)).begin(SpanKind::Server, || panic!("no name is made"));
        let context = span.within().context().unwrap();
        assert_eq!((context.trace(), context.is_sampled()), (unsampled.trace(), false));
        span.within().begin(SpanKind::Client, || panic!("nor below it")).end(Ok(()));
        span.end(Ok(()));
        assert!(kept.0.lock().is_empty());
    }

    #[test]
    fn where_traces_are_off_there_is_nothing() {
        let trace = Traces::off().arriving(ARRIVED.parse().ok());
        assert!(!trace.is_on() && trace.context().is_none());
        let span = trace.begin(SpanKind::Server, || panic!("no name is made"));
        assert!(span.within().context().is_none());
    }
}
