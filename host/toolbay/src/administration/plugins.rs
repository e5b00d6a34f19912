//! The folder of plugins, as administration needs it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::administration::{AskedCapability, FormerPlugin, PluginLimits, PluginRecord, Plugins};
use toolbay_kernel::audit::Actor;
use toolbay_kernel::capability::Scope;
use toolbay_kernel::{
    Administration, Capabilities, CapabilityName, CapabilityRegistry, Code, PluginName, Problem,
};
use toolbay_sandbox::{PluginFolder, PluginReport, PluginStatus};

use crate::capabilities;
use crate::places;
use crate::plugin_files::{self, Installation};

/// Names whose former plugins are remembered: as many as a folder may have files.
const MAX_REMEMBERED: usize = 10_000;

/// The folder, and what it has had.
pub(crate) struct FolderOfPlugins {
    folder: Arc<PluginFolder>,
    plugin_dir: PathBuf,
    administration: Administration,
    registry: CapabilityRegistry,
    /// Time for a call.
    call_time: Duration,
    /// By name: what has it, by its digest, and what had it before.
    seen: Mutex<BTreeMap<String, Seen>>,
}

struct Seen {
    digest: String,
    now: FormerPlugin,
    before: Option<FormerPlugin>,
}

impl FolderOfPlugins {
    pub(crate) fn new(
        folder: &Arc<PluginFolder>,
        plugin_dir: PathBuf,
        administration: Administration,
        call_time: Duration,
    ) -> Self {
        Self {
            folder: Arc::clone(folder),
            plugin_dir,
            administration,
            registry: capabilities::registry(),
            call_time,
            seen: Mutex::default(),
        }
    }

    /// Sees every version, until the host stops.
    pub(crate) async fn keep(&self, stop: CancellationToken) {
        let mut changes = self.folder.changes();
        let keeping = async {
            loop {
                changes.mark_unchanged();
                self.see(&self.reports());
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        stop.run_until_cancelled(keeping).await;
    }

    /// The reports by name; of two files of one name that of the live one is the last.
    fn reports(&self) -> Vec<PluginReport> {
        let mut reports = self.folder.reports();
        reports.sort_by_key(|report| (report.name.clone(), report.status == PluginStatus::Live));
        reports
    }

    fn see(&self, reports: &[PluginReport]) {
        let mut seen = self.seen.lock();
        for (position, report) in reports.iter().enumerate() {
            let is_last = reports.get(position + 1).is_none_or(|next| next.name != report.name);
            let (Some(version), Some(digest), true) = (&report.version, &report.digest, is_last) else {
                continue;
            };
            let now = FormerPlugin {
                version: version.to_string(),
                asked: report.asked.iter().copied().collect(),
                tools: report.tools.clone(),
            };
            let is_full = seen.len() >= MAX_REMEMBERED;
            match seen.get_mut(&report.name) {
                // Its tools may be published by now, or no longer.
                Some(known) if known.digest == *digest => known.now = now,
                Some(known) => {
                    let before = std::mem::replace(&mut known.now, now);
                    known.before = Some(before);
                    known.digest.clone_from(digest);
                }
                None if is_full => {}
                None => {
                    seen.insert(report.name.clone(), Seen { digest: digest.clone(), now, before: None });
                }
            }
        }
    }

    fn record(&self, report: PluginReport) -> PluginRecord {
        let before = {
            let seen = self.seen.lock();
            let known = seen.get(&report.name).filter(|known| Some(&known.digest) == report.digest.as_ref());
            known.and_then(|known| known.before.clone())
        };
        let asked = report.asked.iter().map(|name| AskedCapability {
            name: *name,
            in_words: self.in_words(*name, report.bounds.as_ref().map(|(asked, _)| asked)),
            is_granted: report.granted.contains(name),
        });
        let asked = asked.collect();
        let limits = report.bounds.as_ref().map(|(_, limits)| PluginLimits {
            memory_bytes: limits.memory_bytes,
            output_bytes: limits.output_bytes,
            cpu: limits.cpu,
            call: self.call_time,
        });
        PluginRecord {
            asked,
            limits,
            before,
            name: report.name,
            version: report.version.map(|version| version.to_string()),
            is_bundled: report.is_bundled,
            status: report.status.as_str(),
            file: report.file,
            digest: report.digest,
            tools: report.tools,
            missing: report.missing.into_iter().collect(),
            reason: report.reason,
            fix: report.fix,
        }
    }

    /// What a capability would let a plugin do that asks for it so.
    fn in_words(&self, name: CapabilityName, asked: Option<&Capabilities>) -> String {
        let all = self.registry.get(name.as_str()).map_or("", |capability| capability.in_words);
        match asked.and_then(|asked| asked.scope(name)) {
            None | Some(Scope::All) => all.to_owned(),
            Some(Scope::Only(these)) => format!("{all}, these alone: {}", these.join(", ")),
            Some(Scope::Within(places)) => {
                places.iter().map(|place| toolbay_http::in_words(place)).collect::<Vec<_>>().join("; ")
            }
        }
    }

    fn report_of(&self, plugin: &PluginName) -> Option<PluginReport> {
        self.reports().into_iter().rev().find(|report| report.name == plugin.as_str())
    }
}

#[async_trait]
impl Plugins for FolderOfPlugins {
    fn plugins(&self) -> Vec<PluginRecord> {
        let reports = self.reports();
        self.see(&reports);
        reports.into_iter().map(|report| self.record(report)).collect()
    }

    fn left_out(&self) -> Option<String> {
        self.folder.left_out()
    }

    fn grantable(&self, plugin: &PluginName, capability: &str) -> Result<CapabilityName, Problem> {
        let report = self.report_of(plugin).ok_or_else(|| {
            Problem::new(Code::NotFound, format!("There is no plugin `{plugin}`."))
                .hint("GET /v1/administration/plugins lists those that there are.")
        })?;
        let capability =
            self.registry.parse(capability).map_err(|error| Problem::new(Code::InvalidInput, error))?;
        if capability == toolbay_http::CAPABILITY {
            let asked = report.bounds.map(|(asked, _)| places::asked(&asked)).unwrap_or_default();
            return Err(Problem::new(
                Code::Conflict,
                "Places of the web are granted in the configuration file.",
            )
            .hint(places::how_to_grant(plugin, &asked)));
        }
        Ok(capability)
    }

    async fn install(&self, component: Vec<u8>, by: &Actor) -> Result<(PluginName, String), Problem> {
        let manifest = plugin_files::manifest_of(&component)?;
        let place = (self.folder.as_ref(), self.plugin_dir.as_path());
        let refused = |code, message: &str, report: PluginReport| {
            let reason = report.reason.unwrap_or_default();
            let problem = Problem::new(code, format!("{message}: {reason}"));
            match report.fix {
                Some(fix) => problem.hint(fix),
                None => problem,
            }
        };
        match plugin_files::install(place, &self.administration, &manifest.name, component, by).await? {
            Installation::Refused(report) => {
                Err(refused(Code::InvalidInput, "It can't run here, and nothing was installed", report))
            }
            Installation::Done(report) if report.status == PluginStatus::Refused => {
                Err(refused(Code::Conflict, "It is in the folder, and refused there", report))
            }
            Installation::Done(_) => Ok((manifest.name, manifest.version.to_string())),
        }
    }

    async fn remove(&self, plugin: &PluginName, by: &Actor) -> Result<(), Problem> {
        let is_bundled = self.folder.has_bundled(&plugin_files::file_of(plugin));
        plugin_files::remove(&self.plugin_dir, is_bundled, &self.administration, plugin, by).await?;
        // So that whoever looks next sees it gone.
        self.folder.refresh().await;
        Ok(())
    }
}
