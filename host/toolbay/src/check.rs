//! Whether a host could be served with a configuration: what `serve` would refuse, and what it would warn of.
//!
//! `serve` itself looks at the same things by the same functions; here nothing is made or taken but compiled plugins, which go
//! into the cache.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use toolbay_kernel::PluginName;
use toolbay_kernel::nearest::nearest;
use toolbay_redis::RedisLook;
use toolbay_store::{Look, Store};

use crate::announcement::{self, Announced};
use crate::capabilities;
use crate::configuration::{Configuration, bundled_name};
use crate::files;
use crate::host;

/// Bytes of the largest plugin that is looked into for its name.
const MAX_PLUGIN: u64 = 64 * 1024 * 1024;

/// Files of the plugin folder that are looked into.
const MAX_FILES: usize = 2_000;

/// Something that isn't right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What it is about, in a word.
    pub(crate) about: &'static str,
    pub(crate) what: String,
    /// Whether a host would refuse to start with it.
    pub(crate) is_refused: bool,
}

/// What was looked at.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) findings: Vec<Finding>,
    /// The host that runs with this data folder.
    pub(crate) running: Option<Announced>,
    /// The store, when it can be opened.
    pub(crate) store: Option<Look>,
    /// The Redis server, when there is one and it answers.
    pub(crate) redis: Option<RedisLook>,
}

impl Checked {
    /// Whether a host serves already, also one that doesn't say so.
    pub(crate) fn is_served(&self) -> bool {
        self.running.is_some() || self.store.as_ref().is_some_and(|look| look.is_served)
    }
}

/// Looks at everything that a start would.
pub(crate) async fn check(configuration: &Configuration) -> Checked {
    let mut checked =
        Checked { running: announcement::of_running(&configuration.data_dir), ..Checked::default() };
    let refused = |about, what: String| Finding { about, what, is_refused: true };
    match Store::look(&host::store_settings(configuration)).await {
        Ok(look) => checked.store = Some(look),
        Err(error) => checked.findings.push(refused("store", error.to_string())),
    }
    if let Some(url) = &configuration.redis_url {
        match toolbay_redis::look(url).await {
            Ok(look) => {
                checked.findings.extend(look.evicts.as_deref().map(forgetful));
                checked.redis = Some(look);
            }
            Err(error) => {
                let why = error.source().map(ToString::to_string).unwrap_or_default();
                let what = format!(
                    "REDIS_URL: {url}: {} ({why}); a host goes on without it, with half of its share of each rate",
                    error.kind
                );
                checked.findings.push(Finding { about: "redis", what, is_refused: false });
            }
        }
    }
    if let Err(error) = host::outside(configuration) {
        checked.findings.push(refused("notion", format!("{error:#}")));
    }
    for (database, why) in host::open_databases(configuration).findings() {
        let what = format!("[databases.{database}]: {why}");
        checked.findings.push(Finding { about: "databases", what, is_refused: false });
    }
    if let Some(what) = plugin_folder(&configuration.plugin_dir) {
        checked.findings.push(Finding { about: "plugins", what, is_refused: false });
    }
    if !checked.is_served()
        && let Some(what) = address(configuration.listen)
    {
        checked.findings.push(refused("listen", what));
    }
    let plugins = plugin_names(configuration);
    let tools = match &checked.running {
        Some(running) => Ok(Some(running.tools.iter().map(|tool| tool.name.clone()).collect())),
        None if configuration.tools_of_profiles().next().is_none() => Ok(None),
        None => host::tools_alone(configuration).await.map(Some),
    };
    match tools {
        Ok(tools) => checked.findings.extend(names(configuration, &plugins, tools.as_ref())),
        Err(error) => checked.findings.push(refused("plugins", format!("{error:#}"))),
    }
    checked
}

/// A server that makes room by forgetting what hosts count on.
fn forgetful(policy: &str) -> Finding {
    let what = format!(
        "REDIS_URL: when the server is full it forgets windows (maxmemory-policy {policy}), and hosts send more than they may; set noeviction"
    );
    Finding { about: "redis", what, is_refused: false }
}

/// Names of the plugins that there are: bundled, in the folder, or of the host that runs.
pub(crate) fn plugin_names(configuration: &Configuration) -> BTreeSet<String> {
    let running = announcement::of_running(&configuration.data_dir);
    let of_running = running.iter().flat_map(|running| &running.plugins);
    let bundled = configuration.bundled.iter().map(bundled_name).map(str::to_owned);
    let of_running = of_running.filter_map(|plugin| Some(plugin.get("name")?.as_str()?.to_owned()));
    packed(&configuration.plugin_dir).chain(bundled).chain(of_running).collect()
}

/// Why the address can't be listened on.
fn address(address: SocketAddr) -> Option<String> {
    let error = TcpListener::bind(address).err()?;
    Some(host::not_listened(address, error).to_string())
}

/// Why nothing will be found in the plugin folder. One that isn't there is no mistake: somebody may make it.
fn plugin_folder(folder: &Path) -> Option<String> {
    match std::fs::read_dir(folder) {
        Ok(_) => None,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => Some(format!("{}: {error}", folder.display())),
    }
}

/// Names of the plugins whose files are in a folder.
fn packed(folder: &Path) -> impl Iterator<Item = String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().take(MAX_FILES).filter_map(Result::ok);
    files.filter_map(|entry| {
        let path = entry.path();
        if path.extension()? != "wasm" {
            return None;
        }
        let bytes = files::read(&path, MAX_PLUGIN).ok()?;
        let manifest = toolbay_sandbox::pack::read_manifest(&bytes, &capabilities::registry()).ok()?;
        Some(manifest.name.to_string())
    })
}

/// Names in the configuration that nothing has, of what there is. A host warns of them: a plugin may come any time.
pub(crate) fn names(
    configuration: &Configuration,
    plugins: &BTreeSet<String>,
    tools: Option<&BTreeSet<String>>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |about, what: String| findings.push(Finding { about, what, is_refused: false });
    let of_http: BTreeSet<&str> = configuration.http.granted().map(|(name, _)| name).collect();
    // To name places of a plugin is to grant it something: that is told once.
    let granted = configuration.grants.keys().map(PluginName::as_str).filter(|name| !of_http.contains(name));
    let mut of_plugins: Vec<_> = granted.map(|name| ("grants", name)).collect();
    of_plugins.extend(configuration.settings.keys().map(|name| ("settings", name.as_str())));
    of_plugins.extend(of_http.iter().map(|name| ("plugins", *name)));
    of_plugins.sort_unstable();
    for (section, name) in of_plugins {
        if !plugins.contains(name) {
            let near = hint(name, plugins);
            find(section, format!("[{section}] names the plugin `{name}`, which is not there{near}"));
        }
    }
    for (profile, tool) in configuration.tools_of_profiles() {
        if let Some(tools) = tools.filter(|tools| !tools.contains(tool.as_str())) {
            let near = hint(tool.as_str(), tools);
            find(
                "profiles",
                format!("[profiles.{profile}] names the tool `{tool}`, which is not there{near}"),
            );
        }
    }
    findings
}

fn hint(name: &str, known: &BTreeSet<String>) -> String {
    nearest(name, known.iter().map(String::as_str))
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default()
}
