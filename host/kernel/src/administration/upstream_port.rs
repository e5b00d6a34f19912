//! What administration needs of the MCP servers behind this host.

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::audit::Actor;
use crate::name::UpstreamName;
use crate::problem::Problem;

/// How one server is and has been, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamHealth {
    pub name: String,
    /// `connected`, `away`, or `untried`.
    pub state: String,
    /// Since when, as RFC 3339.
    pub since: String,
    /// What went wrong last, also when all is well since.
    pub last_failure: Option<String>,
    pub last_failure_at: Option<String>,
    /// The time in which half of the last calls were answered, in milliseconds.
    pub p50_ms: Option<u64>,
    /// How many calls that is of.
    pub calls: usize,
    /// Tools of which it says something else than was accepted, which wait for the operator.
    #[serde(default)]
    pub changed: usize,
}

impl UpstreamHealth {
    /// Whether its tools can't be called now.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.state == "away"
    }

    /// The same in a line.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = format!("{} {} since {}", self.name, self.state, self.since);
        if let Some(p50_ms) = self.p50_ms {
            words.push_str(&format!(", p50 {p50_ms} ms of {} calls", self.calls));
        }
        if self.changed > 0 {
            words.push_str(&format!(", {} tools wait to be accepted", self.changed));
        }
        if let Some(failure) = &self.last_failure {
            let at = self.last_failure_at.as_deref().unwrap_or_default();
            words.push_str(&format!(", last failure at {at}: {failure}"));
        }
        words
    }
}

/// A server as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamRecord {
    pub name: UpstreamName,
    /// Such as `streamable-http`.
    pub transport: &'static str,
    /// Its program, or the origin of its address.
    pub place: String,
    pub health: UpstreamHealth,
    /// Where a person connects an account of theirs, where people do.
    pub start_url: Option<Url>,
}

/// How a server over HTTP speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpstreamTransport {
    #[default]
    StreamableHttp,
    Sse,
}

/// A server that is to be added. A program can't be: whoever names one runs it on this machine.
#[derive(Debug, Clone)]
pub struct NewServer {
    pub name: UpstreamName,
    pub url: Url,
    pub transport: UpstreamTransport,
    /// Whether people connect accounts of their own there.
    pub has_accounts: bool,
    /// What the host itself is let in by.
    pub token: Option<SecretString>,
    /// Whether the address may be one of this machine or a private network.
    pub allow_private: bool,
}

/// The servers.
#[async_trait]
pub trait UpstreamServers: Send + Sync {
    /// Those that this host has, by name.
    fn servers(&self) -> Vec<UpstreamRecord>;

    /// Asks a server for its tools, writes it into the configuration, and follows it from then on; answers how many tools it lists. It is
    /// recorded.
    ///
    /// # Errors
    ///
    /// `conflict` for a name that is taken, `invalid_input` for what can't work, `upstream_failed` for a server that doesn't answer, and
    /// when the configuration can't be written.
    async fn add(&self, new: NewServer, by: &Actor) -> Result<usize, Problem>;

    /// Takes a server out of the configuration and lets it go. It is recorded.
    ///
    /// # Errors
    ///
    /// `not_found` for one that isn't there, and when the configuration can't be written.
    async fn remove(&self, server: &UpstreamName, by: &Actor) -> Result<(), Problem>;
}
