//! One place's say: every key that may be set, each optional.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use toolbay_gateway::Network;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_kernel::{CapabilityName, PluginName, Profile, ProfileName};
use toolbay_sandbox::calendar::{TimeZone, Weekday};
use toolbay_sql::DatabaseName;
use url::Url;

use super::bundled::Bundled;
use super::calls_layer::CallsLayer;
use super::chat_layer::ChatLayer;
use super::database_layer::DatabaseLayer;
use super::http_layer::{HostLayer, PluginLayer};
use super::oauth_layer::OAuthLayer;
use super::origin::Origin;
use super::rates_layer::RatesLayer;
use super::retention_layer::RetentionLayer;
use super::traces_layer::TracesLayer;
use super::upstream_layer::UpstreamLayer;
use super::words;
use super::written::Elsewhere;
use crate::capabilities;
use crate::logging::Levels;

/// What one place says. As flags it is a part of every command; as a file it is `toolbay.toml`.
#[derive(Debug, Default, Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Configuration file [default: ./toolbay.toml, when there is one]
    #[arg(long, global = true, value_name = "FILE", hide = true)]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Folder for the SQLite file, keys and compiled plugins [default: the platform's data folder]
    #[arg(long, global = true, value_name = "FOLDER", hide = true)]
    pub data_dir: Option<PathBuf>,

    /// Folder that is watched for dropped plugins [default: plugins in the data folder]
    #[arg(long, global = true, value_name = "FOLDER", hide = true)]
    pub plugin_dir: Option<PathBuf>,

    /// Address to listen on [default: 127.0.0.1:8700]
    #[arg(long, global = true, value_name = "ADDRESS", hide = true, value_parser = words::address)]
    #[serde(default, deserialize_with = "words::read_address")]
    pub listen: Option<SocketAddr>,

    /// Origin that clients see [default: http:// and the address]
    #[arg(long, global = true, value_name = "URL", hide = true, value_parser = words::url)]
    #[serde(default, deserialize_with = "words::read_url")]
    pub public_url: Option<Url>,

    /// Further origins under which clients reach the host
    #[arg(skip)]
    pub public_urls: Option<Vec<Origin>>,

    /// Origins whose pages may use the host
    #[arg(skip)]
    pub cors_origins: Option<Vec<Origin>>,

    /// Proxies in front of the host
    #[arg(skip)]
    pub trusted_proxies: Option<Vec<Network>>,

    /// How many requests are taken
    #[arg(skip)]
    #[serde(default)]
    pub rates: RatesLayer,

    /// Database [default: SQLite in the data folder]. It may hold a password, so it is not a flag
    #[arg(skip)]
    pub database_url: Option<String>,

    /// Redis server for the rate windows of several hosts. It may hold a password, so it is not a flag
    #[arg(skip)]
    pub redis_url: Option<String>,

    /// Where the Notion API is [default: Notion's own address]
    #[arg(long, global = true, value_name = "URL", hide = true, value_parser = words::url)]
    #[serde(default, deserialize_with = "words::read_url")]
    pub notion_api_url: Option<Url>,

    /// Requests that Notion allows a connection each minute [default: 180]
    #[arg(skip)]
    pub notion_requests_per_minute: Option<u32>,

    /// Name of the connection that calls work on that name none of several [default: `default`, that of `NOTION_TOKEN`]
    #[arg(skip)]
    pub default_connection: Option<String>,

    /// Time zone by which days are counted [default: UTC]
    #[arg(skip)]
    pub time_zone: Option<TimeZone>,
    /// Day on which a week begins [default: monday]
    #[arg(skip)]
    pub week_start: Option<Weekday>,

    /// What dropping a plugin grants [default: notion.read, state]
    #[arg(skip)]
    #[serde(default, deserialize_with = "capabilities::list")]
    pub grant_on_drop: Option<BTreeSet<CapabilityName>>,

    /// Which of the bundled plugins are served [default: all]
    #[arg(skip)]
    pub bundled: Option<Bundled>,

    /// Chosen sets of tools, by name
    #[arg(skip)]
    #[serde(default)]
    pub profiles: BTreeMap<ProfileName, Profile>,

    /// Capabilities that plugins are granted
    #[arg(skip)]
    #[serde(default, deserialize_with = "capabilities::lists")]
    pub grants: HashMap<PluginName, BTreeSet<CapabilityName>>,

    /// About connecting workspaces
    #[arg(skip)]
    #[serde(default)]
    pub oauth: OAuthLayer,

    /// What is logged
    #[arg(skip)]
    pub log: Option<Levels>,

    /// Where traces are sent, and which
    #[arg(skip)]
    #[serde(default)]
    pub traces: TracesLayer,

    /// About calls that are asked for again
    #[arg(skip)]
    #[serde(default)]
    pub calls: CallsLayer,

    /// How long runs are kept
    #[arg(skip)]
    #[serde(default)]
    pub retention: RetentionLayer,

    /// What the operator wrote for plugins
    #[arg(skip)]
    #[serde(default)]
    pub settings: HashMap<PluginName, serde_json::Value>,

    /// MCP servers behind this host
    #[arg(skip)]
    #[serde(default)]
    pub upstreams: BTreeMap<UpstreamName, UpstreamLayer>,

    /// The chat over all tools
    #[arg(skip)]
    #[serde(default)]
    pub chat: ChatLayer,
    /// SQL databases that tools may use
    #[arg(skip)]
    #[serde(default)]
    pub databases: BTreeMap<DatabaseName, DatabaseLayer>,
    /// Where the operator's secrets are
    #[arg(skip)]
    #[serde(default)]
    pub secrets: BTreeMap<String, Elsewhere>,

    /// What plugins may ask over HTTP
    #[arg(skip)]
    #[serde(default)]
    pub plugins: BTreeMap<PluginName, PluginLayer>,

    /// How hosts are treated that plugins ask
    #[arg(skip)]
    #[serde(default)]
    pub http: BTreeMap<String, HostLayer>,
}

impl Layer {
    /// This place's say where it says something, the other's elsewhere.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        Self {
            config: self.config.or(other.config),
            data_dir: self.data_dir.or(other.data_dir),
            plugin_dir: self.plugin_dir.or(other.plugin_dir),
            listen: self.listen.or(other.listen),
            public_url: self.public_url.or(other.public_url),
            public_urls: self.public_urls.or(other.public_urls),
            cors_origins: self.cors_origins.or(other.cors_origins),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            rates: if self.rates == RatesLayer::default() { other.rates } else { self.rates },
            database_url: self.database_url.or(other.database_url),
            redis_url: self.redis_url.or(other.redis_url),
            notion_api_url: self.notion_api_url.or(other.notion_api_url),
            notion_requests_per_minute: self.notion_requests_per_minute.or(other.notion_requests_per_minute),
            default_connection: self.default_connection.or(other.default_connection),
            time_zone: self.time_zone.or(other.time_zone),
            week_start: self.week_start.or(other.week_start),
            grant_on_drop: self.grant_on_drop.or(other.grant_on_drop),
            bundled: self.bundled.or(other.bundled),
            profiles: if self.profiles.is_empty() { other.profiles } else { self.profiles },
            grants: if self.grants.is_empty() { other.grants } else { self.grants },
            oauth: if self.oauth == OAuthLayer::default() { other.oauth } else { self.oauth },
            log: self.log.or(other.log),
            traces: if self.traces == TracesLayer::default() { other.traces } else { self.traces },
            calls: if self.calls == CallsLayer::default() { other.calls } else { self.calls },
            retention: if self.retention == RetentionLayer::default() {
                other.retention
            } else {
                self.retention
            },
            settings: if self.settings.is_empty() { other.settings } else { self.settings },
            upstreams: if self.upstreams.is_empty() { other.upstreams } else { self.upstreams },
            chat: if self.chat == ChatLayer::default() { other.chat } else { self.chat },
            databases: if self.databases.is_empty() { other.databases } else { self.databases },
            secrets: if self.secrets.is_empty() { other.secrets } else { self.secrets },
            plugins: if self.plugins.is_empty() { other.plugins } else { self.plugins },
            http: if self.http.is_empty() { other.http } else { self.http },
        }
    }
}
