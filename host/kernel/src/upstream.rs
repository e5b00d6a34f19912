//! MCP servers behind this host, as far as the kernel knows them: their names, and what was accepted of their tools.
//!
//! A server describes its tools, and a model reads that as instructions. So a definition is kept as it was when it was first
//! seen. What a server says otherwise later is shown to the operator, and published only once the operator accepts it.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::audit::Actor;
use crate::digest::digest;
pub use crate::name::{InvalidUpstreamName, UpstreamName};
use crate::store_error::StoreError;

/// A tool as its server lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct UpstreamTool {
    /// Its server's name for it.
    pub name: String,
    /// The whole definition.
    pub definition: Value,
}

/// SHA-256 of the names and definitions of tools as canonical text, in hex, for the audit: what was accepted can be compared.
#[must_use]
pub fn digest_of<'a>(tools: impl Iterator<Item = (&'a str, &'a Value)>) -> String {
    digest(&tools.map(|(name, definition)| json!([name, definition])).collect())
}

/// Tools of one server that are remembered, those that have gone included.
pub const MAX_KNOWN_TOOLS: usize = 10_000;

/// What is known of a tool of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownTool {
    /// Its server's name for it.
    pub name: String,
    /// The definition that was accepted: the one that was seen first, or the operator's choice since.
    pub accepted: Value,
    /// What its server says now, when that is something else.
    pub changed: Option<Value>,
    /// Whether its server lists it.
    pub is_there: bool,
    /// Its place among the tools of its server, by when they were seen first: of two that would be called the same, the first is meant, also
    /// when it has gone.
    pub order: i64,
}

/// Keeps what is known of the tools of servers.
#[async_trait]
pub trait UpstreamTools: Send + Sync {
    /// What is known of a server's tools, in the order in which they were seen first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn known(&self, server: &UpstreamName) -> Result<Vec<KnownTool>, StoreError>;

    /// A number that is another one when what is known of a server's tools is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn version(&self, server: &UpstreamName) -> Result<i64, StoreError>;

    /// Notes what a server lists now, and answers what is known from then on. A tool that was never seen is accepted as it is, as long as there is
    /// room for it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn saw(&self, server: &UpstreamName, tools: &[UpstreamTool]) -> Result<Vec<KnownTool>, StoreError>;

    /// Accepts these definitions of tools that a server lists, as far as it still says so; answers the names of those that were accepted.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn accept(
        &self,
        server: &UpstreamName,
        shown: &[UpstreamTool],
        by: &Actor,
    ) -> Result<Vec<String>, StoreError>;
}
