//! What became of spans.

use std::sync::atomic::AtomicU64;

/// What became of spans.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) sent: AtomicU64,
    /// Those that didn't fit, or that the collector didn't take.
    pub(crate) dropped: AtomicU64,
}
