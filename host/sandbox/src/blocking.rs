//! Work on whole plugins that would hold up a task: reading, hashing, loading.

use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// How much of it happens at once. Each thread that does it keeps some memory of its own afterwards: a folder of twenty
/// plugins that were all read at once left the host with twice the memory.
static SLOTS: Semaphore = Semaphore::const_new(2);

/// Does it on a thread where waiting is no harm.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    // Nobody closes it, so there is always a slot in the end.
    let _slot = SLOTS.acquire().await;
    tokio::task::spawn_blocking(work).await
}
