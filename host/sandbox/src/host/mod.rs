//! The host's side of a guest: what its imports do, one file an interface.
//!
//! Nothing here reaches the world. A host function bounds what the guest hands over, and passes it to the call's gate,
//! door, or port; those decide. A guest that is asked for its tools at install has no call, and every import that would
//! need one refuses.

mod ambient;
mod call;
mod http;
mod logging;
mod notion;
mod problem;
mod settings;
mod sql;
mod state;
mod tools;

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use toolbay_kernel::ports::PluginState;
use toolbay_kernel::{Call, Code, PluginName};
use tracing::Instrument as _;

use crate::calendar::Calendar;
use crate::limits::{HOST_CALLS, LOG_BYTES, LOG_LINES};
use crate::plugin::memory::MemoryLimiter;
use crate::plugin::meter::Meter;

pub(crate) use problem::problem_of_guest;

/// Why the host itself ended a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    #[error("ran out of CPU time")]
    CpuTime,
    #[error("called the host more than {HOST_CALLS} times")]
    HostCalls,
    #[error("asked for more random bytes at once than the contract allows")]
    RandomBytes,
    #[error("used `{0}` while it was asked for its tools, which must not depend on a call")]
    NoCall(&'static str),
    #[error("was ended because the host is stopping")]
    HostStops,
    #[error("was ended because its job does nothing more ({})", .0.as_str())]
    Job(Code),
}

/// What a guest's imports work on: made for one call, gone with it.
pub(crate) struct CallState {
    /// None while the guest is asked for its tools.
    running: Option<Running>,
    pub(crate) memory: MemoryLimiter,
    pub(crate) meter: Arc<Meter>,
    host_calls: u32,
    log_lines_left: u32,
    log_bytes_left: usize,
    /// What the guest has said so far of a panic.
    panic_texts: PanicTexts,
    /// What the guest said of its panic.
    pub(crate) panic: Option<Panic>,
}

/// The texts of a panic as they come, each with no more bytes than a line of the log.
#[derive(Default)]
struct PanicTexts {
    message: Vec<u8>,
    file: Vec<u8>,
}

/// What a guest said before it stopped.
pub(crate) struct Panic {
    /// The line of its source, for anybody.
    pub(crate) at: String,
    /// Why, for the operator.
    pub(crate) message: String,
}

/// The call that a guest serves.
pub(crate) struct Running {
    pub(crate) call: Arc<Call>,
    pub(crate) plugin: PluginName,
    pub(crate) settings: Arc<str>,
    pub(crate) state: Arc<dyn PluginState>,
    pub(crate) calendar: Calendar,
    /// Where the host's own futures run, whatever lane the guest is in.
    pub(crate) main: Handle,
}

impl CallState {
    pub(crate) fn new(running: Option<Running>, memory: MemoryLimiter, meter: Arc<Meter>) -> Self {
        Self {
            running,
            memory,
            meter,
            host_calls: 0,
            log_lines_left: LOG_LINES,
            log_bytes_left: LOG_BYTES,
            panic_texts: PanicTexts::default(),
            panic: None,
        }
    }

    /// Every host function begins here: counts, and gives the call that it works for.
    fn enter(&mut self, function: &'static str) -> Result<&Running, Stop> {
        self.count()?;
        self.running.as_ref().ok_or(Stop::NoCall(function))
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.host_calls += 1;
        if self.host_calls > HOST_CALLS { Err(Stop::HostCalls) } else { Ok(()) }
    }
}

/// Runs one of the host's own futures where it belongs.
///
/// A guest in the slow lane is polled by threads of the lowest priority. What the host does for it must not be: a
/// connection that such a thread opened would go on being served there when a well-behaved call takes it from the pool.
async fn on_main<F>(meter: &Meter, main: &Handle, future: F) -> wasmtime::Result<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    if !meter.is_in_slow_lane() {
        return Ok(future.await);
    }
    let task = AbortOnDropHandle::new(main.spawn(future.in_current_span()));
    match task.await {
        Ok(output) => Ok(output),
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        Err(_) => Err(Stop::HostStops.into()),
    }
}
