//! From the plugins of the folder to a catalog and its reports.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use toolbay_kernel::catalog::Refusal;
use toolbay_kernel::{CapabilityName, Catalog, Permissions, PluginName, Provider};

use super::report::PluginReport;
use crate::compile::InstallError;
use crate::plugin::{Installed, Plugin};

/// What operators granted, by plugin.
pub(super) type Granted = HashMap<PluginName, BTreeSet<CapabilityName>>;

/// A plugin that wants to be published.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) file: String,
    /// Who comes first, has a name.
    pub(super) since: (i64, i64),
    pub(super) installed: Arc<Installed>,
    pub(super) granted: BTreeSet<CapabilityName>,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
            && self.since == other.since
            && self.granted == other.granted
            && self.installed.digest() == other.installed.digest()
    }
}

/// The catalog with the candidates in it, and what became of each.
///
/// The order decides who has a name that two want: first the file that was written first, so that what is dropped later
/// never takes a name away; then by file name.
pub(super) fn publish(mut catalog: Catalog, mut candidates: Vec<Candidate>) -> (Catalog, Vec<PluginReport>) {
    candidates.sort_by(|one, other| (one.since, &one.file).cmp(&(other.since, &other.file)));
    let mut names: BTreeMap<PluginName, String> = BTreeMap::new();
    let mut reports = Vec::new();
    for Candidate { file, installed, granted, .. } in candidates {
        let manifest = installed.manifest();
        if let Some(first) = names.get(&manifest.name) {
            let refusal = InstallError::new(
                format!("there is a plugin `{}` already, in {first}", manifest.name),
                format!("remove one of {first} and {file}"),
            );
            reports.push(PluginReport::installed(&file, &installed, &granted, Vec::new(), Some(refusal)));
            continue;
        }
        names.insert(manifest.name.clone(), file.clone());
        let permissions = Arc::new(Permissions {
            provider: manifest.name.to_string(),
            asked: manifest.capabilities.clone(),
            granted: granted.clone(),
        });
        let provider: Arc<dyn Provider> = Arc::new(Plugin::new(Arc::clone(&installed), permissions));
        let refusal = catalog.add(&provider, installed.tools()).err().map(|refusals| describe(&refusals));
        let published = installed
            .tools()
            .iter()
            .map(|tool| &tool.name)
            .filter(|name| {
                catalog.get(name.as_str()).is_some_and(|tool| Arc::ptr_eq(&tool.provider, &provider))
            })
            .cloned()
            .collect();
        reports.push(PluginReport::installed(&file, &installed, &granted, published, refusal));
    }
    (catalog, reports)
}

fn describe(refusals: &[Refusal]) -> InstallError {
    let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let is_taken = refusals
        .iter()
        .any(|refusal| matches!(refusal, Refusal::NameTaken { .. } | Refusal::RouteTaken { .. }));
    let fix = if is_taken {
        "remove one of the plugins, or have an author rename the tool"
    } else {
        "correct it in the plugin's source"
    };
    InstallError::new(reasons.join("; "), fix)
}
