//! How a server is reached, and what the operator says of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use toolbay_kernel::Secret;
use toolbay_kernel::upstream::UpstreamName;
use url::Url;

/// Longest message of a server, in bytes: what an answer may be, and its envelope.
pub(crate) const MAX_MESSAGE: usize = 5 * 1024 * 1024;

/// A server, as the operator configured it.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    pub name: UpstreamName,
    pub transport: TransportSettings,
    /// Tools that only read though their server doesn't say so, by its own names.
    pub reads: BTreeSet<String>,
}

/// How a server is reached.
#[derive(Debug, Clone)]
pub enum TransportSettings {
    /// A program of this machine, over its standard input and output.
    Stdio(StdioSettings),
    /// Streamable HTTP, in the newest form that the server knows.
    Http(HttpSettings),
    /// The older HTTP with server-sent events.
    Sse(HttpSettings),
}

/// A program that is started.
#[derive(Debug, Clone)]
pub struct StdioSettings {
    pub program: String,
    pub arguments: Vec<String>,
    /// All of its environment but for the path.
    pub environment: BTreeMap<String, Secret>,
    /// Where it runs.
    pub folder: PathBuf,
    /// What it is started by: this program's own command line that limits itself first, and then becomes the other.
    pub launcher: Vec<PathBuf>,
}

/// An address that is asked.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    pub url: Url,
    /// Such as `Authorization`.
    pub headers: BTreeMap<String, Secret>,
    /// What sends the requests. It decides which addresses are asked, and follows nothing.
    pub client: reqwest::Client,
}

impl HttpSettings {
    /// The operator's headers, marked as secret; or why one of them can't be one.
    pub(crate) fn headers(&self) -> Result<HashMap<HeaderName, HeaderValue>, String> {
        let header = |(name, value): (&String, &Secret)| {
            let name: HeaderName = name.parse().map_err(|_| "a header's name can't be one".to_owned())?;
            let value = value.read().map_err(|error| error.to_string())?;
            let mut value = HeaderValue::from_str(value.expose_secret())
                .map_err(|_| format!("the value of the header {name} can't be one"))?;
            value.set_sensitive(true);
            Ok((name, value))
        };
        self.headers.iter().map(header).collect()
    }
}
