//! Work on large values, beside the threads that serve everybody.
//!
//! To read or write a megabyte of JSON takes some ten milliseconds, in which a thread that serves many callers serves
//! none. Such work is done by a few threads of low priority, in its turn.

use std::sync::LazyLock;

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio_util::task::AbortOnDropHandle;

use crate::problem::{Code, Problem};

/// Bytes of JSON that are read or written in less than a millisecond or two.
pub const LARGE: usize = 64 * 1024;

/// The threads; none where the system has none left.
static THREADS: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("toolbay-aside")
        .on_thread_start(lower_priority)
        .build()
        .inspect_err(|error| tracing::error!(%error, "aside.no_threads"))
        .ok()
});

/// Does work that takes as long as to read or write so many bytes of JSON: here, or aside where they are many. Work whose
/// caller goes before its turn is not done.
///
/// # Errors
///
/// `failed` when the work panicked, which is a bug of the host.
pub async fn run<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    match THREADS.as_ref().filter(|_| bytes >= LARGE) {
        Some(threads) => {
            AbortOnDropHandle::new(threads.spawn(async move { work() })).await.map_err(|error| {
                tracing::error!(%error, "aside.failed");
                Problem::new(Code::Failed, "the host failed while it read or wrote a large value")
            })
        }
        None => Ok(work()),
    }
}

/// The bytes of a value as JSON, near enough; of a large one only that it is large.
#[must_use]
pub fn bytes(value: &Value) -> usize {
    let mut left = LARGE;
    count(value, &mut left);
    LARGE - left
}

fn count(value: &Value, left: &mut usize) {
    let own = match value {
        Value::String(text) => text.len() + 2,
        Value::Number(_) => 8,
        _ => 4,
    };
    *left = left.saturating_sub(own);
    match value {
        Value::Array(items) => {
            for item in items {
                if *left == 0 {
                    break;
                }
                count(item, left);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                if *left == 0 {
                    break;
                }
                *left = left.saturating_sub(name.len() + 4);
                count(member, left);
            }
        }
        _ => {}
    }
}

/// Lets the calling thread run only when the others have nothing to do.
#[cfg(target_os = "linux")]
pub fn lower_priority() {
    // On Linux the call concerns the calling thread alone; a system that refuses it is no reason not to work.
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::warn!(%error, "aside.keeps_priority");
    }
}

/// Elsewhere it would concern the whole process; that the threads are few is then their only bound.
#[cfg(not(target_os = "linux"))]
pub fn lower_priority() {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Barrier};
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn large_work_is_done_by_another_thread_and_small_work_here() {
        let here = std::thread::current().id();
        let thread = || std::thread::current().id();
        assert_eq!(run(LARGE - 1, thread).await, Ok(here));
        assert_ne!(run(LARGE, thread).await, Ok(here));
    }

    #[tokio::test]
    async fn work_whose_caller_has_gone_before_its_turn_is_not_done() {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let (go, stop) = (Arc::new(Barrier::new(threads + 1)), Arc::new(AtomicBool::new(false)));
        for _ in 0..threads {
            let go = Arc::clone(&go);
            tokio::spawn(run(LARGE, move || go.wait()));
        }
        let done = Arc::clone(&stop);
        let mut waiting = Box::pin(run(LARGE, move || done.store(true, Ordering::Relaxed)));
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!((&mut waiting).now_or_never().is_none());
        drop(waiting);
        tokio::task::spawn_blocking(move || go.wait()).await.unwrap();
        // What comes later in the queue is done.
        run(LARGE, || ()).await.unwrap();
        assert!(!stop.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn work_that_panics_costs_nobody_else() {
        assert_eq!(
            run(LARGE, || panic!("a bug")).await.map_err(|problem| problem.code),
            Err::<(), _>(Code::Failed)
        );
        assert_eq!(run(LARGE, || 1).await, Ok(1));
    }

    #[test]
    fn a_size_is_counted_up_to_large() {
        assert!(bytes(&json!({"a": [1, "b", null]})) < 50);
        for large in [json!("x".repeat(LARGE)), json!(vec![0; LARGE]), json!({ "x".repeat(LARGE): 1 })] {
            assert_eq!(bytes(&large), LARGE);
        }
    }
}
