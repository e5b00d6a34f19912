//! What an operator reads of each file in the watched folder.

use std::collections::BTreeSet;

use semver::Version;
use serde::Serialize;
use toolbay_kernel::{Capabilities, CapabilityName, ToolName, printable};

use super::unreachable::Unreachable;
use crate::compile::InstallError;
use crate::limits::GuestLimits;
use crate::plugin::Installed;

/// Whether a plugin's tools are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PluginStatus {
    /// At least one of its tools is.
    Live,
    /// None is, since what they are for isn't configured; the reason says what.
    Idle,
    /// None is; the reason says why.
    Refused,
}

impl PluginStatus {
    /// The status as word, such as `live`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Idle => "idle",
            Self::Refused => "refused",
        }
    }
}

/// What is known of one file in the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginReport {
    /// The plugin's name; the file's, as long as its manifest couldn't be read.
    pub name: String,
    /// Its version, when its manifest could be read.
    pub version: Option<Version>,
    pub file: String,
    /// Whether it comes with the program, and no file has taken its place.
    pub is_bundled: bool,
    /// SHA-256 of the file, in hex, when it could be read.
    pub digest: Option<String>,
    /// Whether its tools are published.
    pub status: PluginStatus,
    /// The tools that are published.
    pub tools: Vec<ToolName>,
    /// What it asks for.
    pub asked: BTreeSet<CapabilityName>,
    /// What of that is granted.
    pub granted: BTreeSet<CapabilityName>,
    /// What of that is not.
    pub missing: BTreeSet<CapabilityName>,
    /// Why it, or some of its tools, are not published.
    pub reason: Option<String>,
    /// What would help, or grant what is missing.
    pub fix: Option<String>,
    /// How much it asks for of what, and what a call of it may use; none when its manifest couldn't be read.
    #[serde(skip)]
    pub bounds: Option<(Capabilities, GuestLimits)>,
}

impl PluginReport {
    /// A file that couldn't be installed.
    pub(super) fn refused(file: &str, digest: Option<String>, error: &InstallError) -> Self {
        Self {
            name: file.trim_end_matches(".wasm").to_owned(),
            version: None,
            file: file.to_owned(),
            is_bundled: false,
            digest,
            status: PluginStatus::Refused,
            tools: Vec::new(),
            asked: BTreeSet::new(),
            granted: BTreeSet::new(),
            missing: BTreeSet::new(),
            reason: Some(error.reason.clone()),
            fix: Some(error.fix.clone()),
            bounds: None,
        }
    }

    /// A plugin of which these tools are published.
    pub(super) fn installed(
        file: &str,
        installed: &Installed,
        granted: &BTreeSet<CapabilityName>,
        tools: Vec<ToolName>,
        refusal: Option<InstallError>,
    ) -> Self {
        let manifest = installed.manifest();
        let asked = manifest.capabilities.names();
        let missing: BTreeSet<CapabilityName> = asked.difference(granted).copied().collect();
        let (reason, fix) = match refusal {
            Some(InstallError { reason, fix, .. }) => (Some(reason), Some(fix)),
            None => (None, how_to_grant(manifest.name.as_str(), &missing)),
        };
        Self {
            name: manifest.name.to_string(),
            version: Some(manifest.version.clone()),
            file: file.to_owned(),
            is_bundled: false,
            digest: Some(installed.digest().to_owned()),
            status: if tools.is_empty() { PluginStatus::Refused } else { PluginStatus::Live },
            tools,
            granted: asked.intersection(granted).copied().collect(),
            asked,
            missing,
            reason,
            fix,
            bounds: Some((manifest.capabilities.clone(), manifest.limits)),
        }
    }

    /// A plugin that would reach nothing.
    pub(super) fn idle(
        file: &str,
        installed: &Installed,
        granted: &BTreeSet<CapabilityName>,
        unreachable: &Unreachable,
    ) -> Self {
        Self {
            status: PluginStatus::Idle,
            reason: Some(unreachable.reason.clone()),
            fix: Some(unreachable.fix.clone()),
            ..Self::installed(file, installed, granted, Vec::new(), None)
        }
    }

    /// Tells the log, unless it has been told the same before.
    pub(super) fn log(&self, before: Option<&Self>) {
        let is_known = before.is_some_and(|before| {
            (&before.digest, before.status, &before.reason) == (&self.digest, self.status, &self.reason)
        });
        if is_known {
            return;
        }
        // A log may be read in a terminal.
        let (plugin, file) = (printable::name(&self.name), printable::name(&self.file));
        let (plugin, file) = (plugin.as_str(), file.as_str());
        let reason = self.reason.as_deref().unwrap_or_default();
        let fix = self.fix.as_deref().unwrap_or_default();
        match (self.status, &self.reason) {
            (PluginStatus::Live, None) => {
                let version = self.version.as_ref().map(Version::to_string).unwrap_or_default();
                let tools = self.tools.len();
                tracing::info!(plugin, version, file, bundled = self.is_bundled, tools, "plugin.live");
            }
            (PluginStatus::Live, Some(_)) => {
                tracing::warn!(plugin, file, reason, fix, "plugin.partly_live");
            }
            (PluginStatus::Idle, _) => tracing::info!(plugin, file, reason, fix, "plugin.idle"),
            (PluginStatus::Refused, _) => tracing::warn!(plugin, file, reason, fix, "plugin.refused"),
        }
    }
}

fn how_to_grant(plugin: &str, missing: &BTreeSet<CapabilityName>) -> Option<String> {
    if missing.is_empty() {
        return None;
    }
    let names: Vec<&str> = missing.iter().map(|name| name.as_str()).collect();
    Some(format!("toolbay plugin grant {plugin} {}", names.join(" ")))
}
