//! What Notion answers instead of a value that its API can't show.

use serde_json::{Value, json};

/// A value that the API can't put into its answer.
pub(crate) fn unsupported() -> Value {
    json!({"type": "unsupported", "unsupported": {}})
}
