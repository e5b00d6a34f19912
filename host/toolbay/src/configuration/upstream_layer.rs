//! `[upstreams.NAME]`: MCP servers behind this host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use toolbay_http::Reach;
use toolbay_kernel::Secret;
use toolbay_kernel::upstream::UpstreamName;
use toolbay_upstream::{HttpSettings, StdioSettings, TransportSettings, UpstreamSettings};
use url::Url;

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
    ) -> Result<UpstreamSettings, UpstreamLayerError> {
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
                let http =
                    HttpSettings { url, headers: places(self.headers), client: toolbay_http::client(reach)? };
                match self.transport {
                    Some(Spoken::Sse) => TransportSettings::Sse(http),
                    Some(Spoken::StreamableHttp) | None => TransportSettings::Http(http),
                }
            }
            (Some(_), Some(_)) | (None, None) => return Err(UpstreamLayerError::Place),
        };
        Ok(UpstreamSettings { name: name.clone(), transport, reads: self.reads })
    }
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
        layer.resolve(&"files".parse().unwrap(), Path::new("/data")).map_err(|error| error.to_string())
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
