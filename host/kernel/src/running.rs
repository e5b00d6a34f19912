//! What of each principal runs at the same time, which is bounded: calls, and conversations.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::id::PrincipalId;

/// How many calls of each principal run.
#[derive(Default)]
pub struct RunningCalls {
    counts: Mutex<HashMap<PrincipalId, usize>>,
}

impl RunningCalls {
    /// Takes a slot among at most `max`; none when all are taken.
    #[must_use]
    pub fn take(self: &Arc<Self>, principal: PrincipalId, max: usize) -> Option<Slot> {
        let mut counts = self.counts.lock();
        let count = counts.entry(principal).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Slot { calls: Arc::clone(self), principal })
    }
}

/// A principal's slot among their running calls; it is given back when it is dropped.
pub struct Slot {
    calls: Arc<RunningCalls>,
    principal: PrincipalId,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.calls.counts.lock();
        if let Some(count) = counts.get_mut(&self.principal) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.principal);
            }
        }
    }
}
