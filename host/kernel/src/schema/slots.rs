//! Where values are checked that take long: threads of their own, a few for all, fewer for each provider.
//!
//! Checking can't be interrupted, so one that could hold up the host's own threads for longer than a moment is done on a
//! thread of low priority, and one that could take longer than some seconds isn't begun.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::cost::Estimate;
use super::validate::Validator;
use crate::aside::lower_priority;
use crate::problem::{Code, Problem};

/// Steps of a check that is done at once, on the thread that asks: some milliseconds.
pub const AT_ONCE: u64 = 100_000;

/// Schemas inside one another for which the stack of any thread is enough.
const ON_ANY_STACK: usize = 500;

/// Steps of one check: a second or two. One that takes more is refused.
pub const MAX_STEPS: u64 = 30_000_000;

/// Checks of one provider's tools that run at the same time.
const OF_ONE_PROVIDER: usize = 2;

/// Checks of one provider's tools that wait; more are refused at once.
const WAITING_OF_ONE_PROVIDER: usize = 32;

/// How long a check waits for its turn and its end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of stack of a thread that checks: as deep as schemas and values may nest.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Checks of all providers that run at the same time.
static ALL: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    Arc::new(Semaphore::new(threads.max(2)))
});

/// The turns of one provider's tools.
#[derive(Debug)]
pub struct CheckingSlots {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Default for CheckingSlots {
    fn default() -> Self {
        Self { running: Arc::new(Semaphore::new(OF_ONE_PROVIDER)), waiting: AtomicUsize::new(0) }
    }
}

/// How work is done that depends on a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// Here and now.
    Small,
    /// On a thread of its own.
    Large,
}

impl Size {
    /// How to check this value.
    ///
    /// # Errors
    ///
    /// `limit_exceeded` when it would take too long.
    fn of(validator: &Validator, value: &Value) -> Result<Self, Problem> {
        let Estimate { steps, nested } = validator.estimate(value);
        if steps > MAX_STEPS {
            return Err(Problem::new(
                Code::LimitExceeded,
                "it is too large, or nests too deep, to be checked against the tool's schema",
            )
            .hint("send less at once"));
        }
        Ok(if steps <= AT_ONCE && nested <= ON_ANY_STACK { Self::Small } else { Self::Large })
    }
}

impl CheckingSlots {
    /// Does work that takes as long as checking this value: here, or where it takes long on a thread of its own.
    ///
    /// # Errors
    ///
    /// `limit_exceeded` when it would take too long, and what [`Self::run`] refuses.
    pub(crate) async fn check<T: Send + 'static>(
        &self,
        validator: &Validator,
        value: Value,
        work: impl FnOnce(&Validator, Value) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        match Size::of(validator, &value)? {
            Size::Small => Ok(work(validator, value)),
            Size::Large => {
                let validator = validator.clone();
                self.run(move || work(&validator, value)).await
            }
        }
    }

    /// Does the work on a thread of its own, when it is this provider's turn.
    ///
    /// # Errors
    ///
    /// `rate_limited` when too many wait already or no turn comes, `limit_exceeded` when the work doesn't end in time; it
    /// then keeps its slot until it does.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let waiting = Waiting::begin(&self.waiting)?;
        let work = async {
            let slots = [self.slot(&self.running).await?, self.slot(&ALL).await?];
            drop(waiting);
            let done = start(work, slots)?;
            done.await.map_err(|_| Problem::new(Code::Failed, "the host failed while it checked the schema"))
        };
        tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| {
            Err(Problem::new(
                Code::LimitExceeded,
                format!("checking it against the tool's schema took longer than {} s", PATIENCE.as_secs()),
            )
            .hint("send less at once, or try again when fewer calls run"))
        })
    }

    async fn slot(&self, slots: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
        let closed = |_| Problem::new(Code::Unavailable, "the host is stopping");
        Arc::clone(slots).acquire_owned().await.map_err(closed)
    }
}

/// One that waits, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Result<Self, Problem> {
        let waiting = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) < WAITING_OF_ONE_PROVIDER {
            return Ok(waiting);
        }
        Err(Problem::new(
            Code::RateLimited,
            format!("{WAITING_OF_ONE_PROVIDER} large calls of this plugin are waiting already"),
        )
        .hint("try again when some have ended"))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Starts work that holds its slots until it ends, whether or not anybody still waits for it.
fn start<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    slots: [OwnedSemaphorePermit; 2],
) -> Result<oneshot::Receiver<T>, Problem> {
    let (done, receiver) = oneshot::channel();
    let thread = std::thread::Builder::new().name("toolbay-checking".to_owned()).stack_size(STACK_BYTES);
    let started = thread.spawn(move || {
        lower_priority();
        let result = work();
        drop(slots);
        // Nobody may be there any more to hear it.
        let _ = done.send(result);
    });
    match started {
        Ok(_) => Ok(receiver),
        Err(error) => {
            tracing::error!(%error, "schema.no_thread");
            Err(Problem::new(Code::Unavailable, "the host has no thread left")
                .hint("try again in a few seconds"))
        }
    }
}
