//! The gate's way to Notion: which requests there are, how fast they may go, and what their answers mean.
//!
//! [`Notion`] is an egress of the gate, with the limiter of its budgets, and the authorization server where people open
//! their workspaces. All that is Notion's is here: the routes, what each of them does, which of them repeat harmlessly, what
//! answers name, and where the outcome of a write can be seen. It knows no call, no principal and no store; it is lent a credential for one
//! request, and never gives it back in any form.
//!
//! The API's version is 2026-03-11, and it is a part of this crate, not a setting: the route table, the effects that
//! bodies have and the meaning of answers belong to it.

mod address;
mod answer;
mod capabilities;
mod client;
mod egress;
mod limiter;
mod named;
mod needed;
mod oauth;
mod pace;
mod problem;
mod recovery;
mod redaction;
mod request;
mod routes;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::Value;
use toolbay_kernel::connecting::AuthorizationServer;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::Response;
use toolbay_kernel::ports::Limiter;
use toolbay_kernel::{Code, Problem};
use url::Url;

pub use self::capabilities::{NOTION_DESTROY, NOTION_READ, NOTION_WRITE, capabilities};
pub use self::egress::NAME;
pub use self::oauth::OAuthClient;
pub use self::routes::{MAX_BODY, RouteDescription, routes};

use self::address::Address;
use self::client::NotionClient;
use self::limiter::ConnectionLimiter;
use self::oauth::NotionAuthorization;
use self::pace::Budget;

/// Time that [`Notion::workspace`] has: somebody waits at a prompt.
const WORKSPACE_TIME: Duration = Duration::from_secs(15);

/// Longest name of a workspace or bot that is kept, in characters.
const MAX_NAME: usize = 200;

/// What the operator may set.
#[derive(Debug, Clone)]
pub struct NotionSettings {
    /// Where Notion is: `https`, or `http` on this machine, as for the emulator. Default `https://api.notion.com`.
    pub api_url: Url,
    /// Requests that Notion allows one connection in 60 seconds: 600 on the plans Business and Enterprise, 180 on all
    /// others, which is the default. At least 2. Several hosts that share a connection must share this number too.
    pub requests_per_minute: u32,
    /// Requests of one connection at the same time; default 10. Notion names no limit; more than a few on one page make
    /// it answer 409.
    pub requests_in_flight: NonZeroUsize,
}

impl NotionSettings {
    /// The defaults, at this address.
    #[must_use]
    pub fn at(api_url: Url) -> Self {
        const IN_FLIGHT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9);
        Self { api_url, requests_per_minute: 180, requests_in_flight: IN_FLIGHT }
    }
}

/// Settings that can't work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotionError {
    /// The address could carry a credential in clear text, or isn't an address.
    #[error(
        "NOTION_API_URL must be https://HOST, or http:// on localhost, without user, query or fragment: the connection's \
         token is sent there"
    )]
    Address,
    /// The budget allows nothing.
    #[error("the budget of requests per minute must be at least {}", pace::SMALLEST_BUDGET)]
    Budget,
    /// No certificates, or none that can be used.
    #[error("no encrypted connection to Notion is possible: {0}")]
    Encryption(#[source] rustls::Error),
    /// The HTTP client can't be made.
    #[error("the HTTP client can't be made: {0}")]
    Client(#[source] reqwest::Error),
}

/// The way to Notion.
#[derive(Debug, Clone)]
pub struct Notion {
    limiter: Arc<ConnectionLimiter>,
    client: Arc<NotionClient>,
}

/// Whom a credential belongs to, as far as Notion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    pub name: Option<String>,
    pub bot_name: Option<String>,
}

impl Notion {
    /// Ports with these settings. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`NotionError`] names the setting that can't work.
    pub fn new(settings: &NotionSettings) -> Result<Self, NotionError> {
        let address = Address::new(&settings.api_url)?;
        let budget = Budget::per_window(settings.requests_per_minute, settings.requests_in_flight)
            .ok_or(NotionError::Budget)?;
        Ok(Self {
            limiter: Arc::new(ConnectionLimiter::new(budget)),
            client: Arc::new(NotionClient::new(address)?),
        })
    }

    /// The limiter of all connections; there is one of it, however often this is called.
    #[must_use]
    pub fn limiter(&self) -> Arc<dyn Limiter> {
        self.limiter.clone()
    }

    /// The authorization server, asked in the name of a public integration.
    ///
    /// # Errors
    ///
    /// When the API's address can't have a path, which [`Notion::new`] has ruled out.
    pub fn authorization(&self, client: OAuthClient) -> Result<Arc<dyn AuthorizationServer>, NotionError> {
        let url = |operation| self.client.url_of(&["v1", "oauth", operation]);
        Ok(Arc::new(NotionAuthorization {
            page: url("authorize")?,
            token: url("token")?,
            revoke: url("revoke")?,
            notion: Arc::clone(&self.client),
            client,
        }))
    }

    /// Asks Notion whom a credential belongs to, which also tells whether it works. For adding a connection; a
    /// connection that exists is reached through the gate alone.
    ///
    /// # Errors
    ///
    /// `forbidden` when Notion doesn't take the credential, and what sending may say.
    pub async fn workspace(&self, credential: &SecretString) -> Result<Workspace, Problem> {
        let deadline = Instant::now() + WORKSPACE_TIME;
        match self.client.send(&routes::own_user()?, credential, deadline).await {
            Sent::Answered(Response { body, .. }) => Workspace::read(&body),
            Sent::Unauthorized(problem) => Err(problem.hint(
                "copy the token again from the integration's page in Notion; it begins with ntn_ or secret_",
            )),
            Sent::Refused(problem)
            | Sent::Busy { problem, .. }
            | Sent::NotSent(problem)
            | Sent::Unknown(problem) => Err(problem),
        }
    }
}

impl Workspace {
    fn read(user: &Value) -> Result<Self, Problem> {
        if user.get("object").and_then(Value::as_str) != Some("user") {
            return Err(Problem::new(
                Code::UpstreamFailed,
                "what answers at the address of Notion isn't Notion",
            )
            .hint("check NOTION_API_URL"));
        }
        let name = |pointer: &str| {
            let text = user.pointer(pointer).and_then(Value::as_str)?;
            Some(text.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect())
        };
        Ok(Self { name: name("/bot/workspace_name"), bot_name: name("/name") })
    }
}
