//! As many requests at once as a database gets connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use toolbay_kernel::run::Priority;

/// The slots of one database.
pub(crate) struct Slots {
    /// What may be asked for: it is waited for before a write is recorded.
    asked: Arc<Semaphore>,
    /// The same for what runs in the background, which leaves one to the callers who wait.
    background: Arc<Semaphore>,
    /// What is being carried out: a statement whose caller has left holds its own until it has really ended.
    running: Arc<Semaphore>,
}

/// A place to ask in, until it is dropped.
pub(crate) struct Slot {
    _background: Option<OwnedSemaphorePermit>,
    _asked: OwnedSemaphorePermit,
}

impl Slots {
    pub(crate) fn new(connections: u8) -> Self {
        let connections = usize::from(connections.max(1));
        Self {
            asked: Arc::new(Semaphore::new(connections)),
            background: Arc::new(Semaphore::new((connections - 1).max(1))),
            running: Arc::new(Semaphore::new(connections)),
        }
    }

    /// Waits for a slot, at most until then.
    pub(crate) async fn ask(&self, priority: Priority, until: Instant) -> Option<Slot> {
        let background = match priority {
            Priority::Background => Some(taken(&self.background, until).await?),
            Priority::Interactive => None,
        };
        Some(Slot { _background: background, _asked: taken(&self.asked, until).await? })
    }

    /// Takes what a connection is held with. Whoever asked for a slot has it at once, unless statements of callers who left are ending.
    pub(crate) async fn run(&self, until: Instant) -> Option<OwnedSemaphorePermit> {
        taken(&self.running, until.min(Instant::now() + ENDING)).await
    }
}

/// How long the statement of a caller who left may take to end.
const ENDING: Duration = Duration::from_secs(2);

async fn taken(semaphore: &Arc<Semaphore>, until: Instant) -> Option<OwnedSemaphorePermit> {
    // Nobody closes it.
    tokio::time::timeout_at(until.into(), Arc::clone(semaphore).acquire_owned()).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_background_leaves_a_slot_and_what_has_not_ended_keeps_its_own() {
        let slots = Slots::new(2);
        let soon = || Instant::now() + Duration::from_millis(20);
        let job = slots.ask(Priority::Background, soon()).await;
        assert!(job.is_some());
        assert!(slots.ask(Priority::Background, soon()).await.is_none());
        let call = slots.ask(Priority::Interactive, soon()).await;
        assert!(call.is_some() && slots.ask(Priority::Interactive, soon()).await.is_none());
        let running = slots.run(soon()).await;
        drop((job, call));
        assert!(slots.ask(Priority::Background, soon()).await.is_some());
        let second = slots.run(soon()).await;
        assert!(running.is_some() && second.is_some() && slots.run(soon()).await.is_none());
    }
}
