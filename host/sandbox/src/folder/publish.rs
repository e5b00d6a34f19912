//! From the plugins of the folder to what it offers the catalog, and from what the catalog makes of that to reports.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use toolbay_kernel::catalog::{Offered, Refusal, Standing};
use toolbay_kernel::{CapabilityName, Permissions, PluginName};

use super::names::Held;
use super::report::PluginReport;
use super::scan::MAX_PLUGINS;
use super::unreachable::Unreachable;
use crate::compile::InstallError;
use crate::plugin::{Installed, Plugin};

/// What operators granted, by plugin.
pub(super) type Granted = HashMap<PluginName, BTreeSet<CapabilityName>>;

/// A plugin that wants to be published.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) file: String,
    pub(super) installed: Arc<Installed>,
    pub(super) granted: BTreeSet<CapabilityName>,
    pub(super) is_bundled: bool,
    /// What it would reach and can't: it is not published.
    pub(super) idle: Option<Arc<Unreachable>>,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
            && self.granted == other.granted
            && self.is_bundled == other.is_bundled
            && self.idle == other.idle
            && self.installed.digest() == other.installed.digest()
    }
}

impl Candidate {
    fn offered(&self, held: Option<&Held>) -> Offered {
        let manifest = self.installed.manifest();
        let permissions = Permissions {
            provider: manifest.name.to_string(),
            asked: manifest.capabilities.clone(),
            granted: self.granted.clone(),
        };
        Offered {
            provider: Arc::new(Plugin::new(Arc::clone(&self.installed), Arc::new(permissions))),
            tools: match self.idle {
                Some(_) => Arc::default(),
                None => Arc::clone(self.installed.tools()),
            },
            held: held.map(Into::into),
        }
    }
}

/// What the folder offers, with whose it is: first the files that were live, in the order of the record, then those that
/// come new, the bundled ones before others, by file name.
pub(super) fn offer(candidates: &[Candidate], held: &[Held]) -> (Vec<Candidate>, Vec<Offered>) {
    let positions: HashMap<&str, usize> =
        held.iter().enumerate().map(|(position, held)| (held.file.as_str(), position)).collect();
    let position = |candidate: &Candidate| positions.get(candidate.file.as_str()).copied();
    let mut ordered = candidates.to_vec();
    ordered.sort_by_cached_key(|candidate| {
        (position(candidate).unwrap_or(usize::MAX), !candidate.is_bundled, candidate.file.clone())
    });
    let offered = ordered
        .iter()
        .map(|candidate| candidate.offered(position(candidate).and_then(|position| held.get(position))))
        .collect();
    (ordered, offered)
}

/// Who is live with what, first come first.
pub(super) fn live(offered: &[Candidate], standings: &[Standing]) -> Vec<Held> {
    offered
        .iter()
        .zip(standings)
        .filter(|(_, standing)| !standing.published.is_empty())
        .map(|(candidate, standing)| Held {
            file: candidate.file.clone(),
            plugin: candidate.installed.manifest().name.clone(),
            tools: standing.published.clone(),
        })
        .collect()
}

/// What became of the candidates.
pub(super) fn reports(offered: &[Candidate], standings: &[Standing]) -> Vec<PluginReport> {
    let report = |(candidate, standing): (&Candidate, &Standing)| {
        let Candidate { file, installed, granted, is_bundled, idle } = candidate;
        if let Some(unreachable) = idle {
            return PluginReport {
                is_bundled: *is_bundled,
                ..PluginReport::idle(file, installed, granted, unreachable)
            };
        }
        let namesake = standing.namesake.and_then(|position| offered.get(position));
        let refusal = match namesake {
            Some(first) => {
                let (name, first_is_bundled) = (&installed.manifest().name, first.is_bundled);
                let first = &first.file;
                let fix = if first_is_bundled {
                    format!("name the file {first}: then it takes the place of the bundled plugin")
                } else {
                    format!("remove one of {first} and {file}")
                };
                Some(InstallError::new(format!("there is a plugin `{name}` already, in {first}"), fix))
            }
            None => describe(&standing.refused),
        };
        let names = installed.tools().iter().map(|tool| &tool.definition().name);
        let published = names.filter(|name| standing.published.contains_key(*name)).cloned().collect();
        PluginReport {
            is_bundled: *is_bundled,
            ..PluginReport::installed(file, installed, granted, published, refusal)
        }
    };
    offered.iter().zip(standings).map(report).collect()
}

/// Why a plugin isn't taken when there are as many as the host serves.
pub(super) fn too_many() -> InstallError {
    InstallError::new(
        format!("{MAX_PLUGINS} plugins are live already, which is the most that a host serves"),
        "remove plugins that nobody uses",
    )
}

fn describe(refusals: &[Refusal]) -> Option<InstallError> {
    if refusals.is_empty() {
        return None;
    }
    let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let fix = if refusals.iter().any(Refusal::is_taken) {
        "remove one of the plugins, or have an author rename the tool"
    } else {
        "correct it in the plugin's source"
    };
    Some(InstallError::new(reasons.join("; "), fix))
}
