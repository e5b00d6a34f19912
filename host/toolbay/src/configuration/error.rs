//! Why a configuration can't work.

use std::net::SocketAddr;

use toolbay_kernel::ProfileName;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_redis::NotARedisUrl;
use toolbay_sql::DatabaseName;
use url::Url;

use super::bundled::NotBundled;
use super::chat_layer::ChatLayerError;
use super::database_layer::DatabaseLayerError;
use super::environment::EnvironmentError;
use super::file::FileError;
use super::http_layer::HttpLayerError;
use super::oauth::OAuthError;
use super::traces::TracesError;
use super::upstream_layer::UpstreamLayerError;

/// A configuration that can't work.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// `toolbay.toml` can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A variable can't be used.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The public integration can't work.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// Plugins that aren't in the program.
    #[error("bundled: {0}")]
    Bundled(#[from] NotBundled),
    /// An MCP server that can't be reached so.
    #[error("upstreams.{0}: {1}")]
    Upstream(UpstreamName, UpstreamLayerError),
    /// A chat that can't work.
    #[error("chat: {0}")]
    Chat(#[from] ChatLayerError),
    /// Traces that can't be sent so.
    #[error("traces: {0}")]
    Traces(#[from] TracesError),
    /// A database that can't be named so.
    #[error("databases.{0}: {1}")]
    Database(DatabaseName, DatabaseLayerError),
    /// A Redis server that can't be reached so.
    #[error(transparent)]
    Redis(#[from] NotARedisUrl),
    /// Requests of plugins that can't be made so.
    #[error(transparent)]
    Http(#[from] HttpLayerError),
    /// No data folder is known.
    #[error("no folder for data is known on this system: set TOOLBAY_DATA_DIR")]
    NoDataDir,
    /// Not an origin.
    #[error(
        "TOOLBAY_PUBLIC_URL must be an origin such as https://tools.example.com, without path or query, not `{0}`"
    )]
    PublicUrl(Url),
    /// Listening to the world without anything in front.
    #[error(
        "listening on {0}, which other machines reach, needs TOOLBAY_PUBLIC_URL: the origin that clients see, which is \
         also the only host that requests may name"
    )]
    OpenWithoutPublicUrl(SocketAddr),
    /// No such profile.
    #[error("there is no profile `{0}`; there are {1}")]
    Profile(ProfileName, String),
}
