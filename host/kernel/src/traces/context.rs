//! A place in a trace as it goes from one process to another: `traceparent` of W3C Trace Context.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;

/// The id of a trace: 16 bytes, not all of them zero.
pub type TraceId = NonZeroU128;

/// The id of a span: 8 bytes, not all of them zero.
pub type SpanId = NonZeroU64;

/// Characters of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// A place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: TraceId,
    span: SpanId,
    is_sampled: bool,
}

/// A text that names no place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a `traceparent` of W3C Trace Context")]
pub struct NotAContext;

impl TraceContext {
    pub(super) fn new(trace: TraceId, span: SpanId, is_sampled: bool) -> Self {
        Self { trace, span, is_sampled }
    }

    /// The trace.
    #[must_use]
    pub fn trace(&self) -> TraceId {
        self.trace
    }

    /// The span.
    #[must_use]
    pub fn span(&self) -> SpanId {
        self.span
    }

    /// Whether its spans are kept.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.is_sampled
    }
}

impl FromStr for TraceContext {
    type Err = NotAContext;

    /// A later version may say more after the flags; what is known of it stays where it is.
    fn from_str(text: &str) -> Result<Self, NotAContext> {
        let (known, more) = text.split_at_checked(LENGTH).ok_or(NotAContext)?;
        let mut parts = known.split('-');
        let mut next = |length| parts.next().filter(|part| part.len() == length).ok_or(NotAContext);
        let (version, trace, span, flags) =
            (hex(next(2)?)?, hex(next(32)?)?, hex(next(16)?)?, hex(next(2)?)?);
        match version {
            0 if !more.is_empty() => return Err(NotAContext),
            0xff => return Err(NotAContext),
            _ if !more.is_empty() && !more.starts_with('-') => return Err(NotAContext),
            _ => {}
        }
        Ok(Self {
            trace: TraceId::new(trace).ok_or(NotAContext)?,
            span: u64::try_from(span).ok().and_then(SpanId::new).ok_or(NotAContext)?,
            is_sampled: flags & 1 == 1,
        })
    }
}

/// A number in lower-case digits alone, without a sign.
fn hex(text: &str) -> Result<u128, NotAContext> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if !text.bytes().all(is_digit) {
        return Err(NotAContext);
    }
    u128::from_str_radix(text, 16).map_err(|_| NotAContext)
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.is_sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

    #[test]
    fn a_context_reads_as_it_is_written() {
        let context: TraceContext = GOOD.parse().unwrap();
        assert!(context.is_sampled());
        assert_eq!(context.to_string(), GOOD);
        let unsampled: TraceContext = GOOD.replace("-01", "-02").parse().unwrap();
        assert!(!unsampled.is_sampled(), "another flag is none that is known");
    }

    #[test]
    fn a_later_version_may_say_more() {
        let later = GOOD.replacen("00", "01", 1);
        assert_eq!(later.parse::<TraceContext>().unwrap().to_string(), GOOD);
        assert!(format!("{later}-more").parse::<TraceContext>().is_ok());
        assert!(format!("{later}more").parse::<TraceContext>().is_err());
    }

    #[test]
    fn what_is_malformed_is_no_context() {
        for bad in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-0",
            "00-0AF7651916CD43DD8448EB211C80319C-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
            "00-+af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
            "00_0af7651916cd43dd8448eb211c80319c_00f067aa0ba902b7_01",
            "00-0af7651916cd43dd8448eb211c80319-c00f067aa0ba902b7-01",
            "00-0af7651916cd43dd8448eb211c80319ä-00f067aa0ba902b7-01",
        ] {
            assert_eq!(bad.parse::<TraceContext>(), Err(NotAContext), "{bad}");
        }
    }
}
