//! The watched folder: what is put there is installed, what is taken away is gone, while the host runs.
//!
//! Everything published is a function of the folder, the cache, the grants and the record of who has which name, so that another process (`toolbay plugin
//! list`) comes to the same reports. The folder is looked at twice a second rather than watched by the system's means:
//! those differ, miss changes over network folders, and tell of a file before it is complete.
//!
//! # A replaced file that doesn't load
//!
//! Its tools are gone, and the report says why. Going on with the old version would publish something that no file in
//! the folder has. The same holds for a plugin whose name, or whose tool's name, another one has already: who has a name
//! keeps it (`names`). Calls that are running when a plugin goes run to their end.
//!
//! # Whatever lies in the folder
//!
//! What is live is looked at first and keeps its place; files that don't load count for nothing but their reports. A file
//! is read when there is room for its bytes, and a start waits a bounded time for what is new.

mod names;
mod publish;
mod report;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use toolbay_kernel::ports::Grants;
use toolbay_kernel::{CapabilityName, CatalogHandle, PluginName};

pub use report::{PluginReport, PluginStatus};

use crate::compile::InstallError;
use crate::inspect;
use crate::plugin::Installed;
use crate::sandbox::Sandbox;
use names::Names;
use publish::{Candidate, Granted, Published, too_many};
use scan::{Found, MAX_PLUGINS, Stamp};

/// Time between two looks at the folder. A file counts as complete when it looked the same twice.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Files that are in memory at the same time, on their way to the cache or the compiler.
const READ_AT_ONCE: usize = 4;

/// Time between two sweeps of the cache while nothing changes, so that what is used for months counts as used.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// The watched folder. Its plugins are in the catalog of its handle.
pub struct PluginFolder {
    sandbox: Arc<Sandbox>,
    folder: PathBuf,
    grants: Arc<dyn Grants>,
    catalogs: CatalogHandle,
    /// Held for a whole pass, so that passes don't overtake each other.
    known: Mutex<Known>,
    reading: Arc<Semaphore>,
    reports: RwLock<Arc<Vec<PluginReport>>>,
    left_out: RwLock<Option<String>>,
    /// Whether who has which name is written down for the next start.
    keeps_names: bool,
}

/// What earlier passes found.
struct Known {
    files: BTreeMap<String, Entry>,
    names: Names,
    granted: Granted,
    published: Option<Vec<Candidate>>,
    refused: Vec<(String, Option<String>, InstallError)>,
    /// What went wrong in the last pass, so that it is said once.
    failure: Option<String>,
    /// When the cache was swept last.
    swept: Option<Instant>,
}

/// One file, and how far it is.
struct Entry {
    stamp: Option<Stamp>,
    progress: Progress,
    digest: Option<String>,
    /// What its tools run on, until something else is known of the file.
    installed: Option<Arc<Installed>>,
    refusal: Option<InstallError>,
}

enum Progress {
    /// Seen once; it may not be complete.
    Waiting,
    /// Being read, checked and compiled.
    Installing(AbortOnDropHandle<Installing>),
    /// Installed or refused.
    Settled,
}

struct Installing {
    digest: Option<String>,
    result: Result<Arc<Installed>, InstallError>,
}

/// Whether a pass waits for what it begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Takes files as they are, and ends when all are installed or refused.
    Complete,
    /// Begins and collects, and waits for nothing.
    Glance,
}

impl PluginFolder {
    /// A folder whose plugins are published in `catalogs`. Nothing is read before the first pass.
    #[must_use]
    pub fn new(
        sandbox: Arc<Sandbox>,
        folder: PathBuf,
        grants: Arc<dyn Grants>,
        catalogs: CatalogHandle,
    ) -> Self {
        let known = Known {
            files: BTreeMap::new(),
            names: Names::load(sandbox.data_dir(), &folder),
            granted: Granted::default(),
            published: None,
            refused: Vec::new(),
            failure: None,
            swept: None,
        };
        Self {
            sandbox,
            folder,
            grants,
            catalogs,
            known: Mutex::new(known),
            reading: Arc::new(Semaphore::new(READ_AT_ONCE)),
            reports: RwLock::new(Arc::default()),
            left_out: RwLock::new(None),
            keeps_names: true,
        }
    }

    /// The same folder for a process beside the one that serves: it comes to the same reports, and leaves it to the
    /// other to write down who has which name.
    #[must_use]
    pub fn beside_another(self) -> Self {
        Self { keeps_names: false, ..self }
    }

    /// What of the folder isn't looked at, in words.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        self.left_out.read().clone()
    }

    /// How many files are still being read, checked or compiled.
    pub async fn pending(&self) -> usize {
        self.known.lock().await.files.values().filter(|entry| entry.is_pending()).count()
    }

    /// Forgets that a file with these bytes was refused before, so that it is looked at again.
    pub fn look_again(&self, component: &[u8]) {
        self.sandbox.forget(component);
    }

    /// What is known of each file, by file name.
    #[must_use]
    pub fn reports(&self) -> Vec<PluginReport> {
        self.reports.read().as_ref().clone()
    }

    /// One complete pass: when it returns, the catalog has what the folder has.
    pub async fn refresh(&self) {
        self.pass(Pass::Complete).await;
    }

    /// A first pass that waits this long at most: what isn't installed or refused by then is left to the passes that
    /// follow, so that a file which takes its time keeps no host from starting.
    pub async fn start(&self, within: Duration) {
        if tokio::time::timeout(within, self.refresh()).await.is_err() {
            self.pass(Pass::Glance).await;
            let pending = self.pending().await;
            tracing::warn!(pending, "plugin_folder.start_goes_on: some files are still being looked at");
        }
    }

    /// Keeps the catalog as the folder and the grants are, until it is cancelled.
    pub async fn watch(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            self.pass(Pass::Glance).await;
        }
    }

    async fn pass(&self, pass: Pass) {
        let mut known = self.known.lock().await;
        let folder = self.folder.clone();
        let live = known.names.files();
        let mut failure = None;
        match tokio::task::spawn_blocking(move || scan::scan(&folder, &live)).await {
            Ok(Ok(listing)) => {
                self.note_left_out(listing.left_out);
                self.compare(&mut known, listing.found, pass).await;
            }
            // What was found before stays: a folder that can't be read for a moment must not take every tool away.
            Ok(Err(error)) => failure = Some(format!("the plugin folder can't be read: {error}")),
            Err(error) => failure = Some(format!("looking at the plugin folder failed: {error}")),
        }
        known.collect(pass).await;
        match self.grants.grants().await {
            Ok(granted) => known.granted = granted,
            Err(error) => {
                failure = Some(format!("the grants can't be read, so they stay as they were: {error}"));
            }
        }
        self.publish(&mut known).await;
        known.note(failure);
    }

    /// Notes what is new, changed and gone, and installs what is complete.
    async fn compare(&self, known: &mut Known, found: Vec<Found>, pass: Pass) {
        let present: BTreeSet<&str> = found.iter().map(|found| found.file.as_str()).collect();
        known.files.retain(|file, _| present.contains(file.as_str()));
        let mut waiting = self.begin_all(known, found, pass);
        // A file that turns out not to load leaves its place to one that waits. Each round begins at least one.
        while pass == Pass::Complete && !waiting.is_empty() {
            known.collect(pass).await;
            if known.taken() >= MAX_PLUGINS {
                break;
            }
            waiting = self.begin_all(known, waiting, pass);
        }
    }

    /// Begins to install what is complete, and answers what waits for a place.
    fn begin_all(&self, known: &mut Known, found: Vec<Found>, pass: Pass) -> Vec<Found> {
        let mut waiting = Vec::new();
        let mut taken = known.taken();
        for Found { file, content } in found {
            match content {
                Err(refusal) => {
                    known.files.insert(file, Entry::refused(refusal));
                }
                Ok((path, stamp)) => {
                    let entry = known.files.entry(file.clone()).or_insert_with(Entry::new);
                    let is_unchanged = entry.stamp.replace(stamp) == Some(stamp);
                    let had_a_place = entry.takes_a_place();
                    if !is_unchanged {
                        entry.progress = Progress::Waiting;
                    }
                    let is_complete = is_unchanged || pass == Pass::Complete;
                    if is_complete && matches!(entry.progress, Progress::Waiting) {
                        // What is live keeps its place, and what comes later waits for one.
                        if !had_a_place && taken >= MAX_PLUGINS {
                            entry.refusal = Some(too_many());
                            waiting.push(Found { file, content: Ok((path, stamp)) });
                            continue;
                        }
                        taken += usize::from(!had_a_place);
                        entry.progress =
                            Progress::Installing(self.begin(path, stamp, entry.installed.clone()));
                    }
                }
            }
        }
        waiting
    }

    fn note_left_out(&self, left_out: Option<String>) {
        let mut known = self.left_out.write();
        if let Some(what) = &left_out
            && *known != left_out
        {
            tracing::warn!("plugin_folder.too_many_files: {what}");
        }
        *known = left_out;
    }

    fn begin(
        &self,
        path: PathBuf,
        stamp: Stamp,
        before: Option<Arc<Installed>>,
    ) -> AbortOnDropHandle<Installing> {
        let sandbox = Arc::clone(&self.sandbox);
        let reading = Arc::clone(&self.reading);
        AbortOnDropHandle::new(tokio::spawn(async move {
            // Nobody closes it, so there is always a place in the end.
            let _place = reading.acquire_owned().await;
            let read = crate::blocking::blocking(move || {
                let bytes = scan::read(&path, &stamp)?;
                Ok((inspect::digest(&bytes), bytes))
            });
            let failed =
                |error| InstallError::new(format!("reading it failed: {error}"), "see the host's log");
            let (digest, bytes) = match read.await.unwrap_or_else(|error| Err(failed(error))) {
                Ok(read) => read,
                Err(refusal) => return Installing { digest: None, result: Err(refusal) },
            };
            let result = match before.filter(|before| before.digest() == digest) {
                // Only touched: what runs already is right.
                Some(before) => Ok(before),
                None => sandbox.install(bytes).await,
            };
            Installing { digest: Some(digest), result }
        }))
    }

    /// Swaps the catalog when it would be another one, and renews the reports.
    async fn publish(&self, known: &mut Known) {
        let candidates = known.candidates(self.sandbox.grant_on_drop());
        let refused = known.refused();
        let is_same_catalog = known.published.as_ref() == Some(&candidates);
        if is_same_catalog && known.refused == refused {
            self.sweep(known).await;
            return;
        }
        known.published = Some(candidates.clone());
        let catalogs = self.catalogs.clone();
        let held = known.names.held().to_vec();
        let publishing =
            tokio::task::spawn_blocking(move || publish::publish(catalogs.begin(), candidates, &held));
        let Ok(Published { catalog, mut reports, live }) = publishing.await else {
            known.published = None;
            return;
        };
        // Written down before anybody can call them: a host that is killed then starts with the same.
        let present = known.files.keys().cloned().collect();
        if known.names.renew(live, &present) && self.keeps_names {
            known.names.save();
        }
        if !is_same_catalog {
            self.catalogs.swap(catalog);
        }
        reports.extend(
            refused.iter().map(|(file, digest, error)| PluginReport::refused(file, digest.clone(), error)),
        );
        reports.sort_by(|one, other| one.file.cmp(&other.file));
        known.refused = refused;
        self.tell(&reports);
        *self.reports.write() = Arc::new(reports);
        if !is_same_catalog {
            known.swept = None;
        }
        self.sweep(known).await;
    }

    /// Sweeps the cache when that was long ago, or other plugins are published since.
    async fn sweep(&self, known: &mut Known) {
        if known.swept.is_some_and(|swept| swept.elapsed() < SWEEP_EVERY) {
            return;
        }
        known.swept = Some(Instant::now());
        let installed = known.files.values().filter_map(|entry| entry.installed.as_ref());
        self.sandbox.sweep(installed.map(|installed| installed.digest().to_owned()).collect()).await;
    }

    fn tell(&self, reports: &[PluginReport]) {
        let before = Arc::clone(&self.reports.read());
        for report in reports {
            report.log(before.iter().find(|known| known.file == report.file));
        }
        for gone in before.iter().filter(|known| !reports.iter().any(|report| report.file == known.file)) {
            tracing::info!(plugin = gone.name, file = gone.file, "plugin.removed");
        }
    }
}

impl Known {
    /// How many plugins are live, or may become so.
    fn taken(&self) -> usize {
        self.files.values().filter(|entry| entry.takes_a_place()).count()
    }

    /// Takes what has been installed or refused meanwhile; a complete pass waits for it.
    async fn collect(&mut self, pass: Pass) {
        for entry in self.files.values_mut() {
            if let Progress::Installing(task) = &mut entry.progress
                && (pass == Pass::Complete || task.is_finished())
            {
                let ended = task.await.unwrap_or_else(|error| Installing {
                    digest: None,
                    result: Err(InstallError::new(
                        format!("installing it failed: {error}"),
                        "see the host's log",
                    )),
                });
                entry.settle(ended);
            }
        }
    }

    fn candidates(&self, grant_on_drop: &BTreeSet<CapabilityName>) -> Vec<Candidate> {
        let granted = |name: &PluginName| {
            self.granted.get(name).into_iter().flatten().chain(grant_on_drop).copied().collect()
        };
        self.files
            .iter()
            .filter_map(|(file, entry)| {
                let installed = Arc::clone(entry.installed.as_ref()?);
                Some(Candidate {
                    file: file.clone(),
                    granted: granted(&installed.manifest().name),
                    installed,
                })
            })
            .collect()
    }

    fn refused(&self) -> Vec<(String, Option<String>, InstallError)> {
        self.files
            .iter()
            .filter_map(|(file, entry)| Some((file.clone(), entry.digest.clone(), entry.refusal.clone()?)))
            .collect()
    }

    /// Says a failure once, until a pass succeeds or fails otherwise.
    fn note(&mut self, failure: Option<String>) {
        if let Some(what) = &failure
            && self.failure != failure
        {
            tracing::error!("plugin_folder.failed: {what}");
        }
        self.failure = failure;
    }
}

impl Entry {
    fn new() -> Self {
        Self { stamp: None, progress: Progress::Waiting, digest: None, installed: None, refusal: None }
    }

    fn refused(refusal: InstallError) -> Self {
        Self { progress: Progress::Settled, refusal: Some(refusal), ..Self::new() }
    }

    /// Whether it is, or may become, one of the plugins that the host serves.
    fn takes_a_place(&self) -> bool {
        self.installed.is_some() || matches!(self.progress, Progress::Installing(_))
    }

    /// Whether it is neither installed nor refused yet.
    fn is_pending(&self) -> bool {
        match self.progress {
            Progress::Waiting => self.refusal.is_none(),
            Progress::Installing(_) => true,
            Progress::Settled => false,
        }
    }

    fn settle(&mut self, ended: Installing) {
        self.progress = Progress::Settled;
        self.digest = ended.digest;
        match ended.result {
            Ok(installed) => {
                self.installed = Some(installed);
                self.refusal = None;
            }
            Err(refusal) => {
                self.installed = None;
                self.refusal = Some(refusal);
            }
        }
    }
}
