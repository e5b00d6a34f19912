//! How a server is reached, and what the operator says of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use toolbay_kernel::Secret;
use toolbay_kernel::upstream::UpstreamName;
use url::Url;

use crate::probe::ProbeSettings;

/// Longest message of a server, in bytes: what an answer may be, and its envelope.
pub(crate) const MAX_MESSAGE: usize = 5 * 1024 * 1024;

/// A server, as the operator configured it.
#[derive(Debug, Clone)]
pub struct UpstreamSettings {
    pub name: UpstreamName,
    pub transport: TransportSettings,
    /// Tools that only read though their server doesn't say so, by its own names.
    pub reads: BTreeSet<String>,
    /// How the outcome of a write is looked for, by its server's name for the tool.
    pub probes: BTreeMap<String, ProbeSettings>,
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
    /// How people open accounts there; none where the operator's headers are all that it wants.
    pub oauth: Option<OAuthSettings>,
}

/// How people open accounts at a server.
#[derive(Debug, Clone)]
pub struct OAuthSettings {
    /// The client that the operator has registered there; without one this host registers itself.
    pub client: Option<GivenClient>,
    /// The only authorization server that is asked; without it the one that the server names.
    pub issuer: Option<String>,
    /// Where people are sent back to.
    pub redirect_uri: Url,
    /// What is asked for; without it what the server says that it needs.
    pub scope: Option<String>,
    /// How the client shows that it is the one; without it as the authorization server prefers.
    pub token_auth_method: Option<TokenAuthMethod>,
    /// The address of this host where a person begins, for refusals.
    pub start_url: Url,
    /// What asks the addresses that a server names, beside its own and the issuer's.
    pub elsewhere: Elsewhere,
}

/// A client that an operator has registered.
#[derive(Debug, Clone)]
pub struct GivenClient {
    pub id: String,
    pub secret: Option<Secret>,
}

/// How a client shows that it is the one (RFC 7591, 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAuthMethod {
    /// It has no secret.
    None,
    ClientSecretBasic,
    ClientSecretPost,
}

impl TokenAuthMethod {
    /// Its registered name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }
}

/// What asks addresses that nobody but a server has named. An operator who lets a server be at a private address has not let it name others.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// What sends the requests. What a name leads to, it decides.
    pub client: reqwest::Client,
    /// Whether an address may be asked, as far as it says so itself.
    pub may_ask: fn(&Url) -> bool,
}

impl UpstreamSettings {
    /// How it is reached, as operators write it.
    #[must_use]
    pub fn transport_in_words(&self) -> &'static str {
        match self.transport {
            TransportSettings::Stdio(_) => "stdio",
            TransportSettings::Http(_) => "streamable-http",
            TransportSettings::Sse(_) => "sse",
        }
    }

    /// Where it is, without what may be a secret: its program, or the origin of its address.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.transport {
            TransportSettings::Stdio(stdio) => stdio.program.clone(),
            TransportSettings::Http(http) | TransportSettings::Sse(http) => {
                http.url.origin().ascii_serialization()
            }
        }
    }

    /// Where a person connects an account, where people do.
    #[must_use]
    pub fn start_url(&self) -> Option<&Url> {
        self.oauth().map(|oauth| &oauth.start_url)
    }

    /// How people open accounts there, where they do.
    pub(crate) fn oauth(&self) -> Option<&OAuthSettings> {
        match &self.transport {
            TransportSettings::Http(http) => http.oauth.as_ref(),
            TransportSettings::Stdio(_) | TransportSettings::Sse(_) => None,
        }
    }
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
