//! A host around servers: a door, a gate and a store that live in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::progress::LogLevel;
use toolbay_kernel::{
    CatalogHandle, Dispatcher, EffectGate, Invocation, Limits, Principal, Problem, ProgressSink, Secret,
    Surface,
};
use toolbay_testing::{MemoryStore, MemoryUpstreamTools};
use toolbay_upstream::{StdioSettings, TransportSettings, UpstreamSettings, Upstreams};

const FIXTURE: &str = env!("CARGO_BIN_EXE_toolbay-upstream-fixture");

/// A running host.
pub(crate) struct World {
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) catalogs: CatalogHandle,
    pub(crate) door: Dispatcher,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) known: Arc<MemoryUpstreamTools>,
    pub(crate) folder: PathBuf,
    stop: CancellationToken,
    keeping: JoinHandle<()>,
    _temporary: Option<tempfile::TempDir>,
}

/// The fixture as a server, with this environment.
pub(crate) fn program(folder: &Path, name: &str, environment: &[(&str, &str)]) -> UpstreamSettings {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::Text((*value).to_owned().into())));
    let stdio = StdioSettings {
        program: FIXTURE.to_owned(),
        arguments: Vec::new(),
        environment: environment.collect(),
        folder: folder.to_owned(),
        launcher: Vec::new(),
    };
    settings(name, TransportSettings::Stdio(stdio))
}

pub(crate) fn settings(name: &str, transport: TransportSettings) -> UpstreamSettings {
    UpstreamSettings {
        name: name.parse().unwrap(),
        transport,
        reads: Default::default(),
        probes: Default::default(),
    }
}

impl World {
    /// A host with one program, once it has listed its tools.
    pub(crate) async fn with_program(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log").display().to_string();
        let mut all = vec![("FIXTURE_LOG", log.as_str())];
        all.extend(environment);
        let settings = program(folder.path(), "files", &all);
        let world = Self::start(vec![settings], Arc::default());
        let world = Self { folder: folder.path().to_owned(), _temporary: Some(folder), ..world };
        world.has("files_echo").await;
        world
    }

    pub(crate) fn start(settings: Vec<UpstreamSettings>, known: Arc<MemoryUpstreamTools>) -> Self {
        let store = Arc::new(MemoryStore::default());
        let catalogs = CatalogHandle::new();
        let launcher = [PathBuf::from(FIXTURE)];
        let upstreams =
            Upstreams::new(settings, &launcher, known.clone(), store.clone(), catalogs.source()).unwrap();
        let gate = EffectGate::new(store.clone(), vec![upstreams.outside()]).settling_in(Duration::ZERO);
        let limits = Limits {
            call_time: Duration::from_secs(6),
            answer_time: Duration::from_secs(1),
            ..Limits::default()
        };
        let door = Dispatcher::new(catalogs.clone(), store.clone(), store.clone(), gate, limits);
        let stop = CancellationToken::new();
        let keeping = tokio::spawn(Arc::clone(&upstreams).keep(stop.clone()));
        Self {
            upstreams,
            catalogs,
            door,
            store,
            known,
            folder: PathBuf::new(),
            stop,
            keeping,
            _temporary: None,
        }
    }

    /// The same, with this folder for what its program logs.
    pub(crate) fn logging_in(self, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..self }
    }

    /// Waits until a tool is published.
    pub(crate) async fn has(&self, tool: &str) {
        self.until(|world| world.tools().contains_key(tool)).await;
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "{:?} {:?}",
                self.upstreams.health(),
                self.tools()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What is published: each tool's access and description.
    pub(crate) fn tools(&self) -> BTreeMap<String, (&'static str, String)> {
        let catalog = self.catalogs.current();
        let tools = catalog.tools();
        let told = tools.map(|tool| {
            let definition = &tool.definition;
            (definition.name.to_string(), (definition.access.as_str(), definition.description.clone()))
        });
        told.collect()
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
        let principal = Arc::new(Principal::operator());
        let mut invocation = Invocation::new(tool, arguments, principal, Surface::CommandLine);
        invocation.progress = heard;
        let answer = self.door.call(invocation).await.result?;
        let content: Vec<Value> = answer
            .content
            .iter()
            .map(|part| match part {
                toolbay_kernel::Content::Text(text) => json!(text),
                other => json!(format!("{other:?}")),
            })
            .collect();
        Ok(answer.data.unwrap_or(Value::Array(content)))
    }

    /// A well-behaved call goes through.
    pub(crate) async fn is_alive(&self) {
        assert_eq!(self.call("files_echo", json!({"text": "here"})).await.unwrap(), json!(["here"]));
    }

    /// What the program has logged.
    pub(crate) fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.keeping.await.unwrap();
        self.upstreams.close().await;
    }
}

/// Remembers how far a call said it was.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Mutex<Vec<(u64, Option<u64>, String)>>);

impl ProgressSink for Heard {
    fn progress(&self, done: u64, total: Option<u64>, message: Option<&str>) {
        self.0.lock().push((done, total, message.unwrap_or_default().to_owned()));
    }

    fn log(&self, _level: LogLevel, _message: &str) {}
}
