//! The host: every crate wired to the others, once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use toolbay_chat::{Chats, ModelServer};
use toolbay_gateway::{Edge, Gateway, GatewaySettings, ServerSettings};
use toolbay_http::{Documents, Http};
use toolbay_identity::Authority;
use toolbay_kernel::built_in::{
    AuditList, ConnectionRefresh, ConnectionRemove, JobCancel, JobGet, JobList, JobStart,
};
use toolbay_kernel::connecting::{AuthorizationServer, ConnectingSettings};
use toolbay_kernel::rate_windows::RateWindows;
use toolbay_kernel::run::Retention;
use toolbay_kernel::{
    Activity, Administration, BuiltInTools, CatalogHandle, Chat, Connecting, Dispatcher, EffectGate, Jobs,
    Outside, Settling, SharedPermits, System, Traces,
};
use toolbay_notion::{Notion, NotionSettings, OAuthClient};
use toolbay_redis::RedisWindows;
use toolbay_sandbox::{
    BundledPlugin, CompilerCommand, KeptComponents, PluginFolder, Sandbox, SandboxSettings, Unreachable,
};
use toolbay_sql::{Databases, OwnFiles, SQL_READ, SQL_WRITE};
use toolbay_store::{Environment as KnownEnvironment, KeySource, Store, StoreSettings};
use toolbay_traces::Exporter;
use toolbay_upstream::Upstreams;

use crate::administration::{self, FolderOfPlugins};
use crate::announcement::Announcement;
use crate::audit_sequencing::AuditSequencing;
use crate::capabilities;
use crate::configuration::Configuration;
use crate::earlier;
use crate::ground::HostGround;
use crate::plugin_record::PluginRecord;

/// How long a host that starts counts as not ready for plugins that have not been compiled before, and how long a command
/// waits for them. Those that have are there in a moment.
pub const START_TIME: Duration = Duration::from_secs(300);

/// What a process opens the host for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To serve: the only process that does, where SQLite is the store.
    Serve,
    /// For one command, perhaps beside a process that serves.
    Command,
}

/// The host, ready to be called.
pub struct Host {
    /// What every surface stands on.
    pub gateway: Arc<Gateway>,
    /// The durable state.
    pub store: Arc<Store>,
    pub folder: Arc<PluginFolder>,
    /// The MCP servers behind this host.
    pub upstreams: Arc<Upstreams>,
    /// The SQL databases that tools may use.
    pub databases: Arc<Databases>,
    /// The way to Notion, for checking a new connection.
    pub notion: Notion,
    pub jobs: Jobs,
    ground: Arc<HostGround>,
    plugins: Arc<FolderOfPlugins>,
    identity: Authority,
    retention: Retention,
    /// What it has of the rate windows that several hosts share.
    permits: Option<Arc<SharedPermits>>,
    /// What sends its spans, where it has traces.
    exporter: Option<Arc<Exporter>>,
}

/// A host that serves, until it is stopped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    pub host: Arc<Host>,
    shutdown: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Host {
    /// Opens the store and wires everything. The plugins come with [`Host::serve`], or with [`Host::load`].
    ///
    /// # Errors
    ///
    /// When the store, the engine or the address of Notion can't be used.
    pub async fn open(
        configuration: &Configuration,
        purpose: Purpose,
        compiler: CompilerCommand,
    ) -> anyhow::Result<Arc<Self>> {
        let (notion, authorization) = outside(configuration)?;
        let store = open_store(configuration, purpose).await?;
        let connecting = connecting(configuration, &store, authorization);
        let credentials = Arc::new(connecting.clone());
        let permits = rate_windows(configuration, &store).map(SharedPermits::new);
        if let Some(permits) = &permits {
            notion.share_budgets(Arc::clone(permits));
        }
        let to_notion = Outside::new(Arc::new(notion.clone()), notion.limiter());
        let jobs = Jobs::new(Arc::clone(&store) as _, Arc::clone(&store) as _, Arc::clone(&store) as _);
        let catalogs = open_catalogs(&jobs, &connecting, &store)?;
        let launcher = launcher_of(compiler.program.clone());
        let folder =
            open_folder(configuration, Plugins::of(configuration), &store, &catalogs, compiler, purpose)?;
        // The last source: no server takes a name from a plugin.
        let upstreams = Upstreams::new(
            configuration.upstreams.clone(),
            &launcher,
            Arc::clone(&store) as _,
            Arc::clone(&credentials) as _,
            catalogs.source(),
        )?;
        let databases = open_databases(configuration);
        let http = Arc::new(Http::new(configuration.http.clone())?);
        let outsides = vec![to_notion, upstreams.outside(), http.outside(), databases.outside()];
        let gate = EffectGate::new(credentials, outsides)
            .after(earlier::earlier(&store).await?)
            .settling_in(configuration.settle_time);
        let (traces, exporter) = open_traces(configuration);
        let dispatcher = Dispatcher::new(
            catalogs.clone(),
            Arc::clone(&store) as _,
            Arc::clone(&store) as _,
            gate,
            configuration.limits.clone(),
        )
        .with_traces(traces)
        .with_background(Arc::new(jobs.clone()))
        .with_happenings(Arc::clone(jobs.happenings()))
        .with_components(Arc::new(KeptComponents::of(&folder)));
        if let Some(permits) = &permits {
            dispatcher.share_rates(Arc::clone(permits));
        }
        if let Some(others) = store.other_hosts() {
            jobs.happenings().tell_to(others);
        }
        let identity = open_identity(configuration, &store)?;
        let chat = open_chat(configuration, &dispatcher, &catalogs, &store)?;
        let settings = GatewaySettings {
            public_url: configuration.public_url.clone(),
            further_public_urls: configuration.further_public_urls.clone(),
            profiles: configuration.profiles.clone(),
            has_chat: chat.is_some(),
            metrics_token: configuration.secrets.metrics_token.clone(),
            version: env!("CARGO_PKG_VERSION"),
            edge: configuration.edge.clone(),
        };
        let ground = Arc::new(HostGround::new(configuration, Arc::clone(&store), catalogs.clone()));
        let standing = administration::Ground {
            store: &store,
            folder: &folder,
            upstreams: &upstreams,
            connecting: &connecting,
            notion: &notion,
        };
        let (administration, plugins) = administration::ports(configuration, &standing);
        let activity =
            Activity::new(Arc::clone(&store) as _, Arc::clone(jobs.happenings())).with_jobs(jobs.clone());
        let gateway = Arc::new(Gateway {
            administration: Some(administration),
            activity,
            dispatcher,
            catalogs,
            principals: Arc::clone(&store) as _,
            connections: Arc::clone(&store) as _,
            connecting,
            identity: Arc::new(identity.clone()),
            upstreams: Some(Arc::clone(&upstreams) as _),
            ground: Arc::clone(&ground) as _,
            stopping: CancellationToken::new(),
            chat,
            edge: Edge::new(&settings.edge),
            settings,
        });
        Ok(Arc::new(Self {
            gateway,
            store,
            folder,
            upstreams,
            databases,
            notion,
            jobs,
            ground,
            plugins,
            identity,
            retention: configuration.retention,
            permits,
            exporter,
        }))
    }

    /// Loads the plugins of the folder and the tools of MCP servers, and waits for them. One that doesn't load is reported.
    pub async fn load(&self) {
        self.load_for(None).await;
    }

    /// The same for a call of one tool: of servers that have never listed any, only the one is asked whose tool it would be.
    pub async fn load_for(&self, tool: Option<&str>) {
        self.folder.start(START_TIME).await;
        for (upstream, why) in self.upstreams.load(tool).await {
            tracing::warn!(%upstream, why, "upstream.not_listed");
        }
    }

    /// Waits until every plugin that was there at the start has been read.
    pub async fn loaded(&self) {
        self.gateway.catalogs.loaded().await;
    }

    /// Lets go of what others would miss, when nothing is called any more.
    pub async fn close(&self) {
        self.upstreams.close().await;
        if let Some(permits) = &self.permits {
            permits.close().await;
        }
        if let Some(exporter) = &self.exporter {
            exporter.close().await;
        }
    }

    /// Runs jobs until the host stops, as soon as the tools are there that they need.
    pub async fn run_jobs(&self, stop: CancellationToken) {
        if stop.run_until_cancelled(self.loaded()).await.is_none() {
            return;
        }
        self.jobs.clone().run(self.gateway.dispatcher.clone(), stop).await;
    }

    /// Removes the runs and conversations that have been kept long enough, until the host stops.
    pub async fn keep_runs(&self, stop: CancellationToken) {
        self.retention.keep(Arc::clone(&self.store) as _, Arc::clone(&self.store) as _, stop).await;
    }

    /// Serves what comes to the listener until it is stopped. It answers at once, and each tool from when its plugin has
    /// been read.
    ///
    /// # Errors
    ///
    /// When the listener has no address.
    pub fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        configuration: &Configuration,
        settings: ServerSettings,
    ) -> anyhow::Result<Running> {
        let address = listener.local_addr()?;
        let shutdown = self.gateway.stopping.clone();
        let router = toolbay_gateway::router(Arc::clone(&self.gateway));
        let folder = Arc::clone(&self.folder);
        let watching = shutdown.clone();
        let serving = shutdown.clone();
        let running = shutdown.clone();
        let host = Arc::clone(&self);
        let (ground, looking) = (Arc::clone(&self.ground), shutdown.clone());
        let (keeper, keeping) = (Arc::clone(&self), shutdown.clone());
        let settling = Settling::new(self.gateway.dispatcher.clone(), Arc::clone(&self.store) as _);
        let settling_until = shutdown.clone();
        let (identity, sweeping) = (self.identity.clone(), shutdown.clone());
        let (upstreams, following) = (Arc::clone(&self.upstreams), shutdown.clone());
        let catalogs = self.gateway.catalogs.clone();
        let recording = PluginRecord::new(&self.store, &self.folder, &self.gateway.catalogs);
        let noting = shutdown.clone();
        let announcement = Announcement::new(Arc::clone(&self), configuration, address.to_string());
        let saying = shutdown.clone();
        let (plugins, seeing) = (Arc::clone(&self.plugins), shutdown.clone());
        if let Some(administration) = &self.gateway.administration {
            // One process serves once.
            let _is_first = administration.facts.address.set(address);
        }
        for (database, why) in self.databases.findings() {
            tracing::warn!(database, why, "database.not_usable");
        }
        let (sequencing, logging) = (AuditSequencing::new(&self.store), shutdown.clone());
        let (hearing, jobs, others) = (shutdown.clone(), self.jobs.clone(), self.store.other_hosts());
        let tasks = vec![
            tokio::spawn(async move {
                watching.run_until_cancelled(folder.load(START_TIME)).await;
                folder.watch(watching).await;
            }),
            tokio::spawn(async move { toolbay_gateway::serve(listener, router, serving, settings).await }),
            tokio::spawn(async move { host.run_jobs(running).await }),
            tokio::spawn(async move { ground.watch(looking).await }),
            tokio::spawn(async move { keeper.keep_runs(keeping).await }),
            tokio::spawn(async move { settling.keep(settling_until).await }),
            tokio::spawn(async move { identity.keep(sweeping).await }),
            // Plugins have their names before any server gets one.
            tokio::spawn(async move {
                if following.run_until_cancelled(catalogs.loaded()).await.is_some() {
                    upstreams.keep(following).await;
                }
            }),
            tokio::spawn(async move { recording.keep(noting).await }),
            tokio::spawn(async move { announcement.keep(saying).await }),
            tokio::spawn(async move { sequencing.keep(logging).await }),
            tokio::spawn(async move { plugins.keep(seeing).await }),
            tokio::spawn(async move {
                if let Some(others) = others {
                    jobs.hear(others.as_ref(), hearing).await;
                }
            }),
        ];
        Ok(Running { address, host: self, shutdown, tasks })
    }
}

/// Takes the address that is to be listened on, before anything is done that takes time.
///
/// # Errors
///
/// When it can't be had.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| not_listened(address, error))
}

/// Why an address can't be listened on, and what would help.
pub(crate) fn not_listened(address: SocketAddr, error: std::io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address} is in use: another program listens there, perhaps another Toolbay; stop it, or choose another \
             address with --listen or TOOLBAY_LISTEN"
        ),
        ErrorKind::PermissionDenied => anyhow::anyhow!(
            "{address}: this user may not listen there; choose a port from 1024 on with --listen or TOOLBAY_LISTEN"
        ),
        ErrorKind::AddrNotAvailable => {
            anyhow::anyhow!("{address} is no address of this machine; see --listen and TOOLBAY_LISTEN")
        }
        _ => anyhow::anyhow!("{address} can't be listened on: {error}"),
    }
}

impl Running {
    /// Stops taking requests, lets those that run finish for a while, and ends.
    pub async fn stop(self) {
        self.shutdown.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "host.task_failed");
            }
        }
        // Last: calls that were running have gone on until now.
        self.host.close().await;
    }
}

/// The compiler of plugins: this program itself, as a child with limits.
///
/// # Errors
///
/// When the program's own path isn't known.
pub fn own_compiler() -> anyhow::Result<CompilerCommand> {
    let program = std::env::current_exe().context("the path of this program isn't known")?;
    Ok(compiler_of(program))
}

/// What starts the programs of MCP servers: this program itself.
///
/// # Errors
///
/// When the system doesn't say where it is.
pub(crate) fn upstream_launcher() -> anyhow::Result<[PathBuf; 2]> {
    Ok(launcher_of(own_compiler()?.program))
}

fn launcher_of(program: PathBuf) -> [PathBuf; 2] {
    [program, "run-upstream".into()]
}

/// The compiler of plugins in a `toolbay` program.
#[must_use]
pub fn compiler_of(program: PathBuf) -> CompilerCommand {
    CompilerCommand {
        program,
        arguments: vec!["compile-plugin".into()],
        // Else the allocator takes a gibibyte at its start, which is all that a compiler may have.
        environment: vec![("MIMALLOC_ARENA_EAGER_COMMIT".into(), "0".into())],
    }
}

/// A catalog of the built-in tools.
fn open_catalogs(jobs: &Jobs, connecting: &Connecting, store: &Arc<Store>) -> anyhow::Result<CatalogHandle> {
    let built_in = BuiltInTools::new(vec![
        Box::new(JobStart(jobs.clone())),
        Box::new(JobGet(jobs.clone())),
        Box::new(JobList(jobs.clone())),
        Box::new(JobCancel(jobs.clone())),
        Box::new(ConnectionRefresh(connecting.clone())),
        Box::new(ConnectionRemove(connecting.clone())),
        Box::new(AuditList(Arc::clone(store) as _)),
    ]);
    let built_in = built_in.map_err(anyhow::Error::msg).context("the built-in tools")?;
    let catalogs = CatalogHandle::new();
    // The first source: nobody has a name before it.
    let standings = catalogs.source().publish(vec![built_in.offered().context("the built-in tools")?]);
    let refused: Vec<_> = standings.iter().flat_map(|standing| &standing.refused).collect();
    anyhow::ensure!(refused.is_empty(), "the built-in tools: {refused:?}");
    Ok(catalogs)
}

/// What lies outside: Notion, and its authorization server where there is a public integration. Nothing is asked yet.
///
/// # Errors
///
/// When an address or the budget can't work.
pub fn outside(
    configuration: &Configuration,
) -> anyhow::Result<(Notion, Option<Arc<dyn AuthorizationServer>>)> {
    let notion = open_notion(configuration)?;
    let client = configuration.oauth.clone().map(|oauth| OAuthClient {
        id: oauth.client_id,
        secret: oauth.client_secret,
        redirect_uri: oauth.redirect_uri,
    });
    let server = client.map(|client| notion.authorization(client)).transpose()?;
    Ok((notion, server))
}

/// How workspaces are connected, and the life of a connection.
///
/// # Errors
///
/// When the address of Notion can't work.
pub fn open_connecting(configuration: &Configuration, store: &Arc<Store>) -> anyhow::Result<Connecting> {
    let (_, server) = outside(configuration)?;
    Ok(connecting(configuration, store, server))
}

fn connecting(
    configuration: &Configuration,
    store: &Arc<Store>,
    server: Option<Arc<dyn AuthorizationServer>>,
) -> Connecting {
    let mut settings = ConnectingSettings {
        public_url: configuration.public_url.clone(),
        return_origins: configuration.return_origins.clone(),
        people: configuration.people.clone(),
        lifetime: configuration.authorization_lifetime,
        returns: BTreeMap::new(),
    };
    let mut servers: BTreeMap<System, Arc<dyn AuthorizationServer>> = BTreeMap::new();
    servers.extend(server.map(|server| (System::Notion, server)));
    let clients = Arc::clone(store) as _;
    for (name, server) in Upstreams::authorization_servers(&configuration.upstreams, &clients) {
        if let Some(url) = configuration.notion_mcp_returns.clone().filter(|_| name.as_str() == "notion") {
            settings.returns.insert(System::Upstream(name.clone()), url);
        }
        servers.insert(System::Upstream(name), server);
    }
    let store = || Arc::clone(store);
    Connecting::new(servers, store(), store(), store(), store(), settings)
}

/// The authorization server, signing in and sessions.
///
/// # Errors
///
/// When TLS can't be set up.
pub fn open_identity(configuration: &Configuration, store: &Arc<Store>) -> anyhow::Result<Authority> {
    let documents = Arc::new(Documents::new(configuration.documents)?);
    let store = || Arc::clone(store);
    Ok(Authority::new(store(), store(), store(), documents))
}

/// The chat over all tools, where the operator has set one up.
fn open_chat(
    configuration: &Configuration,
    dispatcher: &Dispatcher,
    catalogs: &CatalogHandle,
    store: &Arc<Store>,
) -> anyhow::Result<Option<Arc<dyn Chat>>> {
    let Some(chat) = &configuration.chat else { return Ok(None) };
    let model = Arc::new(ModelServer::new(chat.model.clone())?);
    let short = configuration.profiles.get("core").cloned();
    let (dispatcher, catalogs, settings) = (dispatcher.clone(), catalogs.clone(), chat.settings.clone());
    let store = || Arc::clone(store);
    Ok(Some(Arc::new(Chats::new(dispatcher, catalogs, store(), store(), model, short, settings))))
}

/// The traces of this host, and what sends their spans.
fn open_traces(configuration: &Configuration) -> (Traces, Option<Arc<Exporter>>) {
    let Some(traces) = &configuration.traces else { return (Traces::off(), None) };
    let exporter = Exporter::start(traces.settings.clone());
    (Traces::to(Arc::clone(&exporter) as _, traces.sampler), Some(exporter))
}

/// The durable state, opened.
///
/// # Errors
///
/// When it can't be opened; the text says what would help.
pub async fn open_store(configuration: &Configuration, purpose: Purpose) -> anyhow::Result<Arc<Store>> {
    let settings = store_settings(configuration);
    let store = match purpose {
        Purpose::Serve => Store::open_serving(settings).await,
        Purpose::Command => Store::open(settings).await,
    };
    Ok(store?)
}

/// Where the durable state is, and what opens it.
#[must_use]
pub fn store_settings(configuration: &Configuration) -> StoreSettings {
    let secrets = &configuration.secrets;
    StoreSettings {
        database_url: configuration.database_url.clone(),
        data_dir: configuration.data_dir.clone(),
        key: secrets.token_encryption_key.clone().map_or(KeySource::DataDir, KeySource::Given),
        new_key: secrets.new_token_encryption_key.clone(),
        environment: KnownEnvironment {
            action_api_token: secrets.action_api_token.clone(),
            notion_token: secrets.notion_token.clone(),
        },
        default_connection: configuration.default_connection.clone(),
        people_use_shared: configuration.people_use_shared,
        capabilities: capabilities::registry(),
        grants: configuration.grants.clone(),
    }
}

/// The rate windows that all hosts share: in Redis where the operator has one, else in the database where it is a server. Who the hosts are, the
/// database knows.
fn rate_windows(configuration: &Configuration, store: &Arc<Store>) -> Option<Arc<dyn RateWindows>> {
    match &configuration.redis_url {
        Some(url) => Some(Arc::new(RedisWindows::new(url, store.other_hosts()))),
        None => store.rate_windows(),
    }
}

/// What an operator's commands change.
///
/// # Errors
///
/// When the store can't be opened; the text says what would help.
pub async fn open_administration(configuration: &Configuration) -> anyhow::Result<Administration> {
    let store = open_store(configuration, Purpose::Command).await?;
    Ok(Administration::new(store))
}

/// The SQL databases that the operator named. Nothing is connected to yet.
#[must_use]
pub fn open_databases(configuration: &Configuration) -> Arc<Databases> {
    let store = configuration.database_url.strip_prefix("sqlite://").map(PathBuf::from);
    let own = OwnFiles { data_dir: configuration.data_dir.clone(), store };
    Databases::new(configuration.databases.clone(), own)
}

/// What capabilities lead nowhere with this configuration.
fn unreachable(configuration: &Configuration) -> Vec<Unreachable> {
    let databases = Unreachable {
        capabilities: [SQL_READ, SQL_WRITE].into(),
        reason: "it works on SQL databases, and none is configured".to_owned(),
        fix: "name one in toolbay.toml: [databases.NAME] with its url (docs/sql.md)".to_owned(),
    };
    if configuration.databases.is_empty() { vec![databases] } else { Vec::new() }
}

/// The way to Notion.
///
/// # Errors
///
/// When the address or the budget can't work.
pub fn open_notion(configuration: &Configuration) -> anyhow::Result<Notion> {
    let mut settings = NotionSettings::at(configuration.notion_api_url.clone());
    settings.requests_per_minute = configuration.notion_requests_per_minute;
    settings.requests_in_flight = NonZeroUsize::new(10).unwrap_or(NonZeroUsize::MIN);
    Ok(Notion::new(&settings)?)
}

/// Where plugins are.
pub struct Plugins {
    /// Where compiled code is kept, and who has which name.
    pub data_dir: PathBuf,
    /// The folder.
    pub folder: PathBuf,
    /// Those that are bundled beside it.
    pub bundled: Vec<BundledPlugin>,
}

impl Plugins {
    /// Those that a host serves.
    #[must_use]
    pub fn of(configuration: &Configuration) -> Self {
        Self {
            data_dir: configuration.data_dir.clone(),
            folder: configuration.plugin_dir.clone(),
            bundled: configuration.bundled.clone(),
        }
    }
}

/// A folder of plugins with the sandbox behind it.
///
/// # Errors
///
/// When the engine can't run here, or the cache's folder is open to others.
pub fn open_folder(
    configuration: &Configuration,
    plugins: Plugins,
    store: &Arc<Store>,
    catalogs: &CatalogHandle,
    compiler: CompilerCommand,
    purpose: Purpose,
) -> anyhow::Result<Arc<PluginFolder>> {
    let plugin_settings: HashMap<_, _> = configuration.settings.clone();
    let settings = SandboxSettings {
        data_dir: plugins.data_dir,
        compiler,
        compiled: crate::configuration::compiled(),
        capabilities: capabilities::registry(),
        grant_on_drop: configuration.grant_on_drop.clone(),
        unreachable: unreachable(configuration),
        plugin_settings,
        calendar: configuration.calendar,
        limits: toolbay_sandbox::SandboxLimits::default(),
    };
    let sandbox = Sandbox::new(settings, Arc::clone(store) as _)?;
    let grants = Arc::clone(store) as _;
    let folder = PluginFolder::new(sandbox, plugins.folder, grants, catalogs).with_bundled(plugins.bundled);
    Ok(Arc::new(match purpose {
        Purpose::Serve => folder,
        Purpose::Command => folder.beside_another(),
    }))
}

/// The names of the tools that a host would publish, without its database: one that isn't there yet is not made for the
/// question.
///
/// # Errors
///
/// When the engine can't run here.
pub(crate) async fn tools_alone(configuration: &Configuration) -> anyhow::Result<BTreeSet<String>> {
    let scratch = tempfile::tempdir().context("a temporary folder can't be made")?;
    let database_url = format!("sqlite://{}", scratch.path().join("toolbay.db").display());
    let store = Store::open(StoreSettings::new(database_url, scratch.path(), KeySource::DataDir)).await?;
    let jobs = Jobs::new(Arc::clone(&store) as _, Arc::clone(&store) as _, Arc::clone(&store) as _);
    let catalogs = open_catalogs(&jobs, &connecting(configuration, &store, None), &store)?;
    let mut plugins = Plugins::of(configuration);
    if !plugins.data_dir.is_dir() {
        plugins.data_dir = scratch.path().to_owned();
    }
    let folder = open_folder(configuration, plugins, &store, &catalogs, own_compiler()?, Purpose::Command)?;
    folder.start(START_TIME).await;
    Ok(catalogs.current().tools().map(|tool| tool.name().to_string()).collect())
}
