//! What administration needs of the folder of plugins.

use std::time::Duration;

use async_trait::async_trait;

use crate::audit::Actor;
use crate::capability::CapabilityName;
use crate::name::{PluginName, ToolName};
use crate::problem::Problem;

/// A plugin as an operator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginRecord {
    /// Its name; its file's, as long as its manifest couldn't be read.
    pub name: String,
    pub version: Option<String>,
    /// Whether it comes with the program, and no file has taken its place.
    pub is_bundled: bool,
    /// Such as `live` or `refused`.
    pub status: &'static str,
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub digest: Option<String>,
    /// Its tools that are published.
    pub tools: Vec<ToolName>,
    /// What it asks for.
    pub asked: Vec<AskedCapability>,
    /// What of that isn't granted.
    pub missing: Vec<CapabilityName>,
    /// Why it, or some of its tools, are not published.
    pub reason: Option<String>,
    /// What would help.
    pub fix: Option<String>,
    /// What had this name before this file, as far as this host has seen it.
    pub before: Option<FormerPlugin>,
    /// What a call of it may use.
    pub limits: Option<PluginLimits>,
}

/// A capability that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedCapability {
    pub name: CapabilityName,
    /// What it would let the plugin do, for people.
    pub in_words: String,
    pub is_granted: bool,
}

/// A plugin that another file of its name has replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerPlugin {
    pub version: String,
    pub asked: Vec<CapabilityName>,
    pub tools: Vec<ToolName>,
}

/// What a call of a plugin may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PluginLimits {
    pub memory_bytes: usize,
    pub output_bytes: usize,
    pub cpu: Duration,
    /// Time for all of it, waiting included.
    pub call: Duration,
}

/// The folder of plugins.
#[async_trait]
pub trait Plugins: Send + Sync {
    /// The plugins that are bundled or in the folder, by name.
    fn plugins(&self) -> Vec<PluginRecord>;

    /// Files of the folder that are left out, in words.
    fn left_out(&self) -> Option<String>;

    /// The capability of that name, where a plugin can be granted it.
    ///
    /// # Errors
    ///
    /// `not_found` for an unknown plugin, `invalid_input` for an unknown capability, `conflict` for one that the configuration alone
    /// grants.
    fn grantable(&self, plugin: &PluginName, capability: &str) -> Result<CapabilityName, Problem>;

    /// Checks a component and puts it into the folder; answers with its name and version. It is recorded.
    ///
    /// # Errors
    ///
    /// `invalid_input` for one that can't run here, `conflict` for one that the folder refuses.
    async fn install(&self, component: Vec<u8>, by: &Actor) -> Result<(PluginName, String), Problem>;

    /// Takes a plugin's file out of the folder. It is recorded.
    ///
    /// # Errors
    ///
    /// `not_found` where there is no such file, `conflict` for a plugin that has none.
    async fn remove(&self, plugin: &PluginName, by: &Actor) -> Result<(), Problem>;
}
