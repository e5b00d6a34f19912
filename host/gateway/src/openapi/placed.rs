//! Where an operation stands.

use serde_json::Value;

/// One operation and where it is.
pub(super) struct Placed {
    pub(super) path: String,
    pub(super) method: &'static str,
    pub(super) operation: Value,
}
