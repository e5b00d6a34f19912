//! Where guests run, so that one that computes doesn't keep others waiting.
//!
//! A call begins on its caller's task, which costs a small guest nothing. A guest that is still computing after a
//! moment of CPU time goes on in the slow lane: a few threads of the lowest priority, which the system lets run when
//! the others have nothing to do. A tool that needed the slow lane begins there for a while, so that a flood of its
//! calls takes no more than one moment from the others.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::runtime::Runtime;
use tokio_util::task::AbortOnDropHandle;
use toolbay_kernel::aside::lower_priority;
use tracing::Instrument as _;

use super::meter::Meter;
use crate::host::Stop;

/// The threads for guests that compute.
pub(crate) struct SlowLane {
    /// Always there, until it is dropped.
    runtime: Option<Runtime>,
}

impl SlowLane {
    /// A lane of this many threads.
    ///
    /// # Errors
    ///
    /// When the threads can't be made.
    pub(crate) fn new(threads: usize) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("toolbay-slow-lane")
            .on_thread_start(lower_priority)
            .enable_time()
            .build()?;
        Ok(Self { runtime: Some(runtime) })
    }
}

impl Drop for SlowLane {
    fn drop(&mut self) {
        // Waiting for its threads would block whoever drops the last plugin, which may be a worker of a runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs a guest to its end. Dropping the future ends the guest, in whichever lane it is.
pub(super) async fn run<T: Send + 'static>(
    guest: impl Future<Output = T> + Send + 'static,
    meter: Arc<Meter>,
    lane: &SlowLane,
    begins_slow: bool,
    is_slow: impl FnOnce(),
) -> wasmtime::Result<T> {
    let mut guest: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(guest);
    if !begins_slow {
        let ended = poll_fn(|context| match meter.poll(guest.as_mut(), context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if meter.wants_slow_lane() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await;
        if let Some(output) = ended {
            return Ok(output);
        }
        is_slow();
    }
    let Some(runtime) = &lane.runtime else { return Err(Stop::HostStops.into()) };
    meter.enter_slow_lane();
    let slow = poll_fn(move |context| meter.poll(guest.as_mut(), context)).in_current_span();
    match AbortOnDropHandle::new(runtime.spawn(slow)).await {
        Ok(output) => Ok(output),
        // The door catches it, as it would on the caller's own task.
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        Err(_) => Err(Stop::HostStops.into()),
    }
}
