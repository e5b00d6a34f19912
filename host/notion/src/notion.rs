//! The way to Notion: its client, its limiter, and its authorization server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::DATE;
use secrecy::SecretString;
use toolbay_kernel::connecting::AuthorizationServer;
use toolbay_kernel::egress::Sent;
use toolbay_kernel::gate::Response;
use toolbay_kernel::ports::Limiter;
use toolbay_kernel::{Problem, SharedPermits};

use crate::address::Address;
use crate::client::{NotionClient, causes};
use crate::error::NotionError;
use crate::limiter::ConnectionLimiter;
use crate::oauth::{NotionAuthorization, OAuthClient};
use crate::pace::Budget;
use crate::routes;
use crate::settings::NotionSettings;
use crate::workspace::Workspace;

/// Time that [`Notion::workspace`] has: somebody waits at a prompt.
const WORKSPACE_TIME: Duration = Duration::from_secs(15);

/// The way to Notion.
#[derive(Debug, Clone)]
pub struct Notion {
    pub(crate) limiter: Arc<ConnectionLimiter>,
    pub(crate) client: Arc<NotionClient>,
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

    /// Other hosts spend the same budgets from now on.
    pub fn share_budgets(&self, permits: Arc<SharedPermits>) {
        self.limiter.share(permits);
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
            Sent::Answered(Response { body, .. }) => Workspace::read(body.value()),
            Sent::Unauthorized(problem) => Err(problem.hint(
                "copy the token again from the integration's page in Notion; it begins with ntn_ or secret_",
            )),
            Sent::Refused(problem)
            | Sent::Busy { problem, .. }
            | Sent::NotSent(problem)
            | Sent::Unknown(problem) => Err(problem),
        }
    }
    /// Asks for an answer of any kind, without a credential: whether somebody is there. The answer's `Date` tells how late it
    /// is there.
    ///
    /// # Errors
    ///
    /// Why nobody answered, in words.
    pub async fn reach(&self) -> Result<Option<String>, String> {
        let url = self.client.url_of(&["v1", "users", "me"]).map_err(|error| error.to_string())?;
        let answered = self.client.http().get(url).timeout(WORKSPACE_TIME).send().await;
        let answered = answered.map_err(|error| causes(&error.without_url()))?;
        let date = answered.headers().get(DATE).and_then(|date| date.to_str().ok());
        Ok(date.map(str::to_owned))
    }
}
