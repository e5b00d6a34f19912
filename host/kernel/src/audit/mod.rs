//! The audit: an append-only sequence of events, and the log that makes a change of it show.
//!
//! Whatever changes the world or the host is an event with its principal: a call that can write, each write that it makes, a
//! grant, a token, a connection, a plugin, a key. One row is one event, and none is changed later. An event holds ids, names
//! that operators chose, and the host's own words; nothing that a caller wrote.
//!
//! The events are the leaves of a Merkle tree (RFC 9162), whose root the host signs from time to time: a checkpoint. Whoever
//! keeps a checkpoint elsewhere can be shown that an event is in the log, and that the log of today goes on from the one of then,
//! without trusting the host. `docs/audit.md` has every format to the byte, and what is guaranteed.
//!
//! Everything here is pure: which hashes there are and what they prove. The rows are the store's.

mod checkpoint;
mod events;
mod leaf;
pub mod merkle;
mod note;
mod proof;
mod words;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use events::*;
pub use leaf::{LEAF_PREFIX, LeafError, LeafEvent};
pub use note::{KeyError, LogKey, NoteError, VerifierKey};
pub use proof::{ConsistencyProof, Inclusion, ProofError, Proved, Receipt};
pub use words::{about, details, outcome, summary_of};
