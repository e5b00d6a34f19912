//! The host: every crate wired to the others, once.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use toolbay_gateway::{Edge, Gateway, GatewaySettings, ServerSettings};
use toolbay_http::Documents;
use toolbay_identity::Authority;
use toolbay_kernel::built_in::{ConnectionRefresh, ConnectionRemove, JobCancel, JobGet, JobStart};
use toolbay_kernel::connecting::ConnectingSettings;
use toolbay_kernel::run::Retention;
use toolbay_kernel::{
    Administration, BuiltInTools, CatalogHandle, Connecting, Dispatcher, EffectGate, Jobs, Outside,
};
use toolbay_notion::{Notion, NotionSettings, OAuthClient};
use toolbay_sandbox::{CompilerCommand, PluginFolder, Sandbox, SandboxSettings};
use toolbay_store::{Environment as KnownEnvironment, KeySource, Store, StoreSettings};

use crate::capabilities;
use crate::configuration::Configuration;
use crate::earlier;
use crate::ground::HostGround;
use crate::plugin_record::PluginRecord;

/// How long a start waits for plugins that have not been compiled before. Those that have are there in a moment.
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
    /// The way to Notion, for checking a new connection.
    pub notion: Notion,
    jobs: Jobs,
    ground: Arc<HostGround>,
    identity: Authority,
    retention: Retention,
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
    /// Opens the store, loads the plugins of the folder and wires everything.
    ///
    /// # Errors
    ///
    /// When the store, the engine or the address of Notion can't be used. A plugin that doesn't load is no error: it is
    /// reported.
    pub async fn open(
        configuration: &Configuration,
        purpose: Purpose,
        compiler: CompilerCommand,
    ) -> anyhow::Result<Arc<Self>> {
        let store = open_store(configuration, purpose).await?;
        let notion = open_notion(configuration)?;
        let connecting = open_connecting(configuration, &store, &notion)?;
        let credentials = Arc::new(connecting.clone());
        let to_notion = Outside { egress: Arc::new(notion.clone()), limiter: notion.limiter() };
        let gate = EffectGate::new(credentials, vec![to_notion]).after(earlier::earlier(&store).await?);
        let jobs = Jobs::new(Arc::clone(&store) as _, Arc::clone(&store) as _, Arc::clone(&store) as _);
        let catalogs = open_catalogs(&jobs, &connecting)?;
        let dispatcher = Dispatcher::new(
            catalogs.clone(),
            Arc::clone(&store) as _,
            Arc::clone(&store) as _,
            gate,
            configuration.limits.clone(),
        );
        let folder = open_folder(
            configuration,
            configuration.plugin_dir.clone(),
            &store,
            &catalogs,
            compiler,
            purpose,
        )?;
        folder.start(START_TIME).await;
        let identity = open_identity(configuration, &store)?;
        let settings = GatewaySettings {
            public_url: configuration.public_url.clone(),
            further_public_urls: configuration.further_public_urls.clone(),
            profiles: configuration.profiles.clone(),
            version: env!("CARGO_PKG_VERSION"),
            edge: configuration.edge.clone(),
        };
        let ground = Arc::new(HostGround::new(configuration, Arc::clone(&store)));
        let gateway = Arc::new(Gateway {
            dispatcher,
            catalogs,
            principals: Arc::clone(&store) as _,
            connections: Arc::clone(&store) as _,
            connecting,
            identity: Arc::new(identity.clone()),
            ground: Arc::clone(&ground) as _,
            stopping: CancellationToken::new(),
            edge: Edge::new(&settings.edge),
            settings,
        });
        Ok(Arc::new(Self {
            gateway,
            store,
            folder,
            notion,
            jobs,
            ground,
            identity,
            retention: configuration.retention,
        }))
    }

    /// Runs jobs until the host stops.
    pub async fn run_jobs(&self, stop: CancellationToken) {
        self.jobs.clone().run(self.gateway.dispatcher.clone(), stop).await;
    }

    /// Removes the runs that have been kept long enough, until the host stops.
    pub async fn keep_runs(&self, stop: CancellationToken) {
        self.retention.keep(Arc::clone(&self.store) as _, stop).await;
    }

    /// Serves on the configured address until it is stopped.
    ///
    /// # Errors
    ///
    /// When the address can't be listened on.
    pub async fn serve(
        self: Arc<Self>,
        listen: SocketAddr,
        settings: ServerSettings,
    ) -> anyhow::Result<Running> {
        let listener =
            TcpListener::bind(listen).await.with_context(|| format!("can't listen on {listen}"))?;
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
        let (identity, sweeping) = (self.identity.clone(), shutdown.clone());
        let recording = PluginRecord::new(&self.store, &self.folder, &self.gateway.catalogs);
        let noting = shutdown.clone();
        let tasks = vec![
            tokio::spawn(async move { folder.watch(watching).await }),
            tokio::spawn(async move { toolbay_gateway::serve(listener, router, serving, settings).await }),
            tokio::spawn(async move { host.run_jobs(running).await }),
            tokio::spawn(async move { ground.watch(looking).await }),
            tokio::spawn(async move { keeper.keep_runs(keeping).await }),
            tokio::spawn(async move { identity.keep(sweeping).await }),
            tokio::spawn(async move { recording.keep(noting).await }),
        ];
        Ok(Running { address, host: self, shutdown, tasks })
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
fn open_catalogs(jobs: &Jobs, connecting: &Connecting) -> anyhow::Result<CatalogHandle> {
    let built_in = BuiltInTools::new(vec![
        Box::new(JobStart(jobs.clone())),
        Box::new(JobGet(jobs.clone())),
        Box::new(JobCancel(jobs.clone())),
        Box::new(ConnectionRefresh(connecting.clone())),
        Box::new(ConnectionRemove(connecting.clone())),
    ]);
    let built_in = built_in.map_err(anyhow::Error::msg).context("the built-in tools")?;
    let catalogs = CatalogHandle::new();
    // The first source: nobody has a name before it.
    let standings = catalogs.source().publish(vec![built_in.offered().context("the built-in tools")?]);
    let refused: Vec<_> = standings.iter().flat_map(|standing| &standing.refused).collect();
    anyhow::ensure!(refused.is_empty(), "the built-in tools: {refused:?}");
    Ok(catalogs)
}

/// How workspaces are connected, and the life of a connection.
///
/// # Errors
///
/// When the address of Notion can't work.
pub fn open_connecting(
    configuration: &Configuration,
    store: &Arc<Store>,
    notion: &Notion,
) -> anyhow::Result<Connecting> {
    let client = configuration.oauth.clone().map(|oauth| OAuthClient {
        id: oauth.client_id,
        secret: oauth.client_secret,
        redirect_uri: oauth.redirect_uri,
    });
    let server = client.map(|client| notion.authorization(client)).transpose()?;
    let settings = ConnectingSettings {
        public_url: configuration.public_url.clone(),
        return_origins: configuration.return_origins.clone(),
        people: configuration.people.clone(),
    };
    let store = || Arc::clone(store);
    Ok(Connecting::new(server, store(), store(), store(), store(), settings))
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

/// The durable state, opened.
///
/// # Errors
///
/// When it can't be opened; the text says what would help.
pub async fn open_store(configuration: &Configuration, purpose: Purpose) -> anyhow::Result<Arc<Store>> {
    let secrets = &configuration.secrets;
    let settings = StoreSettings {
        database_url: configuration.database_url.clone(),
        data_dir: configuration.data_dir.clone(),
        key: secrets.token_encryption_key.clone().map_or(KeySource::DataDir, KeySource::Given),
        new_key: secrets.new_token_encryption_key.clone(),
        environment: KnownEnvironment {
            action_api_token: secrets.action_api_token.clone(),
            notion_token: secrets.notion_token.clone(),
        },
        default_connection: configuration.default_connection.clone(),
        capabilities: capabilities::registry(),
        grants: configuration.grants.clone(),
    };
    let store = match purpose {
        Purpose::Serve => Store::open_serving(settings).await,
        Purpose::Command => Store::open(settings).await,
    };
    Ok(store?)
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

/// The plugins' folder with the sandbox behind it.
///
/// # Errors
///
/// When the engine can't run here, or the cache's folder is open to others.
pub fn open_folder(
    configuration: &Configuration,
    plugin_dir: PathBuf,
    store: &Arc<Store>,
    catalogs: &CatalogHandle,
    compiler: CompilerCommand,
    purpose: Purpose,
) -> anyhow::Result<Arc<PluginFolder>> {
    let plugin_settings: HashMap<_, _> = configuration.settings.clone();
    let settings = SandboxSettings {
        data_dir: configuration.data_dir.clone(),
        compiler,
        capabilities: capabilities::registry(),
        grant_on_drop: configuration.grant_on_drop.clone(),
        plugin_settings,
        limits: toolbay_sandbox::SandboxLimits::default(),
    };
    let sandbox = Sandbox::new(settings, Arc::clone(store) as _)?;
    let grants = Arc::clone(store) as _;
    let folder = PluginFolder::new(sandbox, plugin_dir, grants, catalogs);
    Ok(Arc::new(match purpose {
        Purpose::Serve => folder,
        Purpose::Command => folder.beside_another(),
    }))
}
