//! Whether somebody who listens is still somebody here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use toolbay_kernel::PrincipalId;
use toolbay_kernel::ports::Principals;

/// Time between two looks when nothing is known to have changed: a token may have expired.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// One who listens.
pub(super) struct Standing {
    principals: Arc<dyn Principals>,
    id: PrincipalId,
    changes: Option<watch::Receiver<u64>>,
    looking: Interval,
    /// A look is owed, also when the last one was broken off.
    is_due: bool,
}

impl Standing {
    pub(super) fn of(principals: &Arc<dyn Principals>, id: PrincipalId) -> Self {
        let mut looking = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { principals: Arc::clone(principals), id, changes: principals.changes(), looking, is_due: false }
    }

    /// Waits until they are nobody any more. While the store doesn't answer, nobody knows of that.
    pub(super) async fn ended(&mut self) {
        loop {
            if !self.is_due {
                tokio::select! {
                    () = changed(self.changes.as_mut()) => {}
                    _ = self.looking.tick() => {}
                }
                self.is_due = true;
            }
            match self.principals.principal(self.id).await {
                Ok(None) => return,
                Ok(Some(_)) => {}
                Err(error) => tracing::warn!(%error, "mcp.listener_not_looked_at"),
            }
            self.is_due = false;
        }
    }
}

/// Waits for a change; for ever where none is told of.
async fn changed(changes: Option<&mut watch::Receiver<u64>>) {
    if let Some(changes) = changes
        && changes.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}
