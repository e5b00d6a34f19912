//! What each operation does, once its request has passed every check that needs no object.

mod accepted;
pub(crate) mod append;
pub(crate) mod blocks;
pub(crate) mod comments;
pub(crate) mod data_sources;
pub(crate) mod databases;
pub(crate) mod file_uploads;
pub(crate) mod markdown;
pub(crate) mod pages;
pub(crate) mod pages_create;
pub(crate) mod property_items;
pub(crate) mod query;
pub(crate) mod search;
pub(crate) mod small;
pub(crate) mod users;
pub(crate) mod view_configuration;
pub(crate) mod view_queries;
pub(crate) mod views;

use serde_json::Value;

/// What a handler answers with.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// What a 503 after the commit names as committed.
    pub(crate) committed: Option<Committed>,
    /// Whether the body says which request it answers.
    pub(crate) names_request: bool,
}

/// The object that a write committed, and the children among it.
#[derive(Clone, Debug)]
pub(crate) struct Committed {
    pub(crate) resource_id: String,
    pub(crate) child_ids: Vec<String>,
}

impl From<Value> for Answer {
    fn from(body: Value) -> Answer {
        Answer { status: 200, body, committed: None, names_request: true }
    }
}

impl Answer {
    /// An answer that created an object.
    pub(crate) fn created(body: Value, resource_id: &str) -> Answer {
        let committed = Some(Committed { resource_id: resource_id.to_owned(), child_ids: Vec::new() });
        Answer { status: 200, body, committed, names_request: true }
    }
}
