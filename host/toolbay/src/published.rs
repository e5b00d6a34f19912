//! What is published: by the host that runs, or by one that would be started now.

use std::time::Duration;

use serde_json::Value;

use crate::announcement::{self, Announced, PublishedTool};
use crate::configuration::Configuration;
use crate::host::{Host, Purpose, own_compiler};

/// Plugins and tools, and who says so.
pub(crate) struct Published {
    /// What the running host says of itself; none when this process looked for itself.
    pub(crate) by: Option<Announced>,
    /// The reports of the plugins, as commands print them.
    pub(crate) plugins: Vec<Value>,
    pub(crate) tools: Vec<PublishedTool>,
    /// Files of the folder that were left out, in words.
    pub(crate) left_out: Option<String>,
    /// Files that are still being read.
    pub(crate) pending: usize,
}

impl Published {
    /// By the host that serves with this data folder. Without one this process looks, and waits this long for plugins that
    /// were never compiled.
    ///
    /// # Errors
    ///
    /// When no host runs and none could be started.
    pub(crate) async fn of(configuration: &Configuration, within: Duration) -> anyhow::Result<Self> {
        if let Some(mut said) = announcement::of_running(&configuration.data_dir) {
            return Ok(Self {
                plugins: std::mem::take(&mut said.plugins),
                tools: std::mem::take(&mut said.tools),
                left_out: said.left_out.take(),
                pending: said.loading.map_or(0, |(read, all)| all.saturating_sub(read)),
                by: Some(said),
            });
        }
        let host = Host::open(configuration, Purpose::Command, own_compiler()?).await?;
        host.folder.start(within).await;
        Ok(Self {
            by: None,
            plugins: host.folder.reports().iter().map(announcement::shown).collect(),
            tools: announcement::published(&host.gateway.catalogs.current()),
            left_out: host.folder.left_out(),
            pending: host.folder.pending().await,
        })
    }

    /// Who says so, in words; none when this process does.
    pub(crate) fn source(&self) -> Option<String> {
        self.by.as_ref().map(|host| format!("as the host at {} (process {}) has it", host.address, host.pid))
    }
}
