//! What a tool may do.

use serde::Serialize;

/// The strongest thing that a tool does to the world outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Changes nothing, so that a client may call it without asking.
    Reads,
    /// Creates or changes, and removes nothing that may be missed.
    Writes,
    /// Removes or overwrites what may be missed.
    Destroys,
}
