//! How long runs and conversations are kept.
//!
//! A run is kept for its journal: to tell what a call has done, to look what became of a write, to undo. What remains after
//! it is the audit, which is kept for ever.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::runs::{RunKind, Runs};
use crate::chat::Conversations;

/// Time between two removals.
const REMOVE_EVERY: Duration = Duration::from_secs(3_600);

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long runs are kept after their end, by kind, and conversations after their last turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Of calls.
    pub calls: Duration,
    /// Of jobs; as long a job can be asked for.
    pub jobs: Duration,
    pub conversations: Duration,
}

impl Default for Retention {
    /// 30 days for calls, 7 for jobs, 90 for conversations.
    fn default() -> Self {
        Self { calls: 30 * DAY, jobs: 7 * DAY, conversations: 90 * DAY }
    }
}

impl Retention {
    /// Removes what is older, until the host stops.
    pub async fn keep(
        self,
        runs: Arc<dyn Runs>,
        conversations: Arc<dyn Conversations>,
        stop: CancellationToken,
    ) {
        let mut removing = tokio::time::interval(REMOVE_EVERY);
        removing.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(removing.tick()).await.is_some() {
            for (kind, age) in [(RunKind::Call, self.calls), (RunKind::Job, self.jobs)] {
                match runs.remove_ended(kind, age).await {
                    Ok(0) => {}
                    Ok(removed) => tracing::info!(kind = kind.as_str(), removed, "run.removed"),
                    Err(error) => tracing::error!(kind = kind.as_str(), %error, "run.not_removed"),
                }
            }
            match conversations.remove_unused(self.conversations).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "conversation.removed"),
                Err(error) => tracing::error!(%error, "conversation.not_removed"),
            }
        }
    }
}
