//! `toolbay serve`.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use super::Output;
use crate::check;
use crate::configuration::Configuration;
use crate::descriptors;
use crate::host::{Host, Purpose, listen, own_compiler};

/// Longest that a stop may take before the process ends anyway.
const STOP_TIME: Duration = Duration::from_secs(30);

pub(super) async fn run(configuration: &Configuration) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let mut server = configuration.server.clone();
    server.limits = descriptors::fit(server.limits);
    // First of all: whoever starts a second host hears of it before anything is compiled.
    let listener = listen(configuration.listen).await?;
    let host = Host::open(configuration, Purpose::Serve, own_compiler()?).await?;
    let running = host.serve(listener, configuration, server)?;
    tracing::info!(
        address = %running.address,
        public_url = %configuration.public_url,
        plugins = %configuration.plugin_dir.display(),
        "host.listening"
    );
    // Where a person reads it, and not in a log that others may read: it signs in whoever has it.
    if std::io::stderr().is_terminal() {
        let link = super::session::link(configuration, running.host.gateway.identity.as_ref()).await?;
        Output::note(&format!("Console: {link}  (signs you in as the operator, once, within 10 minutes)"));
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = say_when_ready(&running.host, configuration, begun) => {}
    }
    tracing::info!("host.stopping");
    tokio::select! {
        () = running.stop() => Ok(ExitCode::SUCCESS),
        () = tokio::time::sleep(STOP_TIME) => {
            tracing::warn!(seconds = STOP_TIME.as_secs(), "host.stop_took_too_long");
            Ok(ExitCode::FAILURE)
        }
        // Whoever asks twice means now.
        _ = terminate.recv() => Ok(ExitCode::FAILURE),
        _ = interrupt.recv() => Ok(ExitCode::FAILURE),
    }
}

/// Tells the log when every plugin has been read, and which names of the configuration nothing has. It never ends.
async fn say_when_ready(host: &Host, configuration: &Configuration, begun: Instant) {
    host.loaded().await;
    let catalog = host.gateway.catalogs.current();
    tracing::info!(
        tools = catalog.tools().count(),
        ready_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        "host.ready"
    );
    let plugins = host.folder.reports().into_iter().map(|report| report.name).collect();
    let tools = catalog.tools().map(|tool| tool.name().to_string()).collect();
    for finding in check::names(configuration, &plugins, Some(&tools)) {
        tracing::warn!("configuration.unknown_name: {}", finding.what);
    }
    std::future::pending::<()>().await;
}
