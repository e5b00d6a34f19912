//! What a host that serves says of itself, for commands beside it: which plugins and tools it publishes, where, and since when.
//!
//! It is a file in the data folder, which every command of this installation knows. Whether it is true is told by a lock that
//! the host holds as long as it lives: a file that a killed host left behind says nothing. It holds no secret.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::administration::UpstreamHealth;
use toolbay_kernel::{Access, Catalog};
use toolbay_sandbox::PluginReport;

use crate::configuration::{Configuration, bundled_count};
use crate::files;
use crate::host::Host;
use crate::upstream_health;

/// Where it is said, in the data folder.
const FILE: &str = "host.json";

/// Held by the host that says it.
const LOCK: &str = "host.lock";

/// Largest file that is read: a thousand plugins with all their tools.
const MAX: u64 = 32 * 1024 * 1024;

/// Changes that come this close together are written once.
const GATHER: Duration = Duration::from_millis(20);

/// How often a lock is tried again that a command holds for the moment of its question.
const RETRY: Duration = Duration::from_millis(100);

/// How often it is looked whether the MCP servers are as was said.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a host says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Announced {
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) since: String,
    pub(crate) address: String,
    pub(crate) public_url: String,
    pub(crate) plugin_dir: PathBuf,
    /// How many plugins are in its program.
    pub(crate) bundled: usize,
    /// How many plugins it has read of how many, until it has read all.
    pub(crate) loading: Option<(usize, usize)>,
    /// Files that it doesn't look at, in words.
    pub(crate) left_out: Option<String>,
    /// The report of each plugin, as commands print it.
    pub(crate) plugins: Vec<Value>,
    pub(crate) tools: Vec<PublishedTool>,
    /// How its MCP servers are. An older version doesn't say it.
    #[serde(default)]
    pub(crate) upstreams: Vec<UpstreamHealth>,
}

/// A tool that is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PublishedTool {
    pub(crate) name: String,
    pub(crate) title: String,
    /// The strongest thing that it does.
    pub(crate) access: Access,
    /// The weakest thing that it is of use for, where its arguments decide.
    pub(crate) least: Access,
    pub(crate) provider: String,
}

/// A host that serves, and the folder in which it says so.
pub(crate) struct Announcement {
    host: Arc<Host>,
    data_dir: PathBuf,
    said: Announced,
}

impl Announcement {
    /// What this host will say of itself.
    pub(crate) fn new(host: Arc<Host>, configuration: &Configuration, address: String) -> Self {
        let now = OffsetDateTime::now_utc();
        // With port 0 the system chose one, which the configuration can't know.
        let public_url = match configuration.public_url.port() {
            Some(0) => format!("http://{address}/"),
            _ => configuration.public_url.to_string(),
        };
        let said = Announced {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            since: now.format(&Rfc3339).unwrap_or_default(),
            address,
            public_url,
            plugin_dir: configuration.plugin_dir.clone(),
            bundled: bundled_count(),
            loading: None,
            left_out: None,
            plugins: Vec::new(),
            tools: Vec::new(),
            upstreams: Vec::new(),
        };
        Self { host, data_dir: configuration.data_dir.clone(), said }
    }

    /// Says it, and again when something changes, until the host stops.
    pub(crate) async fn keep(mut self, stop: CancellationToken) {
        let mut catalogs = self.host.gateway.catalogs.changes();
        let mut reports = self.host.folder.changes();
        let keeping = async {
            // Another host has it that shares the data folder: commands are told what that one says.
            let _held = loop {
                match held(&self.data_dir) {
                    Ok(Some(lock)) => break lock,
                    Ok(None) => tokio::time::sleep(RETRY).await,
                    Err(error) => {
                        tracing::warn!(%error, "host.not_announced: commands can't see what this host serves");
                        return;
                    }
                }
            };
            loop {
                catalogs.mark_unchanged();
                reports.mark_unchanged();
                self.say().await;
                tokio::select! {
                    changed = catalogs.changed() => if changed.is_err() { return },
                    changed = reports.changed() => if changed.is_err() { return },
                    () = self.servers_change() => {}
                }
                tokio::time::sleep(GATHER).await;
            }
        };
        stop.run_until_cancelled(keeping).await;
    }

    /// Ends once the MCP servers aren't as was said of them.
    async fn servers_change(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if upstream_health::of(&self.host.upstreams) != self.said.upstreams {
                return;
            }
        }
    }

    async fn say(&mut self) {
        let catalogs = &self.host.gateway.catalogs;
        self.said.loading = catalogs.loading().map(|loading| (loading.read, loading.all));
        self.said.left_out = self.host.folder.left_out();
        self.said.plugins = self.host.folder.reports().iter().map(shown).collect();
        self.said.tools = published(&catalogs.current());
        self.said.upstreams = upstream_health::of(&self.host.upstreams);
        let (path, said) = (self.data_dir.join(FILE), self.said.clone());
        let written = tokio::task::spawn_blocking(move || {
            let bytes = serde_json::to_vec(&said).map_err(std::io::Error::other)?;
            files::write_private(&path, &bytes)
        });
        if let Ok(Err(error)) = written.await {
            tracing::warn!(%error, "host.not_announced: commands can't see what this host serves");
        }
    }
}

/// What the host says of itself that serves with this data folder; none when none does.
pub(crate) fn of_running(data_dir: &Path) -> Option<Announced> {
    let lock = File::open(data_dir.join(LOCK)).ok()?;
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        Ok(()) | Err(TryLockError::Error(_)) => return None,
    }
    // One that has just started has the lock and hasn't said anything yet.
    for _ in 0..20 {
        let read = files::read(&data_dir.join(FILE), MAX).ok();
        let said: Option<Announced> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(said) = said {
            return Some(said);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

/// The lock, and nothing that an earlier host has said; none when somebody else has it.
fn held(data_dir: &Path) -> std::io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let lock = options.write(true).create(true).truncate(false).open(data_dir.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    match std::fs::remove_file(data_dir.join(FILE)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(Some(lock)),
    }
}

/// The tools of a catalog.
pub(crate) fn published(catalog: &Catalog) -> Vec<PublishedTool> {
    let tool = |tool: &Arc<toolbay_kernel::Tool>| PublishedTool {
        name: tool.name().to_string(),
        title: tool.definition.title.clone(),
        access: tool.definition.access,
        least: tool.definition.least,
        provider: tool.provider.name().to_owned(),
    };
    catalog.tools().map(tool).collect()
}

/// A plugin's report as commands print it.
pub(crate) fn shown(report: &PluginReport) -> Value {
    json!({
        "name": report.name,
        "version": report.version,
        "from": if report.is_bundled { "bundled" } else { "folder" },
        "status": report.status.as_str(),
        "file": report.file,
        "digest": report.digest,
        "tools": report.tools,
        "asked": report.asked,
        "granted": report.granted,
        "missing": report.missing,
        "reason": report.reason,
        "fix": report.fix,
    })
}
