//! Runs: what is durable of a call, and how it goes on after an interruption.
//!
//! A call is run by an [`Execution`]: what it may spend, who goes first, by which clock, and what is recorded of it. Whatever
//! its provider asks the host for has a position; a recording has what was asked and told under that position. A provider
//! that runs again is told the same again (replay), until the record ends and the run is live. A run has one lease, and
//! every write to its journal names the lease's fence.
//!
//! Every call that can write has a run, with a journal of its writes; a job, and a call with an idempotency key, has one with
//! everything that it was told. A call that is asked for again finds the run of the first and goes on with it.

mod done;
mod effect_journal;
mod execution;
mod held;
mod journal;
mod key;
mod lease;
mod outcome;
mod owner;
mod passing;
mod pending;
mod position;
mod priority;
mod providers;
mod read_ahead;
mod recorder;
mod rehearsal;
mod replay;
mod retention;
mod runs;
mod tail;
mod under_way;

pub(crate) use done::done_by;
pub use effect_journal::EffectJournal;
pub(crate) use execution::Budget;
pub(crate) use execution::left;
pub use execution::{Clock, Execution};
pub use journal::{Entry, EntryOutcome, Journal, RecordedEntry, RecordedWrite, SentWrite, Write};
pub use key::IdempotencyKey;
pub use lease::{Lease, LeaseState};
pub use outcome::RunOutcome;
pub(crate) use owner::Owner;
pub(crate) use pending::{Asked, Begun, Pending};
pub(crate) use position::Position;
pub use priority::Priority;
pub use providers::{Providers, RunProviders};
pub use recorder::Recorder;
pub use rehearsal::Rehearsal;
pub(crate) use rehearsal::Verdict;
pub use replay::Recording;
pub(crate) use replay::{Ending, Resumption, Whose};
pub use retention::Retention;
pub(crate) use runs::FIRST_FENCE;
pub use runs::{
    Closing, EarlierRun, EarlierState, Interrupted, NewRun, Opening, Reopened, Repeat, RunKind, Runs,
};
