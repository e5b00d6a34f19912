//! What a verification finds.

use std::fmt;

use serde::Serialize;

/// What is wrong with the audit's log, by the first place where it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The event isn't what it was when it got its leaf.
    Changed { event: i64, index: u64 },
    /// So it is, and its time is before that of the event before it.
    BackDated { event: i64, index: u64 },
    /// In the event's place is what another one was, or the leaf of another one.
    Reordered { event: i64, index: u64 },
    /// The event is gone, and its leaf is there.
    Removed { event: i64, index: u64 },
    /// The event's content is gone, and no event says that it was removed by the host.
    ContentTaken { event: i64, index: u64 },
    /// A leaf is gone between others.
    LeafMissing { index: u64 },
    /// An inner node isn't what its leaves make it.
    Node { level: u32, index: u64 },
    /// A stored checkpoint isn't signed with the log's key.
    Unsigned { size: u64, why: String },
    /// The leaves aren't those that were signed: the log was rewritten behind the checkpoint of `after` leaves.
    Rewritten { after: u64, size: u64 },
    /// There are fewer leaves than were signed.
    Truncated { leaves: u64, size: u64 },
    /// The log's key isn't the one that was given.
    OtherKey { key: String },
    /// The event has a number that the host gives to none, so that it never gets a leaf.
    Foreign { event: i64 },
    /// The log isn't the one of the checkpoint that was kept elsewhere.
    OtherLog { size: u64 },
}

impl Finding {
    /// Whether it names one event, before which all are as they were.
    #[must_use]
    pub fn is_of_an_event(&self) -> bool {
        matches!(
            self,
            Self::Changed { .. }
                | Self::BackDated { .. }
                | Self::Reordered { .. }
                | Self::Removed { .. }
                | Self::ContentTaken { .. }
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { event, index } => {
                write!(formatter, "Event {event} was changed after it got its leaf (place {index}).")
            }
            Self::Foreign { event } => {
                write!(
                    formatter,
                    "Event {event} was put in by somebody else: the host's numbers begin with 1."
                )
            }
            Self::BackDated { event, index } => write!(
                formatter,
                "Event {event} was back-dated after it got its leaf (place {index}): its time is before that of the event before it."
            ),
            Self::Reordered { event, index } => write!(
                formatter,
                "Event {event} was exchanged with another one after it got its leaf (place {index}): the order isn't the one \
                 of then."
            ),
            Self::Removed { event, index } => {
                write!(formatter, "Event {event} was removed after it got its leaf (place {index}).")
            }
            Self::ContentTaken { event, index } => write!(
                formatter,
                "The content of event {event} (place {index}) was taken, and no event of the audit says so."
            ),
            Self::LeafMissing { index } => write!(formatter, "The leaf at place {index} was removed."),
            Self::Node { level, index } => write!(
                formatter,
                "The hash of node {index} of level {level} was changed: the events are what they were, and proofs that need it \
                 would fail."
            ),
            Self::Unsigned { size, why } => {
                write!(formatter, "The stored checkpoint of {size} leaves isn't this log's: {why}.")
            }
            Self::Rewritten { after, size } => write!(
                formatter,
                "The log was rewritten, events and hashes, between the checkpoints of {after} and {size} leaves."
            ),
            Self::Truncated { leaves, size } => {
                write!(formatter, "The log was truncated: it has {leaves} leaves, and {size} were signed.")
            }
            Self::OtherKey { key } => write!(
                formatter,
                "The database's log has another key, `{key}`: it isn't the log that the given key signs."
            ),
            Self::OtherLog { size } => write!(
                formatter,
                "The first {size} events aren't those of the checkpoint that was kept: the log was rewritten."
            ),
        }
    }
}
