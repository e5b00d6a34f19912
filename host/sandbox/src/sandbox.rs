//! The sandbox: the engine, the pool and the cache that all plugins share.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tokio::sync::Semaphore;
use toolbay_kernel::ports::PluginState;
use toolbay_kernel::schema::PreparedTool;
use toolbay_kernel::{CapabilityName, CapabilityRegistry, PluginName};
use wasmtime::component::Linker;

use crate::blocking::blocking;
use crate::calendar::Calendar;
use crate::compile::cache::{Cache, CacheError};
use crate::compile::command::CompilerCommand;
use crate::compile::shipped::CompiledPlugin;
use crate::compile::{Compiler, InstallError};
use crate::engine;
use crate::folder::Unreachable;
use crate::host::CallState;
use crate::inspect::InspectError;
use crate::limits::SandboxLimits;
use crate::manifest::Manifest;
use crate::plugin::lane::SlowLane;
use crate::plugin::shared::Shared;
use crate::plugin::{Installed, guest};

/// What a sandbox is made of.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// The host's data folder; compiled plugins are kept in `cache` below it.
    pub data_dir: PathBuf,
    /// How plugins are compiled.
    pub compiler: CompilerCommand,
    /// Those that needn't be.
    pub compiled: Vec<CompiledPlugin>,
    /// The capabilities that plugins can ask for.
    pub capabilities: CapabilityRegistry,
    /// What a plugin is granted by being put into the folder.
    pub grant_on_drop: BTreeSet<CapabilityName>,
    /// The capabilities that lead nowhere on this host.
    pub unreachable: Vec<Unreachable>,
    /// What the operator wrote for each plugin: JSON objects.
    pub plugin_settings: HashMap<PluginName, Value>,
    /// By which clocks and weeks plugins count days.
    pub calendar: Calendar,
    pub limits: SandboxLimits,
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Wasmtime doesn't run here.
    #[error("the WebAssembly engine can't start: {0}")]
    Engine(String),
    #[error("a thread of the sandbox can't start: {0}")]
    Thread(#[from] std::io::Error),
    /// The cache can't be trusted or made.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl From<wasmtime::Error> for SandboxError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Engine(format!("{error:#}"))
    }
}

/// Installs plugins, and holds what they share. One for a process.
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
    linker: Linker<CallState>,
    cache: Cache,
    compiler: Compiler,
    data_dir: PathBuf,
    capabilities: CapabilityRegistry,
    grant_on_drop: BTreeSet<CapabilityName>,
    unreachable: Vec<Arc<Unreachable>>,
    plugin_settings: HashMap<PluginName, Value>,
}

impl Sandbox {
    /// Starts the engine and opens the cache.
    ///
    /// # Errors
    ///
    /// When the engine doesn't run on this machine, or the cache's folder can't be made or isn't this user's alone.
    pub fn new(settings: SandboxSettings, state: Arc<dyn PluginState>) -> Result<Arc<Self>, SandboxError> {
        let engine = engine::for_running(settings.limits.guests)?;
        engine::start_ticking(&engine)?;
        let cache = Cache::open(&settings.data_dir, &engine::compatibility(&engine))?;
        let linker = guest::linker(&engine)?;
        let shared = Shared {
            engine,
            slots: Arc::new(Semaphore::new(settings.limits.guests)),
            slow_lane: SlowLane::new(settings.limits.slow_lane_threads)?,
            limits: settings.limits,
            state,
            calendar: settings.calendar,
            began: Instant::now(),
        };
        Ok(Arc::new(Self {
            shared: Arc::new(shared),
            linker,
            cache,
            compiler: Compiler::new(settings.compiler, settings.compiled),
            data_dir: settings.data_dir,
            capabilities: settings.capabilities,
            grant_on_drop: settings.grant_on_drop,
            unreachable: settings.unreachable.into_iter().map(Arc::new).collect(),
            plugin_settings: settings.plugin_settings,
        }))
    }

    /// The host's data folder.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// What a plugin is granted by being put into the folder.
    #[must_use]
    pub fn grant_on_drop(&self) -> &BTreeSet<CapabilityName> {
        &self.grant_on_drop
    }

    /// The capabilities that lead nowhere on this host.
    pub(crate) fn unreachable(&self) -> &[Arc<Unreachable>] {
        &self.unreachable
    }

    /// Removes compiled code that nobody has used for long from the cache, except that of these digests.
    pub(crate) async fn sweep(&self, in_use: BTreeSet<String>) {
        let cache = self.cache.clone();
        // A sweep that fails says so itself, and nothing depends on it.
        let _ = tokio::task::spawn_blocking(move || cache.sweep(&in_use)).await;
    }

    /// Forgets that a component was refused, so that it is looked at again.
    pub(crate) fn forget(&self, component: &[u8]) {
        self.compiler.forget(component, &self.cache);
    }

    /// Makes a plugin ready to be called: checks it, compiles it in a child process unless that has been done before,
    /// and links it.
    ///
    /// # Errors
    ///
    /// Why it can't be installed, and what would help.
    pub async fn install(&self, component: Vec<u8>) -> Result<Arc<Installed>, InstallError> {
        let ready = self.compiler.ready(component, &self.cache, &self.shared.engine).await?;
        let linked = guest::link(&self.linker, &ready.component).map_err(|error| {
            InstallError::new(format!("it can't be linked: {error:#}"), "build it with toolbay-sdk alone")
        })?;
        let manifest = Manifest::parse(&ready.record.manifest, &self.capabilities)
            .map_err(|error| InstallError::from(InspectError::Manifest(error.into())))?;
        let settings =
            self.plugin_settings.get(&manifest.name).map_or_else(|| "{}".to_owned(), Value::to_string);
        let mut definitions = ready.record.tools;
        for name in &manifest.background {
            let tool = definitions.iter_mut().find(|tool| tool.name == *name).ok_or_else(|| {
                InstallError::new(
                    format!("plugin.toml: `background` names `{name}`, which is none of its tools"),
                    "name tools that the plugin provides",
                )
            })?;
            tool.background = true;
        }
        let digest = ready.record.digest;
        // Done once for a plugin, however often catalogs change; its child has done the same before.
        let prepared = blocking(move || {
            let slots = Arc::default();
            definitions
                .into_iter()
                .map(|tool| PreparedTool::new(tool, &slots))
                .collect::<Result<Arc<[_]>, _>>()
        });
        let failed =
            |error| InstallError::new(format!("preparing its tools failed: {error}"), "see the host's log");
        let tools = prepared.await.map_err(failed)??;
        Ok(Arc::new(Installed::new(
            manifest,
            digest,
            tools,
            linked,
            settings.into(),
            Arc::clone(&self.shared),
        )))
    }
}
