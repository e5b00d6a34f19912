//! The result of reading blocks.

use serde_json::Value;

/// What a markdown text says as blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Notion's block objects, for requests.
    pub blocks: Vec<Value>,
    /// What has no block and was kept as its text, or was left out; one sentence each with its line, at most 20.
    pub notes: Vec<String>,
}
