//! What the door needs of the store: the runs of calls, from their first event to their last.

use std::time::Duration;

use async_trait::async_trait;

use super::journal::{Entry, Journal};
use super::lease::Lease;
use super::outcome::RunOutcome;
use crate::audit::Event;
use crate::id::{CallId, ConnectionId, PrincipalId};
use crate::name::ToolName;
use crate::ports::{AuditLog, StoreError};

/// The fence of the first lease of a run.
pub(crate) const FIRST_FENCE: i64 = 1;

/// The run of a call, before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    pub call: CallId,
    pub principal: PrincipalId,
    pub tool: ToolName,
    /// The connection that it works on.
    pub connection: Option<ConnectionId>,
    /// How long its lease lasts unless it is renewed.
    pub lease: Duration,
    /// SHA-256 of the arguments and of the connection that the caller named, in hex: two calls with the same one ask for the
    /// same.
    pub fingerprint: String,
    /// By what it may be found to be a call that is there already.
    pub repeat: Repeat,
    /// Whether it lasts as soon as it is open; else with the first intent that is recorded, or a little later.
    pub waits: bool,
}

/// By what a call may be found to be one that was asked for before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// By nothing: it is a new one.
    Never,
    /// By the digest of its idempotency key.
    Key(String),
    /// By its arguments, when the caller of the earlier one left within this time before it was answered.
    Left(Duration),
}

/// What a call finds when its run is to be opened.
#[derive(Debug, Clone, PartialEq)]
pub enum Opening {
    /// None like it: its run is open, under the lease with fence 1.
    New,
    /// One that is there already.
    Earlier(EarlierRun),
}

/// The run of the same call, asked for before.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierRun {
    /// The run, and its newest lease; this call's own where it goes on with it.
    pub lease: Lease,
    /// The connection that it works on.
    pub connection: Option<ConnectionId>,
    pub state: EarlierState,
}

/// A call's run whose host is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    pub lease: Lease,
    pub principal: PrincipalId,
    pub tool: ToolName,
    /// The connection that it works on.
    pub connection: Option<ConnectionId>,
}

/// How far an earlier run is.
#[derive(Debug, Clone, PartialEq)]
pub enum EarlierState {
    /// Another execution has it.
    Running,
    /// Nobody had it, and it hadn't come to its end: the lease is this call's. Its first event is appended.
    Resumed,
    /// It came to its end.
    Ended(RunOutcome),
    /// Its key was used for other arguments.
    OtherArguments,
}

/// How a run ends.
#[derive(Debug)]
pub struct Closing<'a> {
    pub is_success: bool,
    /// What is told to whoever asks again; none keeps nothing, and a run that can be found again is gone on with.
    pub outcome: Option<&'a RunOutcome>,
    /// Whether its caller left before they were answered.
    pub is_left: bool,
    /// Whether nobody goes on with what it has read, which is forgotten then.
    pub forgets: bool,
    /// What is asked for again when the run goes on.
    pub reopened: &'a [Reopened],
    /// The run's last event.
    pub ended: &'a Event,
}

/// Something that was told what holds for its moment alone, or whose outcome isn't known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopened {
    pub position: String,
    /// Whether it is a write that may have been carried out.
    pub is_sent: bool,
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
    /// Opens a run together with its first event, or finds the one that the call is a repeat of. What can't be recorded isn't done.
    ///
    /// An earlier run whose lease has ended, or that ended without an outcome, is taken over. One that was left and is told to
    /// this call is left no longer.
    async fn open(&self, run: &NewRun, started: &Event) -> Result<Opening, StoreError>;

    /// The connection of the run that has a key, if there is such a run.
    async fn keyed(
        &self,
        principal: PrincipalId,
        tool: &ToolName,
        key: &str,
    ) -> Result<Option<Option<ConnectionId>>, StoreError>;

    /// Notes that a run's caller has left before they were answered; with an outcome where the run had come to its end. Nothing
    /// changes where that is noted already, or somebody else has the run.
    async fn leave(&self, lease: Lease, outcome: Option<&RunOutcome>) -> Result<(), StoreError>;

    /// Renews the lease of a call's run. False when it has ended.
    async fn extend(&self, lease: Lease, time: Duration) -> Result<bool, StoreError>;

    /// Ends a run together with its last entries and its last event, which are recorded also when the lease has ended.
    async fn close(&self, lease: Lease, entries: &[Entry], closing: Closing<'_>) -> Result<(), StoreError>;

    /// Takes runs of calls that nobody has any more and that have not come to their end, the oldest first, at most `max`, for this
    /// time. One that was left by its host was left by its caller, when it began at the latest.
    async fn take_interrupted(&self, lease: Duration, max: u32) -> Result<Vec<Interrupted>, StoreError>;

    /// Records what became of the open writes of a run that was taken so; those that were not carried out are asked for again. With a last event the run ends, and whoever asks again goes
    /// on with it; without one it is given back. False, and nothing recorded, where somebody else has it by now.
    async fn settle(
        &self,
        lease: Lease,
        entries: &[Entry],
        reopened: &[Reopened],
        ended: Option<&Event>,
    ) -> Result<bool, StoreError>;

    /// Removes the runs of a kind that ended this long ago, with their journals; those of calls that never ended too.
    async fn remove_ended(&self, kind: RunKind, age: Duration) -> Result<u64, StoreError>;
}
