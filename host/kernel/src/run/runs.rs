//! What the door needs of the store: the runs of calls, from their first event to their last.

use std::time::Duration;

use async_trait::async_trait;

use super::journal::{Entry, Journal};
use super::lease::Lease;
use crate::audit::Event;
use crate::id::{CallId, ConnectionId, PrincipalId};
use crate::name::ToolName;
use crate::ports::{AuditLog, StoreError};

/// The fence of a call's run: nobody else ever gets a lease of it.
pub(crate) const FIRST_FENCE: i64 = 1;

/// The run of a call that can write, before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    pub call: CallId,
    pub principal: PrincipalId,
    pub tool: ToolName,
    /// The connection that it works on.
    pub connection: Option<ConnectionId>,
    /// How long its lease lasts: longer than the call can.
    pub lease: Duration,
}

/// What a run records, which decides how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunKind {
    Call,
    Job,
}

impl RunKind {
    /// The kind as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Job => "job",
        }
    }
}

/// The runs of calls.
#[async_trait]
pub trait Runs: AuditLog + Journal {
    /// Opens a run together with its first event, under the lease with fence 1. What can't be recorded isn't done.
    async fn open(&self, run: &NewRun, started: &Event) -> Result<(), StoreError>;

    /// Ends a run together with its last entries and its last event, which are recorded also when the lease has ended.
    async fn close(
        &self,
        lease: Lease,
        entries: &[Entry],
        is_success: bool,
        ended: &Event,
    ) -> Result<(), StoreError>;

    /// Removes the runs of a kind that ended this long ago, with their journals; those of calls that never ended too.
    async fn remove_ended(&self, kind: RunKind, age: Duration) -> Result<u64, StoreError>;
}
