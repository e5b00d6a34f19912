//! What the plugins of a process have in common.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use toolbay_kernel::ports::PluginState;
use wasmtime::Engine;

use super::lane::SlowLane;
use crate::calendar::Calendar;
use crate::limits::SandboxLimits;

/// What every call of every plugin shares.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) limits: SandboxLimits,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) slow_lane: SlowLane,
    pub(crate) state: Arc<dyn PluginState>,
    pub(crate) calendar: Calendar,
    pub(crate) began: Instant,
}

impl Shared {
    /// Milliseconds since the sandbox began.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
