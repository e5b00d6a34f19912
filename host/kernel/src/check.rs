//! A check: a call that ends where its first write would begin.
//!
//! Whatever a tool refuses before it writes is found so, without anything being written: the door refuses what it would
//! refuse, then the tool runs, its reads are answered, and the gate ends the check at the first request that changes
//! something that is there. What else Notion refuses is known only when it is asked. A check has no run and no event, since it
//! does nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::problem::Problem;

/// How far a call is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// What the door can tell: the tool is there and allowed, and its arguments fit its schema.
    Arguments,
    /// That, and what the tool refuses before its first write.
    FirstWrite,
}

/// A call that could be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub tool: String,
    pub arguments: Value,
    /// JSON pointers to the places of arguments that aren't known yet: whatever stands there is not judged, and the tool
    /// is not run.
    pub open: Vec<String>,
    /// How far to check.
    pub extent: Extent,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// Why the call would be refused; none when it would come to its first write, or to its end without one.
    pub refusal: Option<Problem>,
    /// Whether anything was read before: if not, the refusal doesn't depend on how the world is.
    pub has_looked: bool,
}

/// A check while it runs. The calls that the checked one makes belong to it.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) extent: Extent,
    pub(crate) open: Vec<String>,
    would_write: CancellationToken,
    has_looked: AtomicBool,
}

impl Check {
    pub(crate) fn new(extent: Extent, open: Vec<String>) -> Self {
        Self { extent, open, would_write: CancellationToken::new(), has_looked: AtomicBool::new(false) }
    }

    /// Whether the door alone can tell all that is asked: a tool that only reads is refused or answered when it is called,
    /// and nothing is lost by that. One that isn't replayable changes things other than through the gate, which couldn't end
    /// the check before that.
    pub(crate) fn ends_at_the_door(&self, access: Access, is_replayable: bool) -> bool {
        access == Access::Reads || !is_replayable || self.extent == Extent::Arguments || !self.open.is_empty()
    }

    /// Notes that the provider was told something about the world.
    pub(crate) fn looks(&self) {
        self.has_looked.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_looked(&self) -> bool {
        self.has_looked.load(Ordering::Relaxed)
    }

    /// Ends the check. Whoever asked for the write is never answered: the call is dropped with it.
    pub(crate) async fn end<T>(&self) -> T {
        self.would_write.cancel();
        std::future::pending().await
    }

    /// Waits for the first write.
    pub(crate) async fn ended(&self) {
        self.would_write.cancelled().await;
    }
}
