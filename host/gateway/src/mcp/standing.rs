//! Whether somebody who listens is still somebody here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use toolbay_kernel::ports::Principals;
use toolbay_kernel::{Principal, PrincipalId};

/// Time between two looks when nothing is known to have changed: a token may have expired.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The same where what they may do counts too: another process may have changed it, and told nobody.
const LOOK_OFTEN: Duration = Duration::from_secs(1);

/// One who listens.
pub(super) struct Standing {
    principals: Arc<dyn Principals>,
    id: PrincipalId,
    /// Who they were when they began, where it ends as soon as they may do something else.
    as_was: Option<Arc<Principal>>,
    changes: Option<watch::Receiver<u64>>,
    looking: Interval,
    /// A look is owed, also when the last one was broken off.
    is_due: bool,
}

impl Standing {
    /// Somebody who is to be anybody here.
    pub(super) fn of(principals: &Arc<dyn Principals>, id: PrincipalId) -> Self {
        Self::looking(principals, id, None, LOOK_EVERY)
    }

    /// Somebody who is to be allowed what they were when they began.
    pub(super) fn exactly(principals: &Arc<dyn Principals>, principal: Arc<Principal>) -> Self {
        Self::looking(principals, principal.id, Some(principal), LOOK_OFTEN)
    }

    fn looking(
        principals: &Arc<dyn Principals>,
        id: PrincipalId,
        as_was: Option<Arc<Principal>>,
        every: Duration,
    ) -> Self {
        let mut looking = interval_at(Instant::now() + every, every);
        looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let changes = principals.changes();
        Self { principals: Arc::clone(principals), id, as_was, changes, looking, is_due: false }
    }

    /// Waits until they are that no more. While the store doesn't answer, nobody knows of it.
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
                Ok(Some(now)) if self.as_was.as_ref().is_some_and(|before| *before != now) => return,
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
