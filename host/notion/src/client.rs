//! Sends one request, once.
//!
//! Nothing here follows a redirect (307 and 308 would repeat a write at another address), keeps a cookie, or asks the
//! environment for a proxy: where a credential travels is the operator's decision alone, and there is no setting for a
//! proxy yet. The one thing that is repeated is a request that the pool handed to a connection which was already closed,
//! and of which not a byte was written.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Request, redirect, retry};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::{ExposeSecret, SecretString};
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::Method;
use toolbay_kernel::{Access, Code, Problem};
use url::Url;

use crate::address::Address;
use crate::answer;
use crate::error::NotionError;
use crate::pace::MAX_TIME;
use crate::request::NotionRequest;

/// The version of the API that this crate is written for.
pub(crate) const NOTION_VERSION: &str = "2026-03-11";

/// Shortest time in which a request is still sent: with less, a write's outcome would only become unknown.
const SHORTEST_TIME: Duration = Duration::from_millis(500);

/// Time for DNS, TCP and TLS. Below it a failure is known to have come before the request.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// How long an idle connection is kept: shorter than servers keep theirs, so that few requests meet one that is being
/// closed, which would leave a write's outcome unknown.
const IDLE_TIME: Duration = Duration::from_secs(20);

/// The HTTP client toward Notion.
#[derive(Debug)]
pub(crate) struct NotionClient {
    address: Address,
    http: Client,
}

impl NotionClient {
    pub(crate) fn new(address: Address) -> Result<Self, NotionError> {
        let tls = tls(address.is_encrypted()).map_err(NotionError::Encryption)?;
        let http = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("toolbay/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIME)
            .pool_idle_timeout(IDLE_TIME)
            .build()
            .map_err(NotionError::Client)?;
        Ok(Self { address, http })
    }

    /// What sends, with everything that is set about it.
    pub(crate) fn http(&self) -> &Client {
        &self.http
    }

    /// The URL of a path that this crate knows; never one that somebody sent.
    pub(crate) fn url_of(&self, segments: &[&str]) -> Result<Url, NotionError> {
        self.address.path(segments)
    }

    /// Builds the request. The two headers that decide what Notion makes of it come last.
    fn request(
        &self,
        request: &NotionRequest,
        credential: &SecretString,
        time: Duration,
    ) -> Result<Request, Unsendable> {
        let method = match request.route.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Options => reqwest::Method::OPTIONS,
            Method::Put => reqwest::Method::PUT,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", credential.expose_secret()))
            .map_err(|_| Unsendable::Credential)?;
        authorization.set_sensitive(true);

        let mut sent = Request::new(method, self.address.of(request)?);
        *sent.timeout_mut() = Some(time);
        let body = request.body.as_ref().map(serde_json::to_vec).transpose()?;
        let headers = sent.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert("notion-version", HeaderValue::from_static(NOTION_VERSION));
        headers.insert(AUTHORIZATION, authorization);
        *sent.body_mut() = body.map(Into::into);
        Ok(sent)
    }
}

impl NotionClient {
    /// Sends a request and classifies the answer, by `deadline`.
    pub(crate) async fn send(
        &self,
        request: &NotionRequest,
        credential: &SecretString,
        deadline: Instant,
    ) -> Sent {
        let time = deadline.saturating_duration_since(Instant::now()).min(MAX_TIME);
        if time < SHORTEST_TIME {
            return Sent::NotSent(Problem::new(
                Code::LimitExceeded,
                "the call has no time left to ask Notion",
            ));
        }
        let sendable = match self.request(request, credential, time) {
            Ok(sendable) => sendable,
            Err(error) => {
                tracing::error!(route = %request.route, error = %error, "notion.unsendable");
                return Sent::Refused(error.into());
            }
        };
        let began = Instant::now();
        match self.http.execute(sendable).await {
            Ok(response) => {
                tracing::debug!(
                    route = %request.route,
                    status = response.status().as_u16(),
                    duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                    "notion.answered"
                );
                answer::classify(response, request, credential.expose_secret()).await
            }
            Err(error) => unanswered(request, error),
        }
    }
}

/// A failure before any answer: certainly without effect only when there was no connection yet.
fn unanswered(request: &NotionRequest, error: reqwest::Error) -> Sent {
    let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
    tracing::warn!(route = %request.route, error = causes(&error.without_url()), "notion.unanswered");
    let problem = |message: &str| Problem::new(Code::UpstreamFailed, message);
    if is_connect {
        Sent::NotSent(
            problem("Notion can't be reached")
                .hint("try again in a minute; the operator finds the cause in the host's log"),
        )
    } else if is_timeout {
        let problem = problem("Notion did not answer in time");
        Sent::Unknown(match request.route.access {
            Access::Reads => problem.hint("Ask for less at once."),
            Access::Writes | Access::Destroys => problem,
        })
    } else {
        Sent::Unknown(problem("the connection to Notion broke before there was an answer"))
    }
}

/// An error with its causes, which its own text leaves out.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A request that can't be built; nothing has been sent.
#[derive(Debug, thiserror::Error)]
enum Unsendable {
    #[error("the credential has characters that a header can't have")]
    Credential,
    #[error(transparent)]
    Address(#[from] crate::address::LeadsAway),
    #[error("the body can't be written: {0}")]
    Body(#[from] serde_json::Error),
}

impl From<Unsendable> for Problem {
    fn from(error: Unsendable) -> Self {
        match error {
            Unsendable::Credential => Self::new(Code::Forbidden, "the connection's token can't be sent")
                .hint(
                    "it has characters that no token has; an operator can renew it: toolbay connection add",
                ),
            Unsendable::Address(_) | Unsendable::Body(_) => {
                Self::new(Code::Failed, "the request can't be sent")
                    .hint("the operator finds the cause in the host's log")
            }
        }
    }
}

/// Certificates are verified as the platform does it, with the operator's own authorities. Where nothing is encrypted
/// nothing is trusted either, and no certificate needs to be installed.
fn tls(is_encrypted: bool) -> Result<ClientConfig, rustls::Error> {
    // Given by hand: a provider that is installed for the whole process is not a library's to choose.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = if is_encrypted {
        builder.with_platform_verifier()?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}
