//! What the passes over the folder have found so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use toolbay_kernel::catalog::Standing;
use toolbay_kernel::{CapabilityName, PluginName};

use super::bundled::BundledPlugin;
use super::entry::{Entry, Installing, Progress};
use super::names::Names;
use super::publish::{Candidate, Granted};
use super::unreachable::Unreachable;
use crate::compile::InstallError;

/// Whether a pass waits for what it begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Takes files as they are, and ends when all are installed or refused.
    Complete,
    /// Takes files as they are, and waits for nothing.
    First,
    /// Begins and collects, and waits for nothing.
    Glance,
}

/// What earlier passes found.
pub(super) struct Known {
    pub(super) files: BTreeMap<String, Entry>,
    pub(super) names: Names,
    pub(super) granted: Granted,
    /// What was offered last, by file name.
    pub(super) candidates: Option<Vec<Candidate>>,
    /// The same in the order in which it was offered.
    pub(super) offered: Vec<Candidate>,
    /// How it stands in the catalog, in the same order.
    pub(super) standings: Arc<[Standing]>,
    pub(super) refused: Vec<(String, Option<String>, InstallError)>,
    /// What went wrong in the last pass, so that it is said once.
    failure: Option<String>,
    /// When the cache was swept last.
    pub(super) swept: Option<Instant>,
    /// Whether everything has been read that was there at the start, or nobody waits for it any more.
    pub(super) is_loaded: bool,
    /// Whether nobody waits for what is still being read.
    pub(super) waits_no_longer: bool,
}

impl Known {
    /// Nothing yet but the record of who had which name.
    pub(super) fn of(names: Names) -> Self {
        Self {
            files: BTreeMap::new(),
            names,
            granted: Granted::default(),
            candidates: None,
            offered: Vec::new(),
            standings: Arc::default(),
            refused: Vec::new(),
            failure: None,
            swept: None,
            is_loaded: false,
            waits_no_longer: false,
        }
    }

    /// How many files are neither installed nor refused yet.
    pub(super) fn pending(&self) -> usize {
        self.files.values().filter(|entry| entry.is_pending()).count()
    }

    /// Whether something has been installed or refused that hasn't been taken yet.
    pub(super) fn has_news(&self) -> bool {
        self.files.values().any(Entry::has_ended)
    }

    /// Whether a file that had names before is still being read. Until then nobody new gets any.
    fn awaits_a_holder(&self) -> bool {
        let held = self.names.held().iter();
        held.filter_map(|held| self.files.get(&held.file)).any(Entry::is_pending)
    }

    /// The files that there are.
    pub(super) fn present(&self) -> BTreeSet<String> {
        self.files.keys().cloned().collect()
    }

    /// How many plugins are live, or may become so.
    pub(super) fn taken(&self) -> usize {
        self.files.values().filter(|entry| entry.takes_a_slot()).count()
    }

    /// Takes what has been installed or refused meanwhile; a complete pass waits for it.
    pub(super) async fn collect(&mut self, pass: Pass) {
        for entry in self.files.values_mut() {
            if let Progress::Installing(task) = &mut entry.progress
                && (pass == Pass::Complete || task.is_finished())
            {
                let ended = task.await.unwrap_or_else(|error| Installing {
                    digest: None,
                    bundled: None,
                    result: Err(InstallError::new(
                        format!("installing it failed: {error}"),
                        "see the host's log",
                    )),
                });
                entry.settle(ended);
            }
        }
    }

    pub(super) fn candidates(
        &self,
        grant_on_drop: &BTreeSet<CapabilityName>,
        unreachable: &[Arc<Unreachable>],
    ) -> Vec<Candidate> {
        let granted = |name: &PluginName, bundled: Option<&BundledPlugin>| {
            let by_itself = bundled.map_or(grant_on_drop, |bundled| &bundled.grants);
            self.granted.get(name).into_iter().flatten().chain(by_itself).copied().collect()
        };
        let is_held = |file: &str| self.names.held().iter().any(|held| held.file == file);
        let only_held = !self.is_loaded && self.awaits_a_holder();
        self.files
            .iter()
            .filter(|(file, _)| !only_held || is_held(file))
            .filter_map(|(file, entry)| {
                let installed = Arc::clone(entry.installed.as_ref()?);
                Some(Candidate {
                    file: file.clone(),
                    granted: granted(&installed.manifest().name, entry.bundled.as_deref()),
                    is_bundled: entry.bundled.is_some(),
                    idle: unreachable
                        .iter()
                        .find(|unreachable| unreachable.is_all_of(&installed.manifest().capabilities))
                        .cloned(),
                    installed,
                })
            })
            .collect()
    }

    pub(super) fn refused(&self) -> Vec<(String, Option<String>, InstallError)> {
        self.files
            .iter()
            .filter_map(|(file, entry)| Some((file.clone(), entry.digest.clone(), entry.refusal.clone()?)))
            .collect()
    }

    /// Whether the last pass could look at everything.
    pub(super) fn has_looked(&self) -> bool {
        self.failure.is_none()
    }

    /// Whether what is known is all that there is, so that it may be written down whose names are whose. After a pass that
    /// couldn't look, a file that isn't known may be there.
    pub(super) fn is_sure(&self) -> bool {
        self.is_loaded && self.has_looked()
    }

    /// Says a failure once, until a pass succeeds or fails otherwise.
    pub(super) fn note(&mut self, failure: Option<String>) {
        if let Some(what) = &failure
            && self.failure != failure
        {
            tracing::error!("plugin_folder.failed: {what}");
        }
        self.failure = failure;
    }
}
