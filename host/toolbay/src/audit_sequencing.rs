//! The audit's log, kept up with its events.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use toolbay_store::{Sequencer, Store};

/// Time between two looks for events without a leaf.
const EVERY: Duration = Duration::from_secs(1);

/// Gives events their leaves, as long as the host serves.
pub(crate) struct AuditSequencing {
    sequencer: Sequencer,
}

impl AuditSequencing {
    pub(crate) fn new(store: &Arc<Store>) -> Self {
        Self { sequencer: Sequencer::new(Arc::clone(store)) }
    }

    /// Looks each second. What goes wrong is told once, and again when it has been right meanwhile: the log of a database that
    /// can't be reached would only fill another one.
    pub(crate) async fn keep(mut self, stop: CancellationToken) {
        let mut looking = tokio::time::interval(EVERY);
        looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_failing = false;
        let keeping = async {
            loop {
                looking.tick().await;
                match self.sequencer.pass().await {
                    Ok(_) => is_failing = false,
                    Err(error) if !is_failing => {
                        is_failing = true;
                        tracing::error!(%error, "audit.not_sequenced");
                    }
                    Err(_) => {}
                }
            }
        };
        stop.run_until_cancelled(keeping).await;
    }
}
