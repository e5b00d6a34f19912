//! What the operator configured, from four places: flags, then environment, then `toolbay.toml`, then defaults.
//!
//! Every place is read into the same [`Layer`], so that a key means the same wherever it stands, and an unknown key is
//! an error wherever it can be one. Secrets come from the environment alone, or from the file that a `*_FILE` variable
//! names; `toolbay.toml` may be committed.

mod bundled;
mod calls_layer;
mod chat_layer;
mod database_layer;
mod environment;
mod error;
mod file;
mod http_layer;
mod layer;
mod notion_mcp;
mod oauth;
mod oauth_layer;
mod origin;
mod probe_layer;
mod rates_layer;
mod retention_layer;
mod secrets;
mod show;
mod traces;
mod traces_layer;
mod upstream_layer;
pub(crate) mod upstream_table;
mod words;
mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toolbay_gateway::{EdgeSettings, ServerSettings};
use toolbay_http::{HttpSettings, Reach};
use toolbay_kernel::administration::RESERVED_NAME;
use toolbay_kernel::connecting::{LIFETIME, People};
use toolbay_kernel::run::Retention;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_kernel::{CapabilityName, Limits, PluginName, Profile, ProfileName, Profiles, ToolName};
use toolbay_notion::NOTION_READ;
use toolbay_redis::RedisUrl;
use toolbay_sandbox::{BundledPlugin, Calendar};
use toolbay_sql::{DatabaseName, DatabaseSettings};
use toolbay_upstream::UpstreamSettings;
use url::Url;

pub use self::bundled::{Bundled, NotBundled, compiled, count as bundled_count, name_of as bundled_name};
pub use self::calls_layer::CallsLayer;
pub use self::chat_layer::{ChatConfiguration, ChatLayer, ChatLayerError};
pub use self::database_layer::{DatabaseLayer, DatabaseLayerError};
pub use self::environment::{Environment, EnvironmentError};
pub use self::error::ConfigurationError;
pub(crate) use self::file::DEFAULT as DEFAULT_FILE;
pub use self::file::FileError;
pub use self::http_layer::{HostLayer, HttpLayerError, PlacedLayer, PluginLayer};
pub use self::layer::Layer;
use self::notion_mcp::NotionMcp;
pub use self::oauth::{OAuth, OAuthError};
pub use self::oauth_layer::OAuthLayer;
use self::origin::is_origin;
pub use self::origin::{NotAnOrigin, Origin};
pub use self::probe_layer::{ProbeLayer, ProbeLayerError};
pub use self::rates_layer::{Bound, RatesLayer};
pub use self::retention_layer::RetentionLayer;
pub use self::secrets::Secrets;
pub use self::traces::{TracesConfiguration, TracesError};
pub use self::traces_layer::TracesLayer;
pub use self::upstream_layer::{Spoken, UpstreamLayer, UpstreamLayerError};
pub(crate) use self::upstream_table::{NamedSecret, NewUpstream, Place, TableError};
pub use self::written::{Elsewhere, InFile, InVariable, Written};
pub use crate::logging::levels::{Area, Level, Levels, NoLevel};

/// Where the host listens unless it is told otherwise: this machine only.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8700);

/// Notion's own address.
pub const DEFAULT_NOTION_API_URL: &str = "https://api.notion.com";

/// Notion's budget on every plan but the two largest (developers.notion.com/reference/request-limits).
pub const DEFAULT_REQUESTS_PER_MINUTE: u32 = 180;

/// Who may sign in by Notion, separated by commas; it wins over `[oauth] people`.
const PEOPLE: &str = "NOTION_OAUTH_PEOPLE";

/// Everything that the host needs to know, checked.
#[derive(Debug)]
pub struct Configuration {
    pub listen: SocketAddr,
    /// The origin that clients see.
    pub public_url: Url,
    /// Further origins under which clients reach the host.
    pub further_public_urls: Vec<Url>,
    /// SQLite file, compile cache, keys.
    pub data_dir: PathBuf,
    /// The folder that is watched for dropped plugins.
    pub plugin_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`.
    pub database_url: String,
    /// Where the rate windows of several hosts are, when they aren't in the database.
    pub redis_url: Option<RedisUrl>,
    /// Where Notion is.
    pub notion_api_url: Url,
    /// Requests that Notion allows one connection in a minute.
    pub notion_requests_per_minute: u32,
    /// The name of the connection that a call works on that names none of several.
    pub default_connection: String,
    /// By which clocks and weeks days are counted.
    pub calendar: Calendar,
    /// What dropping a file into the folder grants.
    pub grant_on_drop: BTreeSet<CapabilityName>,
    /// The chosen sets of tools that an address can name.
    pub profiles: Profiles,
    /// The tools that the operator's own profiles name.
    named_tools: Vec<(ProfileName, ToolName)>,
    /// What plugins are granted by configuration.
    pub grants: HashMap<PluginName, BTreeSet<CapabilityName>>,
    /// The plugins of this program that are served, with what they are granted by themselves.
    pub bundled: Vec<BundledPlugin>,
    /// What the operator wrote for plugins.
    pub settings: HashMap<PluginName, serde_json::Value>,
    /// The public integration that people connect workspaces with, if there is one.
    pub oauth: Option<OAuth>,
    /// Origins beside the public one that people may be sent to when they have connected a workspace.
    pub return_origins: Vec<Url>,
    /// Where people go when they have connected an account at Notion's hosted MCP server.
    pub notion_mcp_returns: Option<Url>,
    /// How long a person has to agree at an authorization server's page.
    pub authorization_lifetime: Duration,
    /// Who may sign in by Notion.
    pub people: People,
    /// Whether they may use what is the operator's and no connection leads to.
    pub people_use_shared: bool,
    /// Whose pages may use the host, and how many requests are taken.
    pub edge: EdgeSettings,
    /// The proxies in front of the host, and the bounds of connections. No key sets those: each has its reason.
    pub server: ServerSettings,
    /// The MCP servers behind this host.
    pub upstreams: Vec<UpstreamSettings>,
    /// The chat over all tools, where there is one.
    pub chat: Option<ChatConfiguration>,
    /// The SQL databases that tools may use.
    pub databases: Vec<DatabaseSettings>,
    /// What plugins may ask over HTTP, and with which secrets.
    pub http: HttpSettings,
    /// What is logged.
    pub log: Levels,
    /// Whether the file says what is logged, and not the environment.
    pub log_is_of_file: bool,
    /// Traces, and where they are sent.
    pub traces: Option<TracesConfiguration>,
    /// How long runs are kept.
    pub retention: Retention,
    /// Where the documents of OAuth's clients may lie. No key sets it: in tests they lie on this machine.
    pub documents: Reach,
    /// How long after it was sent Notion may still carry out a write.
    pub settle_time: Duration,
    /// The bounds of calls. Only the time of a repeat has a key: each of the others has its reason.
    pub limits: Limits,
    /// What may not be shown.
    pub secrets: Secrets,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
}

impl Configuration {
    /// Resolves the places, the first that says something winning.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError`] names the key and what it should be.
    pub fn resolve(flags: Layer, environment: &Environment) -> Result<Self, ConfigurationError> {
        let from_environment = environment.layer()?;
        let path = flags.config.clone().or_else(|| from_environment.config.clone());
        let (from_file, file) = file::read(path)?;
        let log_is_of_file = from_environment.log.is_none();
        let resolved = Self::of(flags.over(from_environment).over(from_file), environment)?;
        Ok(Self { log_is_of_file, file, ..resolved })
    }

    /// Resolves what is given here alone: no file, no variable of this process, so that nothing of an installation is touched.
    ///
    /// # Errors
    ///
    /// As [`Configuration::resolve`].
    pub fn alone(layer: Layer) -> Result<Self, ConfigurationError> {
        Self::of(layer, &Environment::of(&[]))
    }

    fn of(layer: Layer, environment: &Environment) -> Result<Self, ConfigurationError> {
        let listen = layer.listen.unwrap_or(DEFAULT_LISTEN);
        let data_dir = match layer.data_dir {
            Some(folder) => folder,
            None => environment.default_data_dir().ok_or(ConfigurationError::NoDataDir)?,
        };
        let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
        let public_url = match layer.public_url {
            Some(url) if is_origin(&url) => url,
            Some(url) => return Err(ConfigurationError::PublicUrl(url)),
            None if listen.ip().is_loopback() => origin_of(listen),
            None => return Err(ConfigurationError::OpenWithoutPublicUrl(listen)),
        };
        let mut layers = layer.upstreams;
        let notion_mcp = NotionMcp::read(environment, &mut layers)?;
        let upstreams = upstreams(layers, &data_dir, &public_url)?;
        let secrets = environment.secrets()?;
        let chat = layer.chat.resolve(secrets.openrouter_api_key.as_ref())?;
        let databases = databases(layer.databases)?;
        let http = http_layer::resolve(layer.secrets, &layer.plugins, layer.http)?;
        let plugin_dir = layer.plugin_dir.unwrap_or_else(|| data_dir.join("plugins"));
        Ok(Self {
            oauth: OAuth::of(environment, &public_url)?,
            return_origins: urls(layer.oauth.return_origins),
            notion_mcp_returns: notion_mcp.returns,
            authorization_lifetime: notion_mcp.lifetime.unwrap_or(LIFETIME),
            people_use_shared: layer.oauth.shared,
            people: People::named(&environment.list(PEOPLE).unwrap_or(layer.oauth.people)),
            further_public_urls: urls(layer.public_urls.unwrap_or_default()),
            edge: EdgeSettings {
                cors_origins: urls(layer.cors_origins.unwrap_or_default()),
                rates: layer.rates.resolve(),
            },
            server: ServerSettings {
                trusted_proxies: layer.trusted_proxies.unwrap_or_default().into_iter().collect(),
                ..ServerSettings::default()
            },
            public_url,
            listen,
            plugin_dir: std::path::absolute(&plugin_dir).unwrap_or(plugin_dir),
            database_url: layer
                .database_url
                .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("toolbay.db").display())),
            data_dir,
            redis_url: layer.redis_url.as_deref().map(str::parse::<RedisUrl>).transpose()?,
            notion_api_url: layer.notion_api_url.unwrap_or_else(default_notion_api_url),
            notion_requests_per_minute: layer
                .notion_requests_per_minute
                .unwrap_or(DEFAULT_REQUESTS_PER_MINUTE),
            default_connection: layer.default_connection.unwrap_or_else(|| RESERVED_NAME.to_owned()),
            calendar: Calendar {
                time_zone: layer.time_zone.unwrap_or(Calendar::default().time_zone),
                week_start: layer.week_start.unwrap_or(Calendar::default().week_start),
            },
            grant_on_drop: layer.grant_on_drop.unwrap_or_else(|| [NOTION_READ, CapabilityName::STATE].into()),
            named_tools: named_tools(&layer.profiles),
            profiles: Profiles::with(layer.profiles),
            bundled: bundled(layer.bundled.unwrap_or_default(), &layer.grants)?,
            grants: with_http(layer.grants, &layer.plugins),
            settings: layer.settings,
            upstreams,
            chat,
            databases,
            http,
            log: layer.log.unwrap_or_default(),
            log_is_of_file: false,
            traces: TracesConfiguration::of(layer.traces, environment)?,
            retention: layer.retention.resolve(),
            documents: Reach::Public,
            settle_time: layer.calls.settle_time(),
            limits: layer.calls.resolve(),
            secrets,
            file: None,
        })
    }
}

impl Configuration {
    /// The tools that the operator's own profiles name.
    pub(crate) fn tools_of_profiles(&self) -> impl Iterator<Item = (&ProfileName, &ToolName)> {
        self.named_tools.iter().map(|(profile, tool)| (profile, tool))
    }

    /// A profile that somebody named.
    ///
    /// # Errors
    ///
    /// When there is no such profile, with those that there are.
    pub fn profile(&self, name: &ProfileName) -> Result<&Profile, ConfigurationError> {
        self.profiles.get(name.as_str()).ok_or_else(|| {
            let known = self.profiles.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            ConfigurationError::Profile(name.clone(), known)
        })
    }
}

/// The MCP servers.
fn upstreams(
    layers: BTreeMap<UpstreamName, UpstreamLayer>,
    data_dir: &Path,
    public_url: &Url,
) -> Result<Vec<UpstreamSettings>, ConfigurationError> {
    let resolved = |(name, layer): (UpstreamName, UpstreamLayer)| {
        layer.resolve(&name, data_dir, public_url).map_err(|error| ConfigurationError::Upstream(name, error))
    };
    layers.into_iter().map(resolved).collect()
}

/// The SQL databases.
fn databases(
    layers: BTreeMap<DatabaseName, DatabaseLayer>,
) -> Result<Vec<DatabaseSettings>, ConfigurationError> {
    let resolved = |(name, layer): (DatabaseName, DatabaseLayer)| {
        layer.resolve(name.clone()).map_err(|error| ConfigurationError::Database(name, error))
    };
    layers.into_iter().map(resolved).collect()
}

/// The bundled plugins that are served. What the operator grants one counts instead of what was shipped with it.
fn bundled(
    wanted: Bundled,
    grants: &HashMap<PluginName, BTreeSet<CapabilityName>>,
) -> Result<Vec<BundledPlugin>, NotBundled> {
    let mut plugins = wanted.choose(bundled::all())?;
    for plugin in &mut plugins {
        if grants.keys().any(|name| name.as_str() == bundled::name_of(plugin)) {
            plugin.grants.clear();
        }
    }
    Ok(plugins)
}

/// To name places of a plugin is to grant it the capability; no other grant of it means anything.
fn with_http(
    mut grants: HashMap<PluginName, BTreeSet<CapabilityName>>,
    plugins: &BTreeMap<PluginName, PluginLayer>,
) -> HashMap<PluginName, BTreeSet<CapabilityName>> {
    for (plugin, _) in plugins.iter().filter(|(_, layer)| !layer.http.is_empty()) {
        grants.entry(plugin.clone()).or_default().insert(toolbay_http::CAPABILITY);
    }
    grants
}

fn named_tools(profiles: &BTreeMap<ProfileName, Profile>) -> Vec<(ProfileName, ToolName)> {
    let tools = |(name, profile): (&ProfileName, &Profile)| {
        let name = name.clone();
        profile.tools.clone().into_iter().map(move |tool| (name.clone(), tool))
    };
    profiles.iter().flat_map(tools).collect()
}

fn urls(origins: Vec<Origin>) -> Vec<Url> {
    origins.into_iter().map(Origin::into_url).collect()
}

#[expect(clippy::expect_used, reason = "a socket address always makes a URL; a test goes over both families")]
fn origin_of(address: SocketAddr) -> Url {
    format!("http://{address}").parse().expect("an address makes a URL")
}

#[expect(clippy::expect_used, reason = "a constant, parsed in every test")]
fn default_notion_api_url() -> Url {
    DEFAULT_NOTION_API_URL.parse().expect("the constant is a URL")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolve(flags: Layer, variables: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
        Configuration::resolve(flags, &Environment::of(variables))
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("toolbay.toml");
        std::fs::write(
            &file,
            "listen = \"127.0.0.1:1\"\ndata_dir = \"/from/file\"\nnotion_requests_per_minute = 7\n",
        )
        .unwrap();
        let flags =
            Layer { listen: Some("127.0.0.1:3".parse().unwrap()), config: Some(file), ..Layer::default() };
        let configuration =
            resolve(flags, &[("TOOLBAY_LISTEN", "127.0.0.1:2"), ("TOOLBAY_DATA_DIR", "/from/environment")])
                .unwrap();
        assert_eq!(configuration.listen.port(), 3);
        assert_eq!(configuration.data_dir, PathBuf::from("/from/environment"));
        assert_eq!(configuration.notion_requests_per_minute, 7);
        assert_eq!(configuration.plugin_dir, PathBuf::from("/from/environment/plugins"));
        assert_eq!(configuration.public_url.as_str(), "http://127.0.0.1:3/");
    }

    #[test]
    fn the_edge_is_configured_by_file_and_environment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("toolbay.toml");
        let written = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let flags = Layer { config: Some(file.clone()), ..Layer::default() };
            resolve(flags, &[("TOOLBAY_DATA_DIR", "/x"), ("TOOLBAY_CORS_ORIGINS", "https://b.example")])
        };
        let text = "cors_origins = [\"https://a.example\"]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n\
                    [rates]\naddress = \"60/minute\"\n";
        let shown = written(text).unwrap().redacted();
        assert_eq!(shown["cors_origins"], json!(["https://b.example/"]), "the environment wins");
        assert_eq!(shown["trusted_proxies"], json!(["127.0.0.1/32", "10.0.0.0/8"]));
        let rates = json!({"address": "60/minute", "principal": "none", "wrong_tokens": "120/minute"});
        assert_eq!(shown["rates"], rates);
        for (bad, why) in [
            ("cors_origins = [\"*\"]", "`*` is not an origin"),
            ("trusted_proxies = [\"0.0.0.0/0\"]", "of less than everybody"),
            ("[rates]\naddress = \"6\"", "`6` is not a rate"),
        ] {
            let error = written(bad).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_calendar_is_the_operators() {
        let data = ("TOOLBAY_DATA_DIR", "/tmp/x");
        let shown = |variables: &[(&str, &str)]| {
            let shown = resolve(Layer::default(), variables).unwrap().redacted();
            json!([shown["time_zone"], shown["week_start"]])
        };
        assert_eq!(shown(&[data]), json!(["UTC", "monday"]));
        let here = [data, ("TOOLBAY_TIME_ZONE", "America/New_York"), ("TOOLBAY_WEEK_START", "sunday")];
        assert_eq!(shown(&here), json!(["America/New_York", "sunday"]));
        let bad =
            resolve(Layer::default(), &[data, ("TOOLBAY_TIME_ZONE", "Berlin")]).unwrap_err().to_string();
        assert!(bad.contains("TOOLBAY_TIME_ZONE") && bad.contains("`Berlin` is not a time zone"), "{bad}");
    }

    #[test]
    fn further_origins_come_from_a_list() {
        let data = ("TOOLBAY_DATA_DIR", "/tmp/x");
        let further = ("TOOLBAY_PUBLIC_URLS", "https://a.example, http://b.example:81");
        let configuration = resolve(Layer::default(), &[data, further]).unwrap();
        let urls: Vec<&str> = configuration.further_public_urls.iter().map(Url::as_str).collect();
        assert_eq!(urls, ["https://a.example/", "http://b.example:81/"]);
        let bad = resolve(Layer::default(), &[data, ("TOOLBAY_PUBLIC_URLS", "https://a.example/x")]);
        assert!(bad.unwrap_err().to_string().contains("`https://a.example/x` is not an origin"));
    }

    #[test]
    fn what_can_not_work_is_refused_with_what_would() {
        let data = ("TOOLBAY_DATA_DIR", "/tmp/x");
        let error =
            |variables: &[(&str, &str)]| resolve(Layer::default(), variables).unwrap_err().to_string();
        assert!(error(&[data, ("TOOLBAY_LISTEN", "0.0.0.0:80")]).contains("needs TOOLBAY_PUBLIC_URL"));
        assert!(error(&[data, ("TOOLBAY_PUBLIC_URL", "https://a.example/x")]).contains("must be an origin"));
        assert!(error(&[data, ("TOOLBAY_LISTEN", "nowhere")]).contains("TOOLBAY_LISTEN"));
        assert!(
            error(&[data, ("TOOLBAY_LISTENN", "127.0.0.1:1")]).contains("did you mean `TOOLBAY_LISTEN`?")
        );
        assert!(origin_of("[::1]:8700".parse().unwrap()).as_str().starts_with("http://[::1]"));
        assert!(is_origin(&default_notion_api_url()));
    }
}
