//! A host and a Notion that live as long as the command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use notion_emulator::{Emulator, Options};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use toolbay_gateway::ServerSettings;
use toolbay_kernel::PluginName;
use toolbay_sandbox::PluginStatus;
use url::Url;

use crate::capabilities;
use crate::configuration::{Bundled, Configuration, Layer, PluginLayer};
use crate::files;
use crate::host::{Host, Purpose, Running, listen, own_compiler};

/// Who calls the host from outside this process. It holds nothing but the emulator's workspace.
const TOKEN: &str = "toolbay-plugin-dev";

/// Bytes of the largest plugin that is read: more than one may have, so that it is told as such.
const MAX_FILE: u64 = 64 * 1024 * 1024;

pub(super) struct World {
    emulator: Emulator,
    running: Running,
    plugins: PathBuf,
    _data: TempDir,
}

impl World {
    /// Starts both, with everything granted to the plugin that it asks for, and with the bundled plugins where it calls tools. Places
    /// that a later save asks for over HTTP are granted by another start.
    pub(super) async fn start(
        plugin: &PluginName,
        calls_tools: bool,
        places: Vec<String>,
    ) -> anyhow::Result<Self> {
        // One provider of cryptography for every TLS connection of the process; a second call finds it set.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let emulator = Emulator::start(Options { rate_limit: None, ..Options::default() })
            .await
            .context("the emulator can't listen")?;
        let data = tempfile::tempdir().context("a temporary folder can't be made")?;
        let plugins = data.path().join("plugins");
        std::fs::create_dir(&plugins)?;
        let layer = Layer {
            data_dir: Some(data.path().join("data")),
            plugin_dir: Some(plugins.clone()),
            listen: Some("127.0.0.1:0".parse()?),
            notion_api_url: Some(Url::parse(&emulator.url())?),
            notion_requests_per_minute: Some(60_000),
            // They have to be compiled first.
            bundled: Some(if calls_tools { Bundled::All } else { Bundled::None }),
            plugins: [(plugin.clone(), PluginLayer { http: places, ..PluginLayer::default() })].into(),
            ..Layer::default()
        };
        let mut configuration = Configuration::alone(layer)?;
        configuration.secrets.action_api_token = Some(SecretString::from(TOKEN));
        configuration.secrets.notion_token = Some(SecretString::from(emulator.token().to_owned()));
        // More than it asks for has no effect, and what it asks for may change with the next save.
        configuration.grants.insert(plugin.clone(), capabilities::registry().names().collect());
        let listener = listen(configuration.listen).await?;
        let host = Host::open(&configuration, Purpose::Serve, own_compiler()?).await?;
        let running = host.serve(listener, &configuration, ServerSettings::default())?;
        Ok(Self { emulator, running, plugins, _data: data })
    }

    /// Where MCP and REST clients reach it.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    pub(super) fn token(&self) -> &'static str {
        TOKEN
    }

    /// The ids of the emulator's workspace, by name.
    pub(super) fn ids(&self) -> Value {
        json!(self.emulator.ids())
    }

    pub(super) fn host(&self) -> &Arc<Host> {
        &self.running.host
    }

    /// Where packed plugins are put.
    pub(super) fn plugins(&self) -> &Path {
        &self.plugins
    }

    /// Waits until a file of the folder is served; answers with the plugin's tools.
    pub(super) async fn install(&self, file: &Path) -> anyhow::Result<Vec<String>> {
        let bytes = files::read(file, MAX_FILE)?;
        // The same bytes may have been refused before, by a compiler that had no time.
        self.host().folder.look_again(&bytes);
        self.host().load().await;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let reports = self.host().folder.reports();
        let Some(report) = reports.into_iter().find(|report| report.file == name) else {
            bail!("{name} isn't in the folder any more");
        };
        if report.status != PluginStatus::Live {
            bail!("{}", report.reason.unwrap_or_else(|| "the plugin isn't live".to_owned()));
        }
        Ok(report.tools.into_iter().map(|tool| tool.to_string()).collect())
    }

    pub(super) async fn stop(self) {
        self.running.stop().await;
        self.emulator.stop().await;
    }
}
