//! What runs need of the store: the entries of each, in order.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;

use super::lease::Lease;
use crate::audit::Event;
use crate::effects::WriteName;
use crate::id::RunId;
use crate::ports::StoreError;
use crate::problem::Problem;

/// What a provider was told.
pub type EntryOutcome = Result<Value, Problem>;

/// One entry of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where in the run: its number within its call, after those of the calls around it, such as `3.0`.
    pub position: String,
    /// SHA-256 of what was asked, in hex.
    pub digest: String,
    /// SHA-256 of the file of the plugin that asked, in hex; none where no plugin did.
    pub provider: Option<String>,
    /// The write that it is, when it is about to be sent; the journal keeps it with the outcome too.
    pub write: Option<Write>,
    /// What came of it; none for what has been sent and not been answered.
    pub outcome: Option<EntryOutcome>,
    /// The event that is appended to the audit together with the entry.
    pub event: Option<Event>,
}

impl Entry {
    /// Whether it is headway: an outcome that stands, and isn't asked for again.
    #[must_use]
    pub fn is_headway(&self) -> bool {
        match &self.outcome {
            None => false,
            Some(Ok(_)) => true,
            Some(Err(problem)) => !problem.code.is_passing(),
        }
    }
}

/// A write as a journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Its name, without a word of what is written.
    pub name: WriteName,
    /// The request as it is sent; the store encrypts it.
    pub request: Value,
}

/// What a journal knows of a position, without its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEntry {
    /// SHA-256 of what was asked, in hex.
    pub digest: String,
    /// When it was sent, by the clock of the store, if its outcome isn't known.
    pub open_since: Option<OffsetDateTime>,
    /// How large its outcome is in the store, in bytes; 0 where there is none.
    pub bytes: u64,
}

/// A write that a journal has.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedWrite {
    /// Where in the run.
    pub position: String,
    pub write: WriteName,
    /// What came of it; none for what has been sent and not been answered.
    pub outcome: Option<EntryOutcome>,
}

/// A write that was sent, and of which nobody knows what became.
#[derive(Debug, Clone, PartialEq)]
pub struct SentWrite {
    /// Where in the run.
    pub position: String,
    /// SHA-256 of what was asked, in hex.
    pub digest: String,
    /// SHA-256 of the file of the plugin that asked, in hex.
    pub provider: Option<String>,
    pub write: Write,
    /// When it was sent, by the clock of the store.
    pub sent_at: OffsetDateTime,
}

/// The durable record of what a run asked for and got.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Everything that earlier executions of a run recorded, by position.
    async fn recorded(&self, run: RunId) -> Result<HashMap<String, RecordedEntry>, StoreError>;

    /// The writes after a position, in the order of positions as text, at most `max`.
    async fn writes(
        &self,
        run: RunId,
        after: Option<&str>,
        max: u32,
    ) -> Result<Vec<RecordedWrite>, StoreError>;

    /// The writes of a run that were sent and have no outcome.
    async fn open_writes(&self, run: RunId) -> Result<Vec<SentWrite>, StoreError>;

    /// The outcomes at these positions; a position without one is left out.
    async fn outcomes(
        &self,
        run: RunId,
        positions: &[String],
    ) -> Result<HashMap<String, EntryOutcome>, StoreError>;

    /// Records entries with their events, all or none. An outcome that stands is headway: attempts count from it. They last when
    /// this returns, with the run. False, and nothing recorded, when the lease has ended.
    async fn record(&self, lease: Lease, entries: &[Entry]) -> Result<bool, StoreError>;

    /// Notes that an execution has come to where an earlier one ended: attempts count from here. False when the lease has ended.
    async fn reached(&self, lease: Lease) -> Result<bool, StoreError>;

    /// Takes back that something was sent, since it was certainly not carried out. False when the lease has ended.
    async fn withdraw(&self, lease: Lease, position: &str) -> Result<bool, StoreError>;
}
