//! What the hosts on one store tell each other: that something has changed, and nothing of it.
//!
//! It only says that a look is worth it now. Each host also looks by itself from time to time, so a message that gets lost costs that time and
//! nothing else.

use tokio::sync::broadcast;

use crate::id::JobId;

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// The audit has grown, or a job went on.
    Activity,
    /// A job waits to be run.
    JobWaits,
    /// A job is to stop.
    JobStops(JobId),
    /// A job has ended.
    JobEnded,
    /// A token, a grant of a client, a session: who may do what.
    Access,
    Connections,
    /// What plugins may do.
    Grants,
    /// Anything: nobody listened for a while.
    Everything,
}

/// The other hosts on the same store.
pub trait OtherHosts: Send + Sync {
    /// Tells them soon, without waiting. The same twice in a short time is told once.
    fn tell(&self, change: Change);

    /// What they tell from now on.
    fn heard(&self) -> broadcast::Receiver<Change>;

    /// How many hosts were heard of lately, this one among them.
    fn count(&self) -> u32;
}
