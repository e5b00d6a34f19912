//! The rows of events and leaves, as the log needs them.

use toolbay_kernel::audit::LeafEvent;
use toolbay_kernel::audit::merkle::Hash;

use crate::database::Database;
use crate::error::Fault;

/// Leaves that one statement reads.
pub(super) const PAGE: u32 = 1_000;

/// A leaf with its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The leaf's place in the log.
    pub index: u64,
    /// The event's number.
    pub seq: i64,
    pub hash: Hash,
    /// The event as it is there now; none when it was removed.
    pub event: Option<LeafEvent>,
}

/// An event's row.
#[derive(serde::Deserialize)]
pub(super) struct EventRow {
    seq: i64,
    happened_at: i64,
    kind: String,
    subject: Option<String>,
    principal_id: String,
    principal_name: String,
    surface: String,
    call_id: Option<String>,
    connection_id: Option<String>,
    details: String,
}

#[derive(serde::Deserialize)]
struct LeafRow {
    leaf_index: i64,
    leaf_seq: i64,
    hash: Vec<u8>,
    happened_at: Option<i64>,
    kind: Option<String>,
    subject: Option<String>,
    principal_id: Option<String>,
    principal_name: Option<String>,
    surface: Option<String>,
    call_id: Option<String>,
    connection_id: Option<String>,
    details: Option<String>,
}

impl Database {
    /// The leaves from a place on, in order.
    pub(super) async fn leaves_from(&self, index: u64, max: u32) -> Result<Vec<LoggedEvent>, Fault> {
        let rows: Vec<LeafRow> = self
            .rows(
                "SELECT leaf_index, leaves.seq AS leaf_seq, hash, happened_at, kind, subject, principal_id, principal_name, surface, \
                 call_id, connection_id, details \
                 FROM audit_leaves AS leaves LEFT JOIN audit_events AS events ON events.seq = leaves.seq \
                 WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2",
                [stored(index).into(), i64::from(max).into()],
            )
            .await?;
        rows.into_iter().map(LeafRow::logged).collect()
    }
}

impl EventRow {
    /// The event as a leaf has it.
    pub(super) fn leaf(self) -> LeafEvent {
        LeafEvent {
            call: self.call_id,
            connection: self.connection_id,
            details: self.details,
            kind: self.kind,
            principal: self.principal_id,
            principal_name: self.principal_name,
            seq: self.seq,
            subject: self.subject,
            surface: self.surface,
            time_ms: self.happened_at,
        }
    }
}

impl LeafRow {
    fn logged(self) -> Result<LoggedEvent, Fault> {
        let seq = self.leaf_seq;
        // What is never null is null where there is no event.
        let event =
            self.kind.zip(self.details).zip(self.happened_at).map(|((kind, details), happened_at)| {
                EventRow {
                    seq,
                    happened_at,
                    kind,
                    subject: self.subject,
                    principal_id: self.principal_id.unwrap_or_default(),
                    principal_name: self.principal_name.unwrap_or_default(),
                    surface: self.surface.unwrap_or_default(),
                    call_id: self.call_id,
                    connection_id: self.connection_id,
                    details,
                }
                .leaf()
            });
        Ok(LoggedEvent { index: read(self.leaf_index)?, seq, hash: hash_of(&self.hash)?, event })
    }
}

/// A hash as a row has it.
pub(super) fn hash_of(bytes: &[u8]) -> Result<Hash, Fault> {
    bytes.try_into().map_err(|_| Fault::Damaged("a hash of the audit's log".to_owned()))
}

/// A place or a size as a row has it.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A place or a size from a row.
pub(super) fn read(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Damaged("a place in the audit's log".to_owned()))
}
