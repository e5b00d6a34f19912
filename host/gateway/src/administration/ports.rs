//! What the administration over REST stands on.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use time::OffsetDateTime;
use toolbay_kernel::administration::{Plugins, UpstreamServers, Workspaces};
use toolbay_kernel::upstream::UpstreamTools;
use toolbay_kernel::{Administration, Code, Problem};

use crate::envelope::Refusal;

/// What an operator administers, and by which ports.
pub struct AdministrationPorts {
    /// Tokens, grants and connections.
    pub records: Administration,
    /// The outside in which workspaces are.
    pub workspaces: Arc<dyn Workspaces>,
    /// The folder of plugins.
    pub plugins: Arc<dyn Plugins>,
    /// The MCP servers behind this host.
    pub upstreams: Arc<dyn UpstreamServers>,
    /// What is known of their tools.
    pub upstream_tools: Arc<dyn UpstreamTools>,
    pub facts: HostFacts,
}

/// What a host is, as long as it lives.
pub struct HostFacts {
    /// When it was opened.
    pub since: OffsetDateTime,
    /// `sqlite` or `postgresql`.
    pub database: &'static str,
    /// Where it listens, once it does.
    pub address: OnceLock<SocketAddr>,
}

/// Does something to its end, also when nobody waits for the answer any more: half of it would be neither done nor undone.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Refusal> {
    let failed = |error: tokio::task::JoinError| {
        Problem::new(Code::Failed, "the host failed while it did this").caused_by(error)
    };
    Ok(tokio::spawn(work).await.map_err(failed)??)
}
