//! What markdown is read into and written from.

use serde_json::Value;

/// A piece of a page's markdown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unit {
    /// A block in the form of a request.
    Block(Value),
    /// The child page, database or block without a form in markdown that it stands for, which is kept and not made.
    Reference(String),
}

/// A page as markdown.
pub(crate) struct Rendered {
    pub(crate) markdown: String,
    pub(crate) unknown_block_ids: Vec<String>,
}

/// The blocks among pieces.
pub(super) fn blocks(units: Vec<Unit>) -> Vec<Value> {
    units
        .into_iter()
        .filter_map(|unit| match unit {
            Unit::Block(block) => Some(block),
            Unit::Reference(_) => None,
        })
        .collect()
}
