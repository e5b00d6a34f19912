//! The right to write to the record of a run.

use crate::id::RunId;

/// The right to run, until it ends or somebody else gets the next one.
///
/// The fence grows with each lease, and every write to a journal names it: who has lost the run can't write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub run: RunId,
    /// Which lease of the run this is, from 1.
    pub fence: i64,
}

/// Whether a lease still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    /// It does, and has been renewed.
    Ours,
    /// It does, and the owner wants the run to stop.
    CancelRequested,
    /// It ended, and somebody else may have the run.
    Lost,
}
