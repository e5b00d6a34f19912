//! The audit: one row an event, and the log over them that makes a change of one show.
//!
//! The database itself refuses to change or to remove a row. That keeps this code honest; somebody with the database's
//! password can still take the triggers away. Such a change shows by the log: each event has a leaf of a Merkle tree, and the
//! roots are signed. The kernel's `audit` has the hashes; here are the rows, who gives which event its leaf, and the pass over
//! all of it that finds what was changed.

mod activity;
mod events;
mod finding;
mod log_key;
mod nodes;
mod own_checkpoint;
mod proving;
mod removal;
mod rows;
mod sequencer;
mod signing;
mod verifying;

pub use events::{AuditQuery, AuditScope, MAX_AUDIT_EVENTS};
pub use finding::Finding;
pub use proving::{AuditItem, NotProved};
pub use rows::LoggedEvent;
pub use sequencer::Sequencer;
pub use verifying::Verification;
