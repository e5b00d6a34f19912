//! All servers: a source of the catalog, and the outside behind it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use parking_lot::RwLock;
use tokio::sync::{Mutex, Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::catalog::Offered;
use toolbay_kernel::connecting::AuthorizationServer;
use toolbay_kernel::ports::StoreError;
use toolbay_kernel::upstream::{UpstreamAccounts, UpstreamClients, UpstreamName, UpstreamTools};
use toolbay_kernel::{ConnectionId, Outside, Source, ToolName};

use crate::authorization::UpstreamAuthorization;
use crate::egress::Servers;
use crate::failure::Failure;
use crate::health::{Health, HealthReport};
use crate::known::{Prepared, prepare};
use crate::listing::Listed;
use crate::server::Server;
use crate::settings::{TransportSettings, UpstreamSettings};

/// Longest time between two looks at a server's tools: one that doesn't tell of a change shows it then, and one that is away is
/// tried.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// Shortest time between them, whatever a server tells.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// The same for a server that has told of many changes that were none.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Time after which a server is looked at again that answered something else than a list.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Time between two looks at what operators have accepted.
const READ_EVERY: Duration = Duration::from_secs(2);

/// Time between two looks whether somebody has connected an account.
const ACCOUNT_EVERY: Duration = Duration::from_millis(500);

/// Accounts whose messages are counted at the same time.
const MAX_PROXIED: u64 = 10_000;

/// How long they are after the last message; longer than any lasts.
const PROXIED_FOR: Duration = Duration::from_secs(900);

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
    pub(crate) servers: Arc<Servers>,
    all: RwLock<Vec<Arc<Server>>>,
    /// Told when servers came or went.
    moved: Notify,
    known: Arc<dyn UpstreamTools>,
    /// Who lends a credential where people have accounts.
    pub(crate) accounts: Arc<dyn UpstreamAccounts>,
    /// What bounds the messages of accounts that are passed on.
    pub(crate) proxied: Cache<(String, ConnectionId), Arc<Semaphore>>,
    source: Source,
    /// What each server offers now. Held until it is published, so that servers don't overtake each other.
    published: Mutex<BTreeMap<String, Published>>,
}

/// What a server offers.
struct Published {
    /// The version of what was known of it then.
    version: i64,
    offered: Offered,
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
        accounts: Arc<dyn UpstreamAccounts>,
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
        let proxied = Cache::builder().max_capacity(MAX_PROXIED).time_to_idle(PROXIED_FOR).build();
        Ok(Arc::new(Self {
            proxied,
            servers: Arc::default(),
            all: RwLock::new(all),
            moved: Notify::new(),
            known,
            accounts,
            source,
            published: Mutex::default(),
        }))
    }

    /// The authorization servers of those where people have accounts.
    #[must_use]
    pub fn authorization_servers(
        settings: &[UpstreamSettings],
        clients: &Arc<dyn UpstreamClients>,
    ) -> Vec<(UpstreamName, Arc<dyn AuthorizationServer>)> {
        let of = |settings: &UpstreamSettings| {
            let TransportSettings::Http(http) = &settings.transport else { return None };
            let server = UpstreamAuthorization::new(&settings.name, http, Arc::clone(clients))?;
            Some((settings.name.clone(), Arc::new(server) as _))
        };
        settings.iter().filter_map(of).collect()
    }

    /// What a server's tool is called here.
    pub(crate) fn published_name(&self, server: &UpstreamName, their_name: &str) -> Option<ToolName> {
        self.servers.providers.lock().get(server.as_str())?.name_of(their_name)
    }

    /// The way to the servers, for the gate.
    #[must_use]
    pub fn outside(&self) -> Outside {
        Outside::new(Arc::clone(&self.servers) as _, Arc::clone(&self.servers) as _)
    }

    /// Each server and how it is.
    #[must_use]
    pub fn health(&self) -> Vec<(UpstreamName, Health)> {
        self.all().iter().map(|server| (server.settings.name.clone(), server.health.health())).collect()
    }

    /// Each server, how it is, and how it has been.
    #[must_use]
    pub fn reports(&self) -> Vec<(UpstreamName, HealthReport)> {
        self.all().iter().map(|server| (server.settings.name.clone(), server.health.report())).collect()
    }

    /// Publishes what is known of all servers from before, without asking any.
    pub async fn recall(self: &Arc<Self>) {
        for server in self.all() {
            self.publish_known(&server).await;
        }
    }

    /// The same, and asks those of which nothing is known; of all, or of the one whose tool this would be. Answers what kept each from it.
    pub async fn load(self: &Arc<Self>, tool: Option<&str>) -> Vec<(UpstreamName, String)> {
        self.recall().await;
        let is_meant = |server: &Server| {
            tool.is_none_or(|tool| tool.split_once('_').is_some_and(|(name, _)| name == server.name()))
        };
        let mut looks = JoinSet::new();
        for server in self.all().into_iter().filter(|server| is_meant(server)) {
            if self.published_version(&server).await.is_some() {
                continue;
            }
            let own = Arc::clone(self);
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

    /// Publishes what is known, asks every server, and follows their changes until the host stops. Calls go on until [`Upstreams::close`].
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        self.recall().await;
        let mut tasks = JoinSet::new();
        let mut followed: Vec<Arc<Server>> = Vec::new();
        loop {
            let all = self.all();
            followed.retain(|server| all.iter().any(|own| Arc::ptr_eq(own, server)));
            for server in all {
                if followed.iter().any(|own| Arc::ptr_eq(own, &server)) {
                    continue;
                }
                followed.push(Arc::clone(&server));
                let (own, stop) = (Arc::clone(&self), stop.clone());
                tasks.spawn(async move {
                    let until_removed = server.closing.run_until_cancelled(own.follow(&server));
                    let _stopped = stop.run_until_cancelled(until_removed).await;
                });
            }
            if stop.run_until_cancelled(self.moved.notified()).await.is_none() {
                break;
            }
            while tasks.try_join_next().is_some() {}
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Has another server from now on, and follows it as long as [`Upstreams::keep`] runs.
    ///
    /// # Errors
    ///
    /// When one has its name.
    pub async fn add(self: &Arc<Self>, settings: UpstreamSettings) -> Result<(), UpstreamError> {
        let server = Arc::new(Server::new(settings));
        {
            let mut all = self.all.write();
            if all.iter().any(|own| own.name() == server.name()) {
                return Err(UpstreamError::Twice(server.settings.name.clone()));
            }
            all.push(Arc::clone(&server));
        }
        self.publish_known(&server).await;
        self.moved.notify_one();
        Ok(())
    }

    /// Lets a server go: its tools are published no longer, and its conversations end. False when there is none.
    pub async fn remove(&self, name: &UpstreamName) -> bool {
        let removed = {
            let mut all = self.all.write();
            let place = all.iter().position(|server| server.settings.name == *name);
            place.map(|place| all.remove(place))
        };
        let Some(server) = removed else { return false };
        self.moved.notify_one();
        {
            let mut published = self.published.lock().await;
            published.remove(server.name());
            self.offer(&server, &published).await;
            self.servers.providers.lock().remove(server.name());
        }
        server.close().await;
        self.servers.forget(server.name()).await;
        true
    }

    /// The settings of each server.
    #[must_use]
    pub fn settings(&self) -> Vec<UpstreamSettings> {
        self.all().iter().map(|server| server.settings.clone()).collect()
    }

    /// The servers at this moment.
    fn all(&self) -> Vec<Arc<Server>> {
        self.all.read().clone()
    }

    /// The server of a name.
    pub(crate) fn server(&self, name: &UpstreamName) -> Option<Arc<Server>> {
        self.all.read().iter().find(|server| server.settings.name == *name).cloned()
    }

    /// Ends all conversations, once nothing calls any more.
    pub async fn close(&self) {
        futures_util::future::join_all(self.all().iter().map(|server| server.close())).await;
        self.servers.close().await;
    }

    async fn follow(self: &Arc<Self>, server: &Arc<Server>) {
        // A server that tells of changes that are none is looked at less and less often.
        let mut pause = LOOK_AT_MOST_EVERY;
        loop {
            let before = self.published_version(server).await;
            let wait = match self.look_at(server).await {
                Ok(()) => LOOK_EVERY,
                Err(Failure::Away { again_in, .. }) => again_in,
                Err(Failure::NoAccount) => {
                    self.connected(server).await;
                    continue;
                }
                Err(failure) => {
                    tracing::warn!(upstream = server.name(), %failure, "upstream.not_listed");
                    AFTER_FAILURE
                }
            };
            let has_changed = self.published_version(server).await != before;
            pause = if has_changed { LOOK_AT_MOST_EVERY } else { pause.saturating_mul(2).min(LONGEST_PAUSE) };
            tokio::time::sleep(pause.min(wait.max(LOOK_AT_MOST_EVERY))).await;
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

    async fn published_version(&self, server: &Server) -> Option<i64> {
        self.published.lock().await.get(server.name()).map(|published| published.version)
    }

    async fn look_at(self: &Arc<Self>, server: &Arc<Server>) -> Result<(), Failure> {
        let listed = self.list(server).await?;
        log_refused(server, &listed.refused);
        if let Err(error) = self.known.saw(&server.settings.name, &listed.tools).await {
            tracing::error!(upstream = server.name(), %error, "upstream.not_noted");
        }
        self.publish_known(server).await;
        Ok(())
    }

    /// Waits until somebody has connected an account, in this process or another.
    async fn connected(&self, server: &Server) {
        loop {
            match self.accounts.accounts(&server.settings.name).await {
                Ok(accounts) if !accounts.is_empty() => return,
                _ => tokio::time::sleep(ACCOUNT_EVERY).await,
            }
        }
    }

    /// Lists a server's tools. Where people have accounts there it is done with one of them, the same as long as that works: what one
    /// account has another one may lack.
    async fn list(&self, server: &Arc<Server>) -> Result<Listed, Failure> {
        if server.settings.oauth().is_none() {
            return server.list().await;
        }
        let accounts = self.accounts.accounts(&server.settings.name).await;
        let mut accounts =
            accounts.map_err(|error| Failure::Lost(format!("its accounts can't be read: {error}")))?;
        let before = server.listed_by.lock().take();
        accounts.sort_by_key(|account| Some(*account) != before);
        let mut failed = Failure::NoAccount;
        for account in accounts {
            if before != Some(account) {
                // A conversation is one account's.
                server.bearer.set(None);
                server.rest().await;
            }
            match self.list_by(server, account).await {
                Ok(listed) => {
                    *server.listed_by.lock() = Some(account);
                    return Ok(listed);
                }
                Err(failure) => failed = failure,
            }
        }
        server.bearer.set(None);
        server.rest().await;
        Err(failed)
    }

    async fn list_by(&self, server: &Arc<Server>, account: ConnectionId) -> Result<Listed, Failure> {
        let lost =
            |error: &dyn std::fmt::Display| Failure::Lost(format!("its account can't be used: {error}"));
        let lent = self.accounts.fresh(account).await.map_err(|problem| lost(&problem))?;
        let credential = lent.ok_or(Failure::NoAccount)?;
        server.bearer.set(Some(&credential));
        match server.list().await {
            Err(Failure::Unauthorized) => {
                server.bearer.refused(&credential);
                let renewed = self.accounts.renew(account, &credential).await;
                let renewed = renewed.map_err(|problem| lost(&problem))?.ok_or(Failure::Unauthorized)?;
                server.bearer.set(Some(&renewed));
                server.list().await
            }
            listed => listed,
        }
    }

    /// Publishes what is known of a server, if that is something else than what is published; to its end, whoever waits for it.
    async fn publish_known(self: &Arc<Self>, server: &Arc<Server>) {
        let (own, server) = (Arc::clone(self), Arc::clone(server));
        if let Err(error) = tokio::spawn(async move { own.publish(&server).await }).await {
            tracing::error!(%error, "upstream.not_published");
        }
    }

    async fn publish(&self, server: &Arc<Server>) {
        // Held to the end, so that servers don't overtake each other.
        let mut published = self.published.lock().await;
        // It may have been removed meanwhile.
        if !self.all.read().iter().any(|own| Arc::ptr_eq(own, server)) {
            return;
        }
        let name = &server.settings.name;
        let read = async {
            let version = self.known.version(name).await?;
            let before = published.get(server.name()).map(|published| published.version);
            let is_known = before == Some(version) || version == 0;
            Ok::<_, StoreError>(if is_known { None } else { Some((version, self.known.known(name).await?)) })
        };
        let (version, known) = match read.await {
            Ok(Some(read)) => read,
            Ok(None) => return,
            Err(error) => return tracing::error!(upstream = server.name(), %error, "upstream.not_recalled"),
        };
        let changed = known.iter().filter(|tool| tool.is_there && tool.changed.is_some()).count();
        server.health.changed(changed);
        if changed > 0 {
            tracing::warn!(
                upstream = server.name(),
                tools = changed,
                "upstream.changed: it says something else of tools than before; see: toolbay upstream show {name}",
            );
        }
        let (own_server, servers) = (Arc::clone(server), Arc::clone(&self.servers));
        let prepared = tokio::task::spawn_blocking(move || prepare(&own_server, &servers, &known)).await;
        let Ok(Prepared { provider, offered, refused }) = prepared else {
            return tracing::error!(upstream = server.name(), "upstream.not_prepared");
        };
        log_refused(server, &refused);
        // Before anybody can call them.
        self.servers.providers.lock().insert(server.name().to_owned(), provider);
        published.insert(server.name().to_owned(), Published { version, offered });
        self.offer(server, &published).await;
    }

    /// Offers what all servers do, because of one of them.
    async fn offer(&self, server: &Server, published: &BTreeMap<String, Published>) {
        let (source, offer) =
            (self.source.clone(), published.values().map(|published| published.offered.clone()).collect());
        let Ok(standings) = tokio::task::spawn_blocking(move || source.publish(offer)).await else {
            return tracing::error!(upstream = server.name(), "upstream.not_published");
        };
        for refusal in standings.iter().flat_map(|standing| &standing.refused).take(MAX_LOGGED) {
            tracing::warn!(upstream = server.name(), %refusal, "upstream.tool_not_published");
        }
    }
}

fn log_refused(server: &Server, refused: &[String]) {
    for refusal in refused.iter().take(MAX_LOGGED) {
        tracing::warn!(upstream = server.name(), refusal, "upstream.tool_refused");
    }
}
