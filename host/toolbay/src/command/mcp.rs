//! `toolbay mcp`: MCP over standard input and output.

use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use toolbay_kernel::{Principal, ProfileName};

use crate::configuration::Configuration;
use crate::host::{Host, Purpose, own_compiler};

pub(super) async fn run(
    configuration: &Configuration,
    profile: Option<&ProfileName>,
) -> anyhow::Result<ExitCode> {
    let host = Host::open(configuration, Purpose::Command, own_compiler()?).await?;
    host.load().await;
    let stop = CancellationToken::new();
    let watching = tokio::spawn({
        let (folder, stop) = (Arc::clone(&host.folder), stop.clone());
        async move { folder.watch(stop).await }
    });
    let running = tokio::spawn({
        let (host, stop) = (Arc::clone(&host), stop.clone());
        async move { host.run_jobs(stop).await }
    });
    let keeping = tokio::spawn({
        let (host, stop) = (Arc::clone(&host), stop.clone());
        async move { host.keep_runs(stop).await }
    });
    let following = tokio::spawn(Arc::clone(&host.upstreams).keep(stop.clone()));
    // Whoever starts this process is at the machine: the operator.
    let mut principal = Principal::operator();
    if let Some(name) = profile {
        principal = principal.within(configuration.profile(name)?);
    }
    let served = toolbay_gateway::mcp::stdio(Arc::clone(&host.gateway), Arc::new(principal)).await;
    stop.cancel();
    watching.await?;
    running.await?;
    keeping.await?;
    following.await?;
    host.close().await;
    served?;
    Ok(ExitCode::SUCCESS)
}
