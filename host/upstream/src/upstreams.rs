//! All servers: a source of the catalog, and the outside behind it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::upstream::{KnownTool, UpstreamName, UpstreamTools};
use toolbay_kernel::{Outside, Source};

use crate::egress::Servers;
use crate::failure::Failure;
use crate::known::{Prepared, prepare};
use crate::server::{Health, Server};
use crate::settings::{TransportSettings, UpstreamSettings};

/// Longest time between two looks at a server's tools: one that doesn't tell of a change shows it then, and one that is away is
/// tried.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// Shortest time between them, whatever a server tells: one that floods costs no more.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// Time after which a server is looked at again that answered something else than a list.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Time between two looks at what operators have accepted.
const READ_EVERY: Duration = Duration::from_secs(2);

/// Refusals that are logged of one look.
const MAX_LOGGED: usize = 20;

/// Why the servers can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// Two have one name.
    #[error("two MCP servers are called `{0}`")]
    Twice(UpstreamName),
}

/// The servers.
pub struct Upstreams {
    servers: Arc<Servers>,
    all: Vec<Arc<Server>>,
    known: Arc<dyn UpstreamTools>,
    source: Source,
    /// What each server offers now. Held until it is published, so that servers don't overtake each other.
    offered: Mutex<BTreeMap<String, Offered>>,
    /// What was known of each when it was published last.
    published: Mutex<BTreeMap<String, Vec<KnownTool>>>,
}

impl Upstreams {
    /// These servers, as another source of the catalog. None is asked before [`Upstreams::keep`]. Programs are started by `launcher`: a
    /// program with arguments that takes another one's behind `--`, and runs [`run_child`](crate::run_child).
    ///
    /// # Errors
    ///
    /// When two have one name.
    pub fn new(
        settings: Vec<UpstreamSettings>,
        launcher: &[PathBuf],
        known: Arc<dyn UpstreamTools>,
        source: Source,
    ) -> Result<Arc<Self>, UpstreamError> {
        let mut all: Vec<Arc<Server>> = Vec::new();
        for mut settings in settings {
            if let TransportSettings::Stdio(stdio) = &mut settings.transport {
                stdio.launcher = launcher.to_vec();
            }
            if all.iter().any(|server| server.settings.name == settings.name) {
                return Err(UpstreamError::Twice(settings.name));
            }
            all.push(Arc::new(Server::new(settings)));
        }
        Ok(Arc::new(Self {
            servers: Arc::default(),
            all,
            known,
            source,
            offered: Mutex::default(),
            published: Mutex::default(),
        }))
    }

    /// The way to the servers, for the gate.
    #[must_use]
    pub fn outside(&self) -> Outside {
        Outside { egress: Arc::clone(&self.servers) as _, limiter: Arc::clone(&self.servers) as _ }
    }

    /// Each server and how it is.
    #[must_use]
    pub fn health(&self) -> Vec<(UpstreamName, Health)> {
        self.all.iter().map(|server| (server.settings.name.clone(), server.health())).collect()
    }

    /// Publishes what is known of all servers from before, without asking any.
    pub async fn recall(&self) {
        for server in &self.all {
            self.publish_known(server).await;
        }
    }

    /// The same, and asks those of which nothing is known; answers what kept each from it.
    pub async fn load(self: &Arc<Self>) -> Vec<(UpstreamName, String)> {
        self.recall().await;
        let mut looks = JoinSet::new();
        for server in &self.all {
            if self.published.lock().await.contains_key(server.name()) {
                continue;
            }
            let (own, server) = (Arc::clone(self), Arc::clone(server));
            looks.spawn(async move {
                let looked = own.look_at(&server).await;
                looked.err().map(|failure| (server.settings.name.clone(), failure.to_string()))
            });
        }
        let mut failed = Vec::new();
        while let Some(ended) = looks.join_next().await {
            failed.extend(ended.ok().flatten());
        }
        failed
    }

    /// Publishes what is known, asks every server, and follows their changes until the host stops.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        self.recall().await;
        let mut tasks = JoinSet::new();
        for server in &self.all {
            let (own, server, stop) = (Arc::clone(&self), Arc::clone(server), stop.clone());
            tasks.spawn(async move {
                let _stopped = stop.run_until_cancelled(own.follow(&server)).await;
                server.close().await;
            });
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn follow(&self, server: &Arc<Server>) {
        loop {
            let wait = match self.look_at(server).await {
                Ok(()) => LOOK_EVERY,
                Err(Failure::Away { again_in, .. }) => again_in,
                Err(_) => AFTER_FAILURE,
            };
            tokio::time::sleep(LOOK_AT_MOST_EVERY).await;
            let told = tokio::time::timeout(wait, async {
                loop {
                    let told = tokio::time::timeout(READ_EVERY, server.changed.notified());
                    if told.await.is_ok() {
                        return;
                    }
                    // An operator may have accepted something, by a command of another process.
                    self.publish_known(server).await;
                }
            });
            let _is_told = told.await.is_ok();
        }
    }

    async fn look_at(&self, server: &Arc<Server>) -> Result<(), Failure> {
        let listed = server.list().await?;
        log_refused(server, &listed.refused);
        match self.known.saw(&server.settings.name, &listed.tools).await {
            Ok(known) => self.publish(server, known).await,
            Err(error) => tracing::error!(upstream = server.name(), %error, "upstream.not_noted"),
        }
        Ok(())
    }

    async fn publish_known(&self, server: &Arc<Server>) {
        match self.known.known(&server.settings.name).await {
            Ok(known) if known.is_empty() => {}
            Ok(known) => self.publish(server, known).await,
            Err(error) => tracing::error!(upstream = server.name(), %error, "upstream.not_recalled"),
        }
    }

    async fn publish(&self, server: &Arc<Server>, known: Vec<KnownTool>) {
        if self.published.lock().await.get(server.name()) == Some(&known) {
            return;
        }
        let changed: Vec<&str> =
            known.iter().filter(|tool| tool.changed.is_some()).map(|tool| tool.name.as_str()).collect();
        if !changed.is_empty() {
            tracing::warn!(
                upstream = server.name(),
                tools = changed.len(),
                "upstream.changed: it says something else of tools than before; see toolbay upstream show {}",
                server.name()
            );
        }
        let kept = known.clone();
        let (own_server, servers) = (Arc::clone(server), Arc::clone(&self.servers));
        let prepared = tokio::task::spawn_blocking(move || prepare(&own_server, &servers, &known)).await;
        let Ok(Prepared { provider, offered, refused }) = prepared else { return };
        self.published.lock().await.insert(server.name().to_owned(), kept);
        log_refused(server, &refused);
        let mut all = self.offered.lock().await;
        // Before anybody can call them.
        self.servers.providers.lock().insert(server.name().to_owned(), provider);
        all.insert(server.name().to_owned(), offered);
        let (source, offer) = (self.source.clone(), all.values().cloned().collect());
        let published = tokio::task::spawn_blocking(move || source.publish(offer)).await;
        for refusal in
            published.iter().flat_map(|standings| standings.iter()).flat_map(|standing| &standing.refused)
        {
            tracing::warn!(?refusal, "upstream.tool_not_published");
        }
    }
}

fn log_refused(server: &Server, refused: &[String]) {
    for refusal in refused.iter().take(MAX_LOGGED) {
        tracing::warn!(upstream = server.name(), refusal, "upstream.tool_refused");
    }
}
