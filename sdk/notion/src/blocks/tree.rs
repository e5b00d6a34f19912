//! Notion's block objects as a tree.

use serde_json::{Map, Value};

/// Deepest nesting that is taken or answered. Pages of people go to five or so; what is deeper is a mistake or an attack.
pub const DEPTH_LIMIT: usize = 32;

/// Most blocks of one call, nested ones included. They take a hundred requests, most of a minute's budget.
pub const BLOCK_LIMIT: usize = 10_000;

/// The type of one of Notion's block objects.
#[must_use]
pub fn kind_of(block: &Value) -> &str {
    block.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// What a block says: the object under its type's name.
#[must_use]
pub fn body(block: &Value) -> Option<&Map<String, Value>> {
    block.get(kind_of(block)).and_then(Value::as_object)
}

/// The blocks in a block, as requests have them (in its body) or as they were put beside it when they were read.
#[must_use]
pub fn children(block: &Value) -> &[Value] {
    let own = match kind_of(block) {
        // There `children` names the parts of a recording.
        "meeting_notes" | "transcription" => None,
        _ => body(block).and_then(|body| body.get("children")),
    };
    own.or_else(|| block.get("children")).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Takes the blocks out of a block.
#[must_use]
pub fn take_children(block: &mut Value) -> Vec<Value> {
    let kind = kind_of(block).to_owned();
    let own = block
        .get_mut(kind.as_str())
        .and_then(Value::as_object_mut)
        .and_then(|body| body.shift_remove("children"));
    let beside = block.as_object_mut().and_then(|block| block.shift_remove("children"));
    match own.or(beside) {
        Some(Value::Array(children)) => children,
        _ => Vec::new(),
    }
}

/// Puts blocks into a block, where requests have them.
pub fn put_children(block: &mut Value, children: Vec<Value>) {
    // A column is told that it is empty.
    if children.is_empty() && kind_of(block) != "column" {
        return;
    }
    let kind = kind_of(block).to_owned();
    if let Some(body) = block.get_mut(kind.as_str()).and_then(Value::as_object_mut) {
        body.insert("children".to_owned(), Value::Array(children));
    }
}
