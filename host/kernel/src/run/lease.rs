//! The right to run something that is stored.

use crate::id::JobId;

/// The right to run a job, until it ends or somebody else gets the next one.
///
/// The fence grows with each lease, and whatever a run writes names it: a run that has lost its job can't write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub job: JobId,
    /// Which lease of the job this is, from 1.
    pub fence: i64,
}

/// Whether a lease still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does, and has been renewed.
    Ours,
    /// It does, and the owner wants the run to stop.
    CancelRequested,
    /// It ended, and another run may have the job.
    Lost,
}
