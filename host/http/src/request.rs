//! A plugin's request: as the sandbox hands it over, and as it is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use toolbay_kernel::effects::WriteName;
use toolbay_kernel::gate::{Method, Payload, Request, ResolvedRequest};
use toolbay_kernel::{Access, Code, Problem};

use crate::address::{Address, NotAnAddress};
use crate::capability::{self, CAPABILITY};
use crate::headers::{self, NotAHeader};

/// The egress's name in a request.
pub(crate) const NAME: &str = "http";

/// Largest body, in bytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// Parameters of a query that a plugin gives beside the address.
const MAX_QUERY: usize = 100;

/// A request that is made of validated parts alone. What the operator places in it isn't here: a journal has this.
#[derive(Debug, Clone)]
pub(crate) struct HttpRequest {
    /// The plugin that asks, by the host's own knowledge.
    pub(crate) plugin: String,
    pub(crate) method: Method,
    pub(crate) address: Address,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    /// The other host whose redirect led here.
    pub(crate) from: Option<String>,
}

/// What the sandbox hands over beside method, address and query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    plugin: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    /// The body, when it is text.
    text: Option<String>,
    /// The body, when it isn't.
    base64: Option<String>,
    /// The other host whose redirect led here, by the host's own knowledge.
    from: Option<String>,
}

/// Why something can't be a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotARequest {
    #[error("The address can't be asked: {0}.")]
    Address(#[from] NotAnAddress),
    #[error("The request can't be sent: {0}.")]
    Header(#[from] NotAHeader),
    #[error("A query has at most {MAX_QUERY} parameters.")]
    Query,
    #[error("{} has no body.", .0.as_str())]
    Body(Method),
    #[error("A body has at most {MAX_BODY} bytes.")]
    TooLarge,
    #[error("The request is not one over HTTP.")]
    Malformed,
}

impl From<NotARequest> for Problem {
    fn from(error: NotARequest) -> Self {
        let hint = match error {
            NotARequest::Address(_) => {
                "Write the address as https://api.example.com/v1/items, each variable segment percent-encoded."
            }
            NotARequest::Header(NotAHeader::HostsOwn(_)) => "Leave the header out.",
            NotARequest::Header(NotAHeader::Underscore(_)) => "Write the header's name with hyphens.",
            NotARequest::Header(_) => "Write names and values of headers in visible ASCII, and few of them.",
            NotARequest::Query => "Put what is long into the body of a POST.",
            NotARequest::Body(_) => "Leave the body out, or use POST, PUT, PATCH or DELETE.",
            NotARequest::TooLarge => "Send it in parts.",
            NotARequest::Malformed => "Build the plugin with the toolbay-sdk of this host.",
        };
        Self::new(Code::InvalidInput, error.to_string()).hint(hint)
    }
}

impl HttpRequest {
    /// Reads what the sandbox hands over. Method, address, query, headers and body are the guest's own words.
    pub(crate) fn read(request: Request) -> Result<Self, NotARequest> {
        if request.query.len() > MAX_QUERY {
            return Err(NotARequest::Query);
        }
        let asked = request.body.ok_or(NotARequest::Malformed)?;
        let asked: Asked = serde_json::from_value(asked).map_err(|_| NotARequest::Malformed)?;
        let body = match (asked.text, asked.base64) {
            (None, None) => None,
            (Some(text), None) => Some(text.into_bytes()),
            (None, Some(encoded)) => Some(STANDARD.decode(encoded).map_err(|_| NotARequest::Malformed)?),
            (Some(_), Some(_)) => return Err(NotARequest::Malformed),
        };
        if body.as_ref().is_some_and(|body| body.len() > MAX_BODY) {
            return Err(NotARequest::TooLarge);
        }
        if body.is_some() && capability::access(request.method) == Access::Reads {
            return Err(NotARequest::Body(request.method));
        }
        Ok(Self {
            plugin: asked.plugin,
            method: request.method,
            address: Address::parse(&request.path)?.with_query(&request.query)?,
            headers: headers::to_send(&asked.headers)?,
            body,
            from: asked.from,
        })
    }

    /// The request as the gate knows it.
    pub(crate) fn resolved(self) -> ResolvedRequest {
        let access = capability::access(self.method);
        let target = if access == Access::Reads { String::new() } else { self.address.authority() };
        let summary =
            WriteName { method: self.method.as_str().to_owned(), route: self.address.place(), target };
        // A second one of the same words may do it twice, whatever its method says.
        ResolvedRequest::new(CAPABILITY, access, summary, std::sync::Arc::new(self))
    }

    /// Whether it may change something.
    pub(crate) fn writes(&self) -> bool {
        capability::access(self.method) != Access::Reads
    }

    /// What it is, for people.
    pub(crate) fn route(&self) -> String {
        format!("{} {}", self.method.as_str(), self.address.place())
    }
}

impl Payload for HttpRequest {
    fn in_words(&self) -> Value {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
            .collect();
        let body = self.body.as_ref().map(|body| match std::str::from_utf8(body) {
            Ok(text) => json!({ "text": text }),
            Err(_) => json!({ "base64": STANDARD.encode(body) }),
        });
        json!([
            NAME,
            self.plugin,
            self.method.as_str(),
            self.address.url().as_str(),
            headers,
            body,
            self.from
        ])
    }
}
