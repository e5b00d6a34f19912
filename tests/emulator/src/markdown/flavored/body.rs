//! What stands in a block.

use serde_json::Value;

/// What stands in a block: its text, and after it its children.
pub(super) struct Body {
    pub(super) text: Value,
    pub(super) children: Vec<Value>,
}
