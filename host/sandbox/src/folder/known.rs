//! What the passes over the folder have found so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use toolbay_kernel::catalog::Standing;
use toolbay_kernel::{CapabilityName, PluginName};

use super::entry::{Entry, Installing, Progress};
use super::names::Names;
use super::publish::{Candidate, Granted};
use crate::compile::InstallError;

/// Whether a pass waits for what it begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Takes files as they are, and ends when all are installed or refused.
    Complete,
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
        }
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
                    result: Err(InstallError::new(
                        format!("installing it failed: {error}"),
                        "see the host's log",
                    )),
                });
                entry.settle(ended);
            }
        }
    }

    pub(super) fn candidates(&self, grant_on_drop: &BTreeSet<CapabilityName>) -> Vec<Candidate> {
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

    pub(super) fn refused(&self) -> Vec<(String, Option<String>, InstallError)> {
        self.files
            .iter()
            .filter_map(|(file, entry)| Some((file.clone(), entry.digest.clone(), entry.refusal.clone()?)))
            .collect()
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
