//! What an operator administers by REST: the kernel's ports, put together.

mod plugins;
mod upstreams;

use std::sync::Arc;

use time::OffsetDateTime;
use toolbay_gateway::{AdministrationPorts, HostFacts};
use toolbay_kernel::{Administration, Connecting};
use toolbay_notion::Notion;
use toolbay_sandbox::PluginFolder;
use toolbay_store::Store;
use toolbay_upstream::Upstreams;

pub(crate) use self::plugins::FolderOfPlugins;
use self::upstreams::ServersOfHost;
use crate::configuration::Configuration;

/// What the ports stand on.
pub(crate) struct Ground<'a> {
    pub(crate) store: &'a Arc<Store>,
    pub(crate) folder: &'a Arc<PluginFolder>,
    pub(crate) upstreams: &'a Arc<Upstreams>,
    pub(crate) connecting: &'a Connecting,
    pub(crate) notion: &'a Notion,
}

/// The ports, and the folder that sees its plugins as long as it is kept.
pub(crate) fn ports(
    configuration: &Configuration,
    ground: &Ground<'_>,
) -> (AdministrationPorts, Arc<FolderOfPlugins>) {
    let records = Administration::new(Arc::clone(ground.store) as _);
    let plugins = Arc::new(FolderOfPlugins::new(
        ground.folder,
        configuration.plugin_dir.clone(),
        records.clone(),
        configuration.limits.call_time,
    ));
    let servers = ServersOfHost::new(configuration, ground.upstreams, ground.connecting, ground.store);
    let ports = AdministrationPorts {
        records,
        workspaces: Arc::new(ground.notion.clone()),
        plugins: Arc::clone(&plugins) as _,
        upstreams: Arc::new(servers),
        upstream_tools: Arc::clone(ground.store) as _,
        facts: HostFacts {
            since: OffsetDateTime::now_utc(),
            database: if configuration.database_url.starts_with("sqlite") { "sqlite" } else { "postgresql" },
            address: std::sync::OnceLock::new(),
        },
    };
    (ports, plugins)
}
