//! MCP servers behind this host, as far as the kernel knows them: their names, and what was accepted of their tools.
//!
//! A server describes its tools, and a model reads that as instructions. So a definition is kept as it was when it was first
//! seen. What a server says otherwise later is shown to the operator, and published only once the operator accepts it.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use crate::audit::Actor;
use crate::digest::digest;
use crate::id::ConnectionId;
use crate::name::ToolName;
pub use crate::name::{InvalidUpstreamName, UpstreamName};
use crate::ports::Credentials;
use crate::problem::Problem;
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

/// Bytes of their accepted definitions together, as JSON. A server lists a quarter of that at most.
pub const MAX_KNOWN_BYTES: usize = 32 * 1024 * 1024;

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

    /// Forgets what is known of a server of this name, before another one is added under it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn forget(&self, server: &UpstreamName) -> Result<(), StoreError>;
}

/// The client that this host has registered itself as at the authorization server of an MCP server. The text of `Debug` has no secret.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    /// The authorization server.
    pub issuer: String,
    /// Where people are sent back to, as it was registered.
    pub redirect_uri: String,
    /// The client's id there.
    pub id: String,
    /// Its secret, where it was given one.
    pub secret: Option<SecretString>,
    /// How it shows that it is the one, as it was registered.
    pub method: Option<String>,
    /// When its secret ends, in seconds since 1970; zero for never.
    pub secret_expires_at: u64,
}

/// Keeps the clients that this host has registered.
#[async_trait]
pub trait UpstreamClients: Send + Sync {
    /// The client at a server: that of an id, or the one that was registered last.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn client(
        &self,
        server: &UpstreamName,
        id: Option<&str>,
    ) -> Result<Option<RegisteredClient>, StoreError>;

    /// Keeps a client in the place of another one, and answers which is kept from then on: that of another process, if one was faster.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn keep_client(
        &self,
        server: &UpstreamName,
        client: &RegisteredClient,
        instead_of: Option<&RegisteredClient>,
    ) -> Result<RegisteredClient, StoreError>;
}

/// Lends the credential of an account for what is asked of an MCP server outside of any call: its list of tools.
#[async_trait]
pub trait UpstreamAccounts: Credentials {
    /// The accounts at a server, those first that were connected or renewed last; at most some.
    ///
    /// # Errors
    ///
    /// When the store fails.
    async fn accounts(&self, server: &UpstreamName) -> Result<Vec<ConnectionId>, StoreError>;
}

/// A message of a client's to an MCP server, which is passed on as it is.
#[derive(Debug)]
pub struct ProxiedRequest {
    /// The message; none ends the session.
    pub message: Option<Vec<u8>>,
    /// The headers of it that the protocol has, by their names in small letters.
    pub headers: Vec<(&'static str, String)>,
}

/// What a server answers to such a message.
pub struct ProxiedAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// The headers of it that the protocol has.
    pub headers: Vec<(&'static str, String)>,
    /// The answer, as it comes; an error ends it.
    pub body: BoxStream<'static, Result<Vec<u8>, String>>,
}

/// MCP servers whose clients may talk to them as they are. A tool's call is no message that is passed on: it goes through the door.
#[async_trait]
pub trait UpstreamProxy: Send + Sync {
    /// The address where a person connects an account at a server; none of a server that isn't there, or has no accounts.
    fn start_url(&self, server: &UpstreamName) -> Option<Url>;

    /// The published name of a server's tool.
    fn published(&self, server: &UpstreamName, their_name: &str) -> Option<ToolName>;

    /// Passes a message on, with the credential of an account. It must be one that only reads.
    ///
    /// # Errors
    ///
    /// When the account can't be used, or the server doesn't answer.
    async fn forward(
        &self,
        server: &UpstreamName,
        account: ConnectionId,
        request: &ProxiedRequest,
    ) -> Result<ProxiedAnswer, Problem>;
}
