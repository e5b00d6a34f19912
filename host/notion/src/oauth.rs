//! Notion's authorization server, asked in the name of a public integration.
//!
//! As Notion documents it: no PKCE, no scopes, HTTP Basic with the integration's secret, JSON bodies. A refresh credential
//! is taken once and answered with a new pair, so what a failure means is kept apart as carefully as for writes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{ACCEPT, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use toolbay_kernel::connecting::{
    Agreed, AuthorizationError, AuthorizationPage, AuthorizationServer, Authorized, Origin, Owner,
    REQUEST_TIME,
};
use url::Url;

use crate::answer::{DEFAULT_WAIT, MAX_WAIT, read};
use crate::client::{NOTION_VERSION, NotionClient, causes};
use crate::workspace::MAX_NAME;

/// Largest answer, in bytes; a pair of tokens with everything around it has one or two thousand.
const MAX_ANSWER: usize = 64 * 1024;

/// Longest token that is taken, in bytes; Notion's have about 50, and the room lets them grow.
const MAX_TOKEN: usize = 4_096;

/// Longest id that is taken, in bytes.
const MAX_ID: usize = 100;

/// The public integration, as its owner registered it with Notion.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// Its id, which anybody may know.
    pub id: String,
    pub secret: SecretString,
    /// Where people are sent back to: one of the addresses that the owner registered.
    pub redirect_uri: Url,
}

/// The authorization server as one client sees it.
pub(crate) struct NotionAuthorization {
    pub(crate) notion: Arc<NotionClient>,
    /// The page where people agree.
    pub(crate) page: Url,
    pub(crate) token: Url,
    pub(crate) revoke: Url,
    pub(crate) client: OAuthClient,
}

impl fmt::Debug for NotionAuthorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NotionAuthorization").field("client", &self.client).finish_non_exhaustive()
    }
}

/// The part of the answer that is used.
#[derive(Deserialize)]
struct Pair {
    access_token: String,
    token_type: String,
    refresh_token: Option<String>,
    bot_id: String,
    workspace_id: Option<String>,
    workspace_name: Option<String>,
    #[serde(default)]
    owner: Value,
}

#[async_trait]
impl AuthorizationServer for NotionAuthorization {
    async fn begin(&self, state: &SecretString) -> Result<AuthorizationPage, AuthorizationError> {
        let mut url = self.page.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client.id)
            .append_pair("redirect_uri", self.client.redirect_uri.as_str())
            .append_pair("response_type", "code")
            .append_pair("owner", "user")
            .append_pair("state", state.expose_secret());
        Ok(AuthorizationPage { url, proof: None })
    }

    async fn exchange(
        &self,
        agreed: &Agreed,
        _proof: Option<&SecretString>,
    ) -> Result<Authorized, AuthorizationError> {
        self.pair(&json!({
            "grant_type": "authorization_code",
            "code": agreed.code.expose_secret(),
            "redirect_uri": self.client.redirect_uri.as_str(),
        }))
        .await
    }

    async fn renew(
        &self,
        refresh_credential: &SecretString,
        _origin: Option<&Origin>,
    ) -> Result<Authorized, AuthorizationError> {
        self.pair(
            &json!({"grant_type": "refresh_token", "refresh_token": refresh_credential.expose_secret()}),
        )
        .await
    }

    async fn revoke(
        &self,
        credential: &SecretString,
        _origin: Option<&Origin>,
    ) -> Result<(), AuthorizationError> {
        self.ask(&self.revoke, &json!({"token": credential.expose_secret()})).await.map(drop)
    }
}

impl NotionAuthorization {
    async fn pair(&self, body: &Value) -> Result<Authorized, AuthorizationError> {
        let answer = self.ask(&self.token, body).await?;
        serde_json::from_slice::<Pair>(&answer).ok().and_then(Pair::checked).ok_or_else(|| {
            // A pair was given, and can't be read.
            tracing::warn!("notion.authorization_unreadable");
            AuthorizationError::Unknown
        })
    }

    /// The body of an answer of 2xx, and else what the answer means.
    async fn ask(&self, url: &Url, body: &Value) -> Result<Vec<u8>, AuthorizationError> {
        let request = self
            .notion
            .http()
            .post(url.clone())
            .timeout(REQUEST_TIME)
            .basic_auth(&self.client.id, Some(self.client.secret.expose_secret()))
            .header(ACCEPT, "application/json")
            .header("notion-version", NOTION_VERSION)
            .json(body);
        let mut response = request.send().await.map_err(|error| {
            let is_connect = error.is_connect() || error.is_builder();
            tracing::warn!(error = causes(&error.without_url()), "notion.authorization_unanswered");
            if is_connect { AuthorizationError::Unreachable } else { AuthorizationError::Unknown }
        })?;
        let status = response.status();
        tracing::debug!(status = status.as_u16(), "notion.authorization_answered");
        let body = read(&mut response, MAX_ANSWER).await;
        match status.as_u16() {
            200..=299 => body.map_err(|_| AuthorizationError::Unknown),
            429 | 529 => Err(AuthorizationError::Busy(wait(&response))),
            400..=499 => Err(refusal(status, &body.unwrap_or_default())),
            // 3xx are here too: nothing is followed.
            _ => Err(AuthorizationError::Unknown),
        }
    }
}

impl Pair {
    /// None when it isn't what a bearer token and an id can be.
    fn checked(self) -> Option<Authorized> {
        let is_token =
            |text: &str| (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let is_good = self.token_type.eq_ignore_ascii_case("bearer")
            && is_token(&self.access_token)
            && self.refresh_token.as_deref().is_none_or(is_token)
            && is_id(&self.bot_id);
        is_good.then(|| Authorized {
            credential: SecretString::from(self.access_token),
            refresh_credential: self.refresh_token.map(SecretString::from),
            origin: None,
            lifetime: None,
            account: Some(self.bot_id),
            workspace_id: self.workspace_id.filter(|id| is_id(id)),
            workspace_name: self
                .workspace_name
                .map(|name| name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()),
            owner: owner(&self.owner),
        })
    }
}

/// The person who agreed. A bot that belongs to the whole workspace has none, and what can't be an account is none.
fn owner(owner: &Value) -> Option<Owner> {
    let user = owner.get("user").filter(|_| owner.get("type").is_some_and(|kind| kind == "user"))?;
    let id = user.get("id").and_then(Value::as_str).filter(|id| is_id(id))?;
    let name = user.get("name").and_then(Value::as_str).unwrap_or_default();
    let name = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    Some(Owner { id: id.to_owned(), name })
}

fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// What a refusal is called: in OAuth's shape, or in that of Notion's API. Of its text nothing is kept.
fn refusal(status: StatusCode, body: &[u8]) -> AuthorizationError {
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let named = ["error", "code"].into_iter().find_map(|key| body.get(key).and_then(Value::as_str));
    match named.filter(|name| is_word(name)) {
        Some("invalid_grant") => AuthorizationError::Ended,
        Some(name) => AuthorizationError::Refused(name.to_owned()),
        None => AuthorizationError::Refused(format!("status {}", status.as_u16())),
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

fn wait(response: &Response) -> Duration {
    let asked =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    asked.map_or(DEFAULT_WAIT, Duration::from_secs).min(MAX_WAIT)
}
