//! The watched folder: what is put there is installed, what is taken away is gone, while the host runs.
//!
//! The folder is a source of the catalog: it scans, installs, offers what it has, and reports what became of it. What it
//! offers is a function of the folder, the cache, the grants and the record of who has which name, so that another process
//! (`toolbay plugin list`) comes to the same reports. The folder is looked at twice a second rather than watched by the
//! system's means: those differ, miss changes over network folders, and tell of a file before it is complete.
//!
//! # A replaced file that doesn't load
//!
//! Its tools are gone, and the report says why. Going on with the old version would publish something that no file in
//! the folder has. The same holds for a plugin whose name, or whose tool's name, another one has already: who has a name
//! keeps it, which the catalog decides and `names` keeps over restarts. Calls that are running when a plugin goes run to their end.
//!
//! # Whatever lies in the folder
//!
//! What is live is looked at first and keeps its slot; files that don't load count for nothing but their reports. A file
//! is read when there is room for its bytes, and a start waits a bounded time for what is new. A host that serves doesn't
//! wait (`loading`): what has been read is published, and the rest follows.

mod bundled;
mod entry;
mod kept;
mod known;
mod loading;
mod names;
mod publish;
mod report;
mod scan;
mod unreachable;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use tokio::sync::{Mutex, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use toolbay_kernel::catalog::{Loading, Standing};
use toolbay_kernel::ports::Grants;
use toolbay_kernel::{CatalogHandle, Source};

pub use bundled::BundledPlugin;
pub use kept::KeptComponents;
pub use report::{PluginReport, PluginStatus};
pub use unreachable::Unreachable;

use crate::compile::{InstallError, MAX_COMPILE_AT_ONCE};
use crate::inspect;
use crate::plugin::Installed;
use crate::sandbox::Sandbox;
use entry::{Entry, Installing, Progress};
use known::{Known, Pass};
use loading::UnderWay;
use names::Names;
use publish::{Candidate, too_many};
use scan::{Content, Found, MAX_PLUGINS};

/// Time between two looks at the folder. A file counts as complete when it looked the same twice.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Files that are in memory at the same time, on their way to the cache or the compiler: those that are being compiled, and
/// two that are next.
const READ_AT_ONCE: usize = MAX_COMPILE_AT_ONCE + 2;

/// Time between two sweeps of the cache while nothing changes, so that what is used for months counts as used.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// The watched folder. Its plugins are in the catalog of its handle.
pub struct PluginFolder {
    sandbox: Arc<Sandbox>,
    folder: PathBuf,
    bundled: Vec<Arc<BundledPlugin>>,
    grants: Arc<dyn Grants>,
    source: Source,
    /// Held for a whole pass, so that passes don't overtake each other.
    known: Mutex<Known>,
    reading: Arc<Semaphore>,
    /// How many files are being installed.
    installing: watch::Sender<usize>,
    reports: watch::Sender<Arc<Vec<PluginReport>>>,
    left_out: RwLock<Option<String>>,
    /// Whether who has which name is written down for the next start.
    keeps_names: bool,
}

impl PluginFolder {
    /// A folder whose plugins are published in `catalogs`, as another source of it. Nothing is read before the first pass.
    #[must_use]
    pub fn new(
        sandbox: Arc<Sandbox>,
        folder: PathBuf,
        grants: Arc<dyn Grants>,
        catalogs: &CatalogHandle,
    ) -> Self {
        let known = Known::of(Names::load(sandbox.data_dir(), &folder));
        let source = catalogs.source();
        source.tell_loading(Some(Loading { read: 0, all: 0 }));
        Self {
            sandbox,
            folder,
            bundled: Vec::new(),
            grants,
            source,
            known: Mutex::new(known),
            reading: Arc::new(Semaphore::new(READ_AT_ONCE)),
            installing: watch::Sender::new(0),
            reports: watch::Sender::default(),
            left_out: RwLock::new(None),
            keeps_names: true,
        }
    }

    /// The same folder with plugins that come with the program.
    #[must_use]
    pub fn with_bundled(self, bundled: Vec<BundledPlugin>) -> Self {
        Self { bundled: bundled.into_iter().map(Arc::new).collect(), ..self }
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

    /// Whether a plugin of the program stands in the folder as a file of this name.
    #[must_use]
    pub fn has_bundled(&self, file: &str) -> bool {
        self.bundled.iter().any(|plugin| plugin.file == file)
    }

    /// How many files are still being read, checked or compiled.
    pub async fn pending(&self) -> usize {
        self.known.lock().await.pending()
    }

    /// Forgets that a file with these bytes was refused before, so that it is looked at again.
    pub fn look_again(&self, component: &[u8]) {
        self.sandbox.forget(component);
    }

    /// What would become of a component that stood in a folder alone, as a file of this name. It is looked at, whatever became of it
    /// before.
    pub async fn try_out(&self, file: &str, component: Vec<u8>) -> PluginReport {
        self.look_again(&component);
        let digest = inspect::digest(&component);
        match self.sandbox.install(component).await {
            Ok(installed) => {
                let tools = installed.tools().iter().map(|tool| tool.definition().name.clone()).collect();
                PluginReport::installed(file, &installed, self.sandbox.grant_on_drop(), tools, None)
            }
            Err(refusal) => PluginReport::refused(file, Some(digest), &refusal),
        }
    }

    /// What is known of each file, by file name.
    #[must_use]
    pub fn reports(&self) -> Vec<PluginReport> {
        self.reports.borrow().as_ref().clone()
    }

    /// Hears of each change of the reports.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<Vec<PluginReport>>> {
        self.reports.subscribe()
    }

    /// One complete pass: when it returns, the catalog has what the folder has.
    pub async fn refresh(&self) {
        self.pass(Pass::Complete).await;
    }

    /// A first pass that waits this long at most: what isn't installed or refused by then is left to the passes that
    /// follow, so that a file which takes its time keeps no host from starting.
    pub async fn start(&self, within: Duration) {
        if tokio::time::timeout(within, self.refresh()).await.is_err() {
            self.end_loading().await;
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
        let (live, bundled) = (known.names.files(), self.bundled.clone());
        let mut failure = None;
        let scanning = tokio::task::spawn_blocking(move || {
            let scanned = scan::scan(&folder, &live);
            let (mut listing, failed) = match scanned {
                Ok(listing) => (listing, None),
                Err(error) => (scan::Listing::default(), Some(error)),
            };
            bundled::add(&mut listing, &bundled, &live);
            (listing, failed)
        });
        match scanning.await {
            Ok((listing, None)) => {
                self.note_left_out(listing.left_out);
                self.compare(&mut known, listing.found, pass).await;
            }
            // What was found before stays: a folder that can't be read for a moment must not take every tool away. Where nothing
            // was, what is bundled is served meanwhile.
            Ok((listing, Some(error))) => {
                failure = Some(format!("the plugin folder can't be read: {error}"));
                if known.files.is_empty() {
                    self.compare(&mut known, listing.found, pass).await;
                }
            }
            Err(error) => failure = Some(format!("looking at the plugin folder failed: {error}")),
        }
        known.collect(pass).await;
        let failure = self.read_grants(&mut known).await.or(failure);
        known.note(failure);
        self.publish(&mut known).await;
    }

    /// Reads what operators granted; answers why it can't be read.
    async fn read_grants(&self, known: &mut Known) -> Option<String> {
        match self.grants.grants().await {
            Ok(granted) => {
                known.granted = granted;
                None
            }
            Err(error) => Some(format!("the grants can't be read, so they stay as they were: {error}")),
        }
    }

    /// Notes what is new, changed and gone, and installs what is complete.
    async fn compare(&self, known: &mut Known, found: Vec<Found>, pass: Pass) {
        let present: BTreeSet<&str> = found.iter().map(|found| found.file.as_str()).collect();
        known.files.retain(|file, _| present.contains(file.as_str()));
        let mut waiting = self.begin_all(known, found, pass);
        // A file that turns out not to load leaves its slot to one that waits. Each round begins at least one.
        while pass == Pass::Complete && !waiting.is_empty() {
            known.collect(pass).await;
            if known.taken() >= MAX_PLUGINS {
                break;
            }
            waiting = self.begin_all(known, waiting, pass);
        }
    }

    /// Begins to install what is complete, and answers what waits for a slot.
    fn begin_all(&self, known: &mut Known, found: Vec<Found>, pass: Pass) -> Vec<Found> {
        let mut waiting = Vec::new();
        let mut taken = known.taken();
        for Found { file, content } in found {
            match content {
                Err(refusal) => {
                    known.files.insert(file, Entry::refused(refusal));
                }
                Ok(content) => {
                    let entry = known.files.entry(file.clone()).or_insert_with(Entry::new);
                    let mark = content.mark();
                    let is_unchanged = entry.mark.replace(mark) == Some(mark);
                    let had_a_slot = entry.takes_a_slot();
                    if !is_unchanged {
                        entry.progress = Progress::Waiting;
                    }
                    let is_complete = is_unchanged || pass != Pass::Glance;
                    if is_complete && matches!(entry.progress, Progress::Waiting) {
                        // What is live keeps its slot, and what comes later waits for one.
                        if !had_a_slot && taken >= MAX_PLUGINS {
                            entry.refusal = Some(too_many());
                            waiting.push(Found { file, content: Ok(content) });
                            continue;
                        }
                        taken += usize::from(!had_a_slot);
                        entry.progress = Progress::Installing(self.begin(content, entry.installed.clone()));
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

    fn begin(&self, content: Content, before: Option<Arc<Installed>>) -> AbortOnDropHandle<Installing> {
        let sandbox = Arc::clone(&self.sandbox);
        let reading = Arc::clone(&self.reading);
        let under_way = UnderWay::begin(&self.installing);
        AbortOnDropHandle::new(tokio::spawn(async move {
            let _under_way = under_way;
            let bundled = content.bundled().cloned();
            // Nobody closes it, so there is always a slot in the end.
            let _slot = reading.acquire_owned().await;
            let read = crate::blocking::blocking(move || {
                let bytes = content.read()?;
                Ok((inspect::digest(&bytes), bytes))
            });
            let failed =
                |error| InstallError::new(format!("reading it failed: {error}"), "see the host's log");
            let (digest, bytes) = match read.await.unwrap_or_else(|error| Err(failed(error))) {
                Ok(read) => read,
                Err(refusal) => return Installing { digest: None, bundled, result: Err(refusal) },
            };
            let result = match before.filter(|before| before.digest() == digest) {
                // Only touched: what runs already is right.
                Some(before) => Ok(before),
                None => sandbox.install(bytes).await,
            };
            Installing { digest: Some(digest), bundled, result }
        }))
    }

    /// Offers the catalog what there is, when it is something else than before, and renews the reports.
    async fn publish(&self, known: &mut Known) {
        let is_first = self.tell_loading(known);
        let candidates = known.candidates(self.sandbox.grant_on_drop(), self.sandbox.unreachable());
        let is_new = is_first || known.candidates.as_ref() != Some(&candidates);
        let is_taken = !is_new || self.offer(known, candidates, is_first).await;
        if known.is_loaded {
            self.source.tell_loading(None);
        }
        if !is_taken {
            return;
        }
        // Another source can give up a name that a plugin waits for.
        let standings = self.source.standings();
        let refused = known.refused();
        let is_same = known.refused == refused && Arc::ptr_eq(&known.standings, &standings);
        if is_new || !is_same {
            known.standings = standings;
            known.refused = refused;
            self.report(known);
        }
        if is_new {
            known.swept = None;
        }
        self.sweep(known).await;
    }

    /// Answers whether the catalog has it now.
    async fn offer(&self, known: &mut Known, candidates: Vec<Candidate>, is_first: bool) -> bool {
        let (ordered, offered) = publish::offer(&candidates, known.names.held());
        let mut names = known.names.clone();
        let present = known.present();
        let (source, keeps_names, is_loaded) = (self.source.clone(), self.keeps_names, known.is_loaded);
        let is_sure = known.is_sure();
        let publishing = tokio::task::spawn_blocking(move || {
            let record = |standings: &[Standing]| {
                // Written down before anybody can call them: a host that is killed then starts with the same. What is
                // published while others are still being read may not be what comes of it in the end.
                if is_sure && names.renew(publish::live(&ordered, standings), &present) && keeps_names {
                    names.save();
                }
            };
            if is_loaded && !is_first {
                source.publish_recorded(offered, record);
            } else {
                source.publish_loading(offered, record);
            }
            (names, ordered)
        });
        let published = publishing.await;
        let is_published = published.is_ok();
        known.candidates = is_published.then_some(candidates);
        if let Ok((names, ordered)) = published {
            known.names = names;
            known.offered = ordered;
        }
        is_published
    }

    fn report(&self, known: &mut Known) {
        let live = publish::live(&known.offered, &known.standings);
        let present = known.present();
        if known.is_sure() && known.names.renew(live, &present) && self.keeps_names {
            known.names.save();
        }
        let mut reports = publish::reports(&known.offered, &known.standings);
        reports.extend(known.refused.iter().map(|(file, digest, error)| PluginReport {
            is_bundled: known.files.get(file).is_some_and(|entry| entry.bundled.is_some()),
            ..PluginReport::refused(file, digest.clone(), error)
        }));
        reports.sort_by(|one, other| one.file.cmp(&other.file));
        self.tell(&reports);
        self.reports.send_replace(Arc::new(reports));
    }

    /// Sweeps the cache when that was long ago, or other plugins are published since.
    async fn sweep(&self, known: &mut Known) {
        // What is still to be read may be in the cache, and hasn't been used for long.
        if !known.is_loaded || known.swept.is_some_and(|swept| swept.elapsed() < SWEEP_EVERY) {
            return;
        }
        known.swept = Some(Instant::now());
        let installed = known.files.values().filter_map(|entry| entry.installed.as_ref());
        self.sandbox.sweep(installed.map(|installed| installed.digest().to_owned()).collect()).await;
    }

    fn tell(&self, reports: &[PluginReport]) {
        let before = Arc::clone(&self.reports.borrow());
        for report in reports {
            report.log(before.iter().find(|known| known.file == report.file));
        }
        for gone in before.iter().filter(|known| !reports.iter().any(|report| report.file == known.file)) {
            tracing::info!(plugin = gone.name, file = gone.file, "plugin.removed");
        }
    }
}
