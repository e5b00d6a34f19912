//! A host around the sandbox: a door, a gate and a store that live in memory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use toolbay_kernel::progress::LogLevel;
use toolbay_kernel::{
    CapabilityName, CatalogHandle, Dispatcher, EffectGate, Invocation, Limits, Outcome, Outside, PluginName,
    Principal, Problem, ProgressSink, Surface,
};
use toolbay_sandbox::{
    BundledPlugin, Calendar, CompiledPlugin, CompilerCommand, PluginFolder, PluginReport, Sandbox,
    SandboxError, SandboxLimits, SandboxSettings,
};
use toolbay_testing::{MemoryStore, OpenLimiter, ScriptedEgress};

use crate::capabilities::{NOTION_READ, registry};

/// What the tests' Notion, store and grants hold.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) egress: Arc<ScriptedEgress>,
    pub(crate) store: Arc<MemoryStore>,
}

/// A running host over temporary folders.
pub(crate) struct Host {
    pub(crate) world: Arc<World>,
    pub(crate) plugins: PathBuf,
    pub(crate) data: PathBuf,
    pub(crate) folder: PluginFolder,
    pub(crate) catalogs: CatalogHandle,
    pub(crate) door: Dispatcher,
    _temporary: tempfile::TempDir,
}

/// How a host is made.
pub(crate) struct Setup {
    pub(crate) limits: SandboxLimits,
    pub(crate) compiler: CompilerCommand,
    pub(crate) data: Option<PathBuf>,
    pub(crate) settings: HashMap<PluginName, Value>,
    pub(crate) bundled: Vec<BundledPlugin>,
    pub(crate) compiled: Vec<CompiledPlugin>,
    pub(crate) calendar: Calendar,
    pub(crate) call_time: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        let mut limits = SandboxLimits { guests: 50, ..SandboxLimits::default() };
        // Enough for the slowest honest guest, and hostile ones end soon.
        limits.guest.cpu = Duration::from_millis(300);
        Self {
            limits,
            compiler: CompilerCommand {
                program: env!("CARGO_BIN_EXE_toolbay-sandbox-compiler").into(),
                arguments: Vec::new(),
                environment: Vec::new(),
            },
            data: None,
            settings: HashMap::new(),
            bundled: Vec::new(),
            compiled: Vec::new(),
            calendar: Calendar::default(),
            call_time: Duration::from_secs(40),
        }
    }
}

impl Setup {
    pub(crate) fn try_sandbox(self) -> Result<Arc<Sandbox>, SandboxError> {
        self.sandbox(Path::new("/nowhere"), &Arc::new(World::default()))
    }

    fn sandbox(&self, data: &Path, world: &Arc<World>) -> Result<Arc<Sandbox>, SandboxError> {
        let settings = SandboxSettings {
            data_dir: self.data.as_deref().unwrap_or(data).to_owned(),
            compiler: self.compiler.clone(),
            compiled: self.compiled.clone(),
            capabilities: registry(),
            grant_on_drop: [NOTION_READ, CapabilityName::STATE].into(),
            unreachable: Vec::new(),
            plugin_settings: self.settings.clone(),
            calendar: self.calendar,
            limits: self.limits.clone(),
        };
        Sandbox::new(settings, world.store.clone())
    }

    pub(crate) fn start(self) -> Host {
        let world = Arc::new(World::default());
        *world.store.connections.lock() =
            MemoryStore::with_connections(&["default"]).connections.into_inner();
        *world.store.credential.lock() = Some("ntn_secret".to_owned());
        let temporary = tempfile::tempdir().unwrap();
        let data = self.data.clone().unwrap_or_else(|| temporary.path().join("data"));
        let plugins = data.join("plugins");
        std::fs::create_dir_all(&plugins).unwrap();
        let sandbox = self.sandbox(&data, &world).unwrap();
        let catalogs = CatalogHandle::new();
        let folder = PluginFolder::new(sandbox, plugins.clone(), world.store.clone(), &catalogs)
            .with_bundled(self.bundled);
        // As a real one: it waits for something of the runtime that it belongs to.
        world.egress.slow_reads_ms.store(1, Ordering::Relaxed);
        let limiter = Arc::<OpenLimiter>::default();
        let outside = Outside::new(Arc::clone(&world.egress) as _, limiter);
        let gate = EffectGate::new(world.store.clone(), vec![outside]);
        let limits = Limits { call_time: self.call_time, ..Limits::default() };
        let door = Dispatcher::new(catalogs.clone(), world.store.clone(), world.store.clone(), gate, limits);
        Host { world, plugins, data, folder, catalogs, door, _temporary: temporary }
    }
}

impl Host {
    /// A host into whose folder these plugins have been put.
    pub(crate) async fn with(plugins: &[(&str, &[u8])]) -> Self {
        let host = Setup::default().start();
        for (file, bytes) in plugins {
            host.put(file, bytes);
        }
        host.folder.refresh().await;
        host
    }

    pub(crate) fn put(&self, file: &str, bytes: &[u8]) {
        // As a careful person does it: never a half file under the final name.
        let partial = self.plugins.join(format!(".{file}.partial"));
        std::fs::write(&partial, bytes).unwrap();
        std::fs::rename(partial, self.plugins.join(file)).unwrap();
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.plugins.join(file)
    }

    pub(crate) fn report(&self, file: &str) -> PluginReport {
        self.folder.reports().into_iter().find(|report| report.file == file).unwrap()
    }

    pub(crate) fn grant(&self, plugin: &str, capability: CapabilityName) {
        self.world.store.grants.lock().entry(plugin.parse().unwrap()).or_default().insert(capability);
    }

    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Result<Value, Problem> {
        self.call_heard(tool, arguments, Arc::new(Heard::default())).await
    }

    pub(crate) async fn call_heard(
        &self,
        tool: &str,
        arguments: Value,
        heard: Arc<Heard>,
    ) -> Result<Value, Problem> {
        self.outcome(tool, arguments, heard).await.result.map(|answer| answer.data.unwrap_or(Value::Null))
    }

    pub(crate) async fn outcome(&self, tool: &str, arguments: Value, heard: Arc<Heard>) -> Outcome {
        let principal = Arc::new(Principal::operator());
        let mut invocation = Invocation::new(tool, arguments, principal, Surface::CommandLine);
        invocation.progress = heard;
        self.door.call(invocation).await
    }

    /// A well-behaved call goes through: the host is alive.
    pub(crate) async fn is_alive(&self) {
        let answer = self.call("echo", json!({"message": "still here"})).await.unwrap();
        assert_eq!(answer, json!({"message": "still here"}));
    }

    pub(crate) fn cache_files(&self, extension: &str) -> Vec<PathBuf> {
        fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, into) } else { into.push(path) }
            }
        }
        let mut files = Vec::new();
        walk(&self.data.join("cache"), &mut files);
        files.retain(|path| path.extension().is_some_and(|end| end == extension));
        files
    }
}

/// Remembers what a call said while it ran.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) lines: Mutex<Vec<String>>,
    pub(crate) progress: Mutex<Vec<(u64, Option<u64>)>>,
}

impl ProgressSink for Heard {
    fn progress(&self, done: u64, total: Option<u64>, _message: Option<&str>) {
        self.progress.lock().push((done, total));
    }

    fn log(&self, _level: LogLevel, message: &str) {
        self.lines.lock().push(message.to_owned());
    }
}
