//! `[upstreams.NAME]`: MCP servers behind this host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;
use toolbay_http::Reach;
use toolbay_kernel::Secret;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_upstream::{
    Elsewhere, GivenClient, HttpSettings, OAuthSettings, StdioSettings, TokenAuthMethod, TransportSettings,
    UpstreamSettings,
};
use url::Url;

use super::probe_layer::{ProbeLayer, ProbeLayerError};
use super::words;
use super::written::Written;

/// One server, as it is written.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamLayer {
    /// A program and its arguments, for a server over standard input and output.
    #[serde(default)]
    pub command: Vec<String>,
    /// All of the program's environment but for the path.
    #[serde(default)]
    pub env: BTreeMap<String, Written>,
    /// The address of a server over HTTP.
    #[serde(default, deserialize_with = "words::read_url")]
    pub url: Option<Url>,
    /// How it speaks [default: streamable-http].
    pub transport: Option<Spoken>,
    /// Headers of every request, such as `Authorization`.
    #[serde(default)]
    pub headers: BTreeMap<String, Written>,
    /// Whether the address may lead to this machine or a private network.
    #[serde(default)]
    pub allow_private: bool,
    /// Tools that only read though their server doesn't say so.
    #[serde(default)]
    pub reads: BTreeSet<String>,
    /// Whether people connect accounts of their own there, by OAuth.
    #[serde(default)]
    pub oauth: Accounts,
    /// How the outcome of a write is looked for, by its server's name for the tool.
    #[serde(default)]
    pub probes: BTreeMap<String, ProbeLayer>,
}

/// Whether people connect accounts of their own: yes, no, or how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected true, false or a table such as { client_id = \"ID\" }")]
pub enum Accounts {
    Are(bool),
    By(Box<AccountsLayer>),
}

impl Default for Accounts {
    fn default() -> Self {
        Self::Are(false)
    }
}

/// How people connect accounts.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsLayer {
    /// The client that the operator has registered there [default: the host registers itself].
    pub client_id: Option<String>,
    pub client_secret: Option<Written>,
    /// The only authorization server that is asked [default: the one that the server names].
    pub issuer: Option<String>,
    /// Where people are sent back to: /integrations/NAME/mcp/oauth/callback of this host.
    #[serde(default, deserialize_with = "words::read_url")]
    pub redirect_uri: Option<Url>,
    /// What is asked for [default: what the server says].
    pub scope: Option<String>,
    /// How the client shows that it is the one [default: as the authorization server prefers].
    pub token_auth_method: Option<AuthMethod>,
}

/// How a client shows that it is the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    None,
    ClientSecretBasic,
    ClientSecretPost,
}

impl FromStr for AuthMethod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "client_secret_basic" => Ok(Self::ClientSecretBasic),
            "client_secret_post" => Ok(Self::ClientSecretPost),
            _ => Err("it must be none, client_secret_basic or client_secret_post".to_owned()),
        }
    }
}

/// How a server over HTTP speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spoken {
    StreamableHttp,
    Sse,
}

/// What is wrong with a server's settings.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamLayerError {
    #[error("`command` or `url` says where it is: one of them")]
    Place,
    #[error("`command` begins with the name of a program")]
    Program,
    #[error("`{0}` can't be the name of a variable")]
    VariableName(String),
    #[error("`oauth` is for a server over streamable HTTP, which `url` names")]
    Accounts,
    #[error("`oauth` and the header `Authorization` are both there: keep one")]
    TwoCredentials,
    #[error("`client_id` is missing beside `client_secret`")]
    HalfAClient,
    #[error("`redirect_uri` can only be {0}, at the origin in TOOLBAY_PUBLIC_URL")]
    Redirect(Url),
    #[error("`{0}` can't be a header of the operator's")]
    Header(String),
    #[error("`{0}` is for a server over HTTP, which `url` names")]
    ForHttp(&'static str),
    #[error("`env` is for a program, which `command` names")]
    ForProgram,
    #[error(
        "`{0}` is no public address by https; `allow_private = true` lets it be one of this machine or a private network"
    )]
    Private(String),
    #[error("probes.{0}: {1}")]
    Probe(String, ProbeLayerError),
    #[error(transparent)]
    Client(#[from] toolbay_http::SetUpError),
}

impl UpstreamLayer {
    /// The settings of a server. Its secrets are read when it is connected to: most commands need none.
    ///
    /// # Errors
    ///
    /// [`UpstreamLayerError`] says which key is wrong.
    pub fn resolve(
        self,
        name: &UpstreamName,
        data_dir: &Path,
        public: &Url,
    ) -> Result<UpstreamSettings, UpstreamLayerError> {
        let is_over_sse = self.transport == Some(Spoken::Sse);
        let accounts = match self.oauth {
            Accounts::Are(false) => None,
            Accounts::Are(true) => Some(AccountsLayer::default()),
            Accounts::By(accounts) => Some(*accounts),
        };
        if accounts.is_some() && (self.url.is_none() || is_over_sse) {
            return Err(UpstreamLayerError::Accounts);
        }
        let transport = match (self.command.split_first(), self.url) {
            (Some((program, arguments)), None) => {
                if !self.headers.is_empty() {
                    return Err(UpstreamLayerError::ForHttp("headers"));
                }
                if self.transport.is_some() {
                    return Err(UpstreamLayerError::ForHttp("transport"));
                }
                if self.allow_private {
                    return Err(UpstreamLayerError::ForHttp("allow_private"));
                }
                if program.trim().is_empty() || self.command.iter().any(|word| word.contains('\0')) {
                    return Err(UpstreamLayerError::Program);
                }
                let is_name = |name: &&String| !name.is_empty() && !name.contains(['=', '\0']);
                if let Some(name) = self.env.keys().find(|name| !is_name(name)) {
                    return Err(UpstreamLayerError::VariableName(name.clone()));
                }
                TransportSettings::Stdio(StdioSettings {
                    program: program.clone(),
                    arguments: arguments.to_vec(),
                    environment: places(self.env),
                    folder: data_dir.join("upstreams").join(name.as_str()),
                    launcher: Vec::new(),
                })
            }
            (None, Some(url)) => {
                if !self.env.is_empty() {
                    return Err(UpstreamLayerError::ForProgram);
                }
                if let Some(name) = self.headers.keys().find(|name| !is_own_header(name)) {
                    return Err(UpstreamLayerError::Header(name.clone()));
                }
                let reach = if self.allow_private { Reach::Everywhere } else { Reach::Public };
                if !reach.takes(&url) {
                    // Without what may be a secret: its user, path and query.
                    let place = url.host_str().unwrap_or_default();
                    return Err(UpstreamLayerError::Private(format!("{}://{place}", url.scheme())));
                }
                let elsewhere = Elsewhere {
                    client: toolbay_http::client(Reach::Public)?,
                    may_ask: |url| Reach::Public.takes(url),
                };
                let oauth = accounts.map(|accounts| accounts.resolve(name, public, elsewhere)).transpose()?;
                if oauth.is_some()
                    && self.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"))
                {
                    return Err(UpstreamLayerError::TwoCredentials);
                }
                let client = toolbay_http::client(reach)?;
                let http = HttpSettings { url, headers: places(self.headers), client, oauth };
                match self.transport {
                    Some(Spoken::Sse) => TransportSettings::Sse(http),
                    Some(Spoken::StreamableHttp) | None => TransportSettings::Http(http),
                }
            }
            (Some(_), Some(_)) | (None, None) => return Err(UpstreamLayerError::Place),
        };
        let probe = |(tool, layer): (String, ProbeLayer)| match layer.resolve() {
            Ok(probe) => Ok((tool, probe)),
            Err(error) => Err(UpstreamLayerError::Probe(tool, error)),
        };
        let probes = self.probes.into_iter().map(probe).collect::<Result<_, UpstreamLayerError>>()?;
        Ok(UpstreamSettings { name: name.clone(), transport, reads: self.reads, probes })
    }
}

impl AccountsLayer {
    fn resolve(
        self,
        name: &UpstreamName,
        public: &Url,
        elsewhere: Elsewhere,
    ) -> Result<OAuthSettings, UpstreamLayerError> {
        let client = match (self.client_id, self.client_secret) {
            (Some(id), secret) => Some(GivenClient { id, secret: secret.map(Into::into) }),
            (None, Some(_)) => return Err(UpstreamLayerError::HalfAClient),
            (None, None) => None,
        };
        // Each server has an address of its own to come back to, so that no code of one is taken for a code of another.
        let expected = at(public, &format!("/integrations/{name}/mcp/oauth/callback"));
        let redirect_uri = match self.redirect_uri {
            Some(uri) if uri != expected => return Err(UpstreamLayerError::Redirect(expected)),
            _ => expected,
        };
        let mut start_url = at(public, "/oauth/start");
        start_url.query_pairs_mut().append_pair("upstream", name.as_str());
        let token_auth_method = self.token_auth_method.map(|method| match method {
            AuthMethod::None => TokenAuthMethod::None,
            AuthMethod::ClientSecretBasic => TokenAuthMethod::ClientSecretBasic,
            AuthMethod::ClientSecretPost => TokenAuthMethod::ClientSecretPost,
        });
        Ok(OAuthSettings {
            client,
            issuer: self.issuer,
            redirect_uri,
            scope: self.scope,
            token_auth_method,
            start_url,
            elsewhere,
        })
    }
}

fn at(public: &Url, path: &str) -> Url {
    let mut url = public.clone();
    url.set_path(path);
    url
}

/// Whether an operator may give a header: it can be one, and the protocol or HTTP itself don't set it.
fn is_own_header(name: &str) -> bool {
    const SET: [&str; 8] = [
        "accept",
        "connection",
        "content-length",
        "content-type",
        "host",
        "last-event-id",
        "mcp-session-id",
        "transfer-encoding",
    ];
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let lower = name.to_ascii_lowercase();
    !name.is_empty()
        && name.bytes().all(is_token)
        && !SET.contains(&lower.as_str())
        && !lower.starts_with("mcp-")
}

fn places(written: BTreeMap<String, Written>) -> BTreeMap<String, Secret> {
    written.into_iter().map(|(name, value)| (name, value.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<UpstreamSettings, String> {
        let layer: UpstreamLayer = toml::from_str(text).map_err(|error| error.to_string())?;
        let public = "https://tools.example.com".parse().unwrap();
        let resolved = layer.resolve(&"files".parse().unwrap(), Path::new("/data"), &public);
        resolved.map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_is_a_program_or_an_address() {
        let program = resolved("command = [\"npx\", \"-y\", \"files\"]\nenv = { HOME = \"/x\" }").unwrap();
        let TransportSettings::Stdio(stdio) = program.transport else { panic!() };
        assert_eq!((stdio.program.as_str(), stdio.arguments.len()), ("npx", 2));
        assert_eq!(stdio.folder, Path::new("/data/upstreams/files"));
        let http = resolved("url = \"https://example.com/mcp\"\nreads = [\"list\"]").unwrap();
        assert!(matches!(http.transport, TransportSettings::Http(_)) && http.reads.contains("list"));
        let sse = resolved("url = \"https://example.com/sse\"\ntransport = \"sse\"").unwrap();
        assert!(matches!(sse.transport, TransportSettings::Sse(_)));
        for (wrong, said) in [
            ("", "one of them"),
            ("command = [\"a\"]\nurl = \"https://example.com/\"", "one of them"),
            ("command = [\"a\"]\nheaders = { X = \"y\" }", "`headers` is for a server over HTTP"),
            ("url = \"https://example.com/\"\nenv = { X = \"y\" }", "`env` is for a program"),
            ("url = \"https://example.com/\"\nheaders = { X = { env = \"A\", file = \"/b\" } }", "headers"),
            ("command = [\" \"]", "the name of a program"),
            ("command = [\"a\"]\nallow_private = true", "`allow_private` is for a server over HTTP"),
            ("command = [\"a\"]\nenv = { \"A=B\" = \"x\" }", "the name of a variable"),
            ("url = \"https://example.com/\"\nheaders = { Host = \"x\" }", "a header"),
            ("url = \"https://example.com/\"\nheaders = { \"A B\" = \"x\" }", "a header"),
            ("url = \"https://example.com/\"\nheaders = { A = 7 }", "expected a text"),
            ("url = \"https://example.com/\"\nshell = true", "unknown field `shell`"),
            ("command = [\"a\"]\noauth = true", "`oauth` is for a server over streamable HTTP"),
            ("url = \"https://example.com/\"\ntransport = \"sse\"\noauth = true", "streamable HTTP"),
            ("url = \"https://example.com/\"\noauth = { client_secret = \"x\" }", "`client_id` is missing"),
            (
                "url = \"https://example.com/\"\noauth = { redirect_uri = \"https://evil.example/\" }",
                "can only be https://tools.example.com/integrations/files/mcp/oauth/callback",
            ),
            ("url = \"https://example.com/\"\noauth = true\nheaders = { authorization = \"x\" }", "both"),
        ] {
            let error = resolved(wrong).unwrap_err();
            assert!(error.contains(said), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_private_address_is_refused_unless_the_operator_says_so() {
        for url in [
            "http://example.com/mcp",
            "https://127.0.0.1/mcp",
            "https://[::1]/mcp",
            "https://[::ffff:10.0.0.1]/mcp",
            "https://0x7f.1/mcp",
            "https://2130706433/mcp",
            "https://169.254.169.254/latest",
            "https://localhost/mcp",
            "https://user:canary@10.0.0.1/mcp?key=canary",
        ] {
            let error = resolved(&format!("url = \"{url}\"")).unwrap_err();
            assert!(error.contains("allow_private") && !error.contains("canary"), "{url}: {error}");
            assert!(resolved(&format!("url = \"{url}\"\nallow_private = true")).is_ok(), "{url}");
        }
        assert!(resolved("url = \"file:///etc/passwd\"\nallow_private = true").is_err());
    }
}
