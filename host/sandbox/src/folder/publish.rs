//! From the plugins of the folder to a catalog and its reports.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use toolbay_kernel::catalog::Refusal;
use toolbay_kernel::schema::PreparedTool;
use toolbay_kernel::{CapabilityName, Catalog, Permissions, PluginName, Provider, ToolName};

use super::names::Held;
use super::report::PluginReport;
use super::scan::MAX_PLUGINS;
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
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
            && self.granted == other.granted
            && self.installed.digest() == other.installed.digest()
    }
}

/// What became of the candidates.
pub(super) struct Published {
    pub(super) catalog: Catalog,
    pub(super) reports: Vec<PluginReport>,
    /// Who is live with what, first come first.
    pub(super) live: Vec<Held>,
}

/// A candidate on its way into the catalog.
struct Entrant<'a> {
    candidate: Candidate,
    held: Option<&'a Held>,
    provider: Arc<dyn Provider>,
    /// Why none of its tools are published.
    refusal: Option<InstallError>,
    published: BTreeSet<ToolName>,
    /// What the last round refused.
    refused: Vec<Refusal>,
}

/// Adds the candidates to a catalog.
///
/// Who has a name keeps it: names go first to the files that `held` says had them, in its order, then to those that come
/// new, by file name. So a plugin that is replaced by one with more tools takes none from another one that is live.
pub(super) fn publish(catalog: Catalog, candidates: Vec<Candidate>, held: &[Held]) -> Published {
    let mut publishing = Publishing { catalog, entrants: entrants(candidates, held) };
    publishing.choose_plugins();
    publishing.add(|held, tool| held.is_some_and(|held| held.has_whole(tool)));
    publishing.add(|held, tool| held.is_some_and(|held| held.has(tool)));
    publishing.add(|_, _| true);
    publishing.end()
}

fn entrants(candidates: Vec<Candidate>, held: &[Held]) -> Vec<Entrant<'_>> {
    let places: HashMap<&str, usize> =
        held.iter().enumerate().map(|(place, held)| (held.file.as_str(), place)).collect();
    let mut entrants: Vec<(usize, Entrant<'_>)> = candidates
        .into_iter()
        .map(|candidate| {
            let place = places.get(candidate.file.as_str()).copied();
            let manifest = candidate.installed.manifest();
            let permissions = Arc::new(Permissions {
                provider: manifest.name.to_string(),
                asked: manifest.capabilities.clone(),
                granted: candidate.granted.clone(),
            });
            let provider: Arc<dyn Provider> =
                Arc::new(Plugin::new(Arc::clone(&candidate.installed), permissions));
            let entrant = Entrant {
                held: place.and_then(|place| held.get(place)),
                candidate,
                provider,
                refusal: None,
                published: BTreeSet::new(),
                refused: Vec::new(),
            };
            (place.unwrap_or(usize::MAX), entrant)
        })
        .collect();
    entrants.sort_by(|(one, first), (other, second)| {
        (one, &first.candidate.file).cmp(&(other, &second.candidate.file))
    });
    entrants.into_iter().map(|(_, entrant)| entrant).collect()
}

struct Publishing<'a> {
    catalog: Catalog,
    entrants: Vec<Entrant<'a>>,
}

impl Publishing<'_> {
    /// Refuses those whose plugin's name another one has, and those that are too many.
    fn choose_plugins(&mut self) {
        let mut names: BTreeMap<PluginName, String> = BTreeMap::new();
        let holds_name = |entrant: &Entrant<'_>| {
            entrant.held.is_some_and(|held| held.plugin == entrant.candidate.installed.manifest().name)
        };
        for is_first_round in [true, false] {
            for entrant in &mut self.entrants {
                if holds_name(entrant) != is_first_round {
                    continue;
                }
                let Candidate { file, installed, .. } = &entrant.candidate;
                let name = &installed.manifest().name;
                if let Some(first) = names.get(name) {
                    entrant.refusal = Some(InstallError::new(
                        format!("there is a plugin `{name}` already, in {first}"),
                        format!("remove one of {first} and {file}"),
                    ));
                } else if names.len() >= MAX_PLUGINS {
                    entrant.refusal = Some(too_many());
                } else {
                    names.insert(name.clone(), file.clone());
                }
            }
        }
    }

    /// Adds the tools that are chosen and haven't been added or refused yet.
    fn add(&mut self, is_chosen: impl Fn(Option<&Held>, &PreparedTool) -> bool) {
        for entrant in self.entrants.iter_mut().filter(|entrant| entrant.refusal.is_none()) {
            let installed = Arc::clone(&entrant.candidate.installed);
            entrant.refused.clear();
            for tool in installed.tools() {
                let name = &tool.definition().name;
                if entrant.published.contains(name) || !is_chosen(entrant.held, tool) {
                    continue;
                }
                match self.catalog.add_prepared(&entrant.provider, tool) {
                    Ok(()) => drop(entrant.published.insert(name.clone())),
                    Err(refusal) => entrant.refused.push(refusal),
                }
            }
        }
    }

    fn end(self) -> Published {
        let mut live = Vec::new();
        let mut reports = Vec::new();
        for mut entrant in self.entrants {
            let Candidate { file, installed, granted } = &entrant.candidate;
            if entrant.refusal.is_none() {
                entrant.refusal = describe(&entrant.refused);
            }
            let published = || {
                let definitions = installed.tools().iter().map(PreparedTool::definition);
                definitions.filter(|tool| entrant.published.contains(&tool.name))
            };
            if !entrant.published.is_empty() {
                let tools = published().map(|tool| (tool.name.clone(), tool.routes.clone())).collect();
                live.push(Held { file: file.clone(), plugin: installed.manifest().name.clone(), tools });
            }
            let published = published().map(|tool| tool.name.clone()).collect();
            reports.push(PluginReport::installed(file, installed, granted, published, entrant.refusal));
        }
        Published { catalog: self.catalog, reports, live }
    }
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
    let is_taken = refusals
        .iter()
        .any(|refusal| matches!(refusal, Refusal::NameTaken { .. } | Refusal::RouteTaken { .. }));
    let fix = if is_taken {
        "remove one of the plugins, or have an author rename the tool"
    } else {
        "correct it in the plugin's source"
    };
    Some(InstallError::new(reasons.join("; "), fix))
}
