//! One request to an authorization server, whose answer is a small JSON document.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use toolbay_kernel::connecting::{AuthorizationError, REQUEST_TIME};
use url::form_urlencoded::Serializer;
use url::{Origin, Url};

use crate::settings::{Elsewhere, HttpSettings, OAuthSettings};

/// Largest answer, in bytes. Metadata of large servers has some ten thousand.
const MAX_ANSWER: usize = 128 * 1024;

/// The wait where a server asks for one and names none.
const DEFAULT_WAIT: Duration = Duration::from_secs(10);

/// Longest wait that is believed.
const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// What asks: of the operator's own addresses the server's client, which may ask private ones where the operator said so, and of all others,
/// which a server's metadata can name, one that asks public ones alone.
pub(super) struct Asking {
    client: Client,
    /// The origins that the operator has named: the server's, and the issuer's.
    own: Vec<Origin>,
    elsewhere: Elsewhere,
}

/// An answer that was read.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Null where it isn't JSON.
    pub(super) body: Value,
    wait: Duration,
}

impl Asking {
    pub(super) fn of(http: &HttpSettings, settings: &OAuthSettings) -> Self {
        let issuer = settings.issuer.as_deref().and_then(|issuer| Url::parse(issuer).ok());
        let own = [Some(&http.url), issuer.as_ref()].into_iter().flatten().map(Url::origin).collect();
        Self { client: http.client.clone(), own, elsewhere: settings.elsewhere.clone() }
    }

    /// Refuses an address that may not be asked.
    pub(super) fn check(&self, url: &Url) -> Result<(), AuthorizationError> {
        self.client_for(url).map(drop)
    }

    fn client_for(&self, url: &Url) -> Result<&Client, AuthorizationError> {
        let is_plain = url.username().is_empty() && url.password().is_none();
        if is_plain && self.own.contains(&url.origin()) {
            return Ok(&self.client);
        }
        if is_plain && (self.elsewhere.may_ask)(url) {
            return Ok(&self.elsewhere.client);
        }
        Err(AuthorizationError::Refused("a private address".to_owned()))
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Answer, AuthorizationError> {
        self.send(self.client_for(url)?.get(url.clone())).await
    }

    pub(super) async fn post_json(&self, url: &Url, body: &Value) -> Result<Answer, AuthorizationError> {
        self.send(self.client_for(url)?.post(url.clone()).json(body)).await
    }

    /// `form` is what is sent; `basic` are a client's id and secret where they go into a header.
    pub(super) async fn post_form(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<Answer, AuthorizationError> {
        let client = self.client_for(url)?;
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request =
            client.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        if let Some((id, secret)) = basic {
            // Each encoded as a form's value first (RFC 6749, 2.3.1).
            let encoded =
                |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encoded(id), Some(encoded(secret)));
        }
        self.send(request).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, AuthorizationError> {
        let request = request.timeout(REQUEST_TIME).header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|error| {
            let is_connect = error.is_connect() || error.is_builder();
            if is_connect { AuthorizationError::Unreachable } else { AuthorizationError::Unknown }
        })?;
        let body = read(&mut response).await?;
        let (status, wait) = (response.status().as_u16(), wait(&response));
        Ok(Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null), wait })
    }
}

impl Answer {
    /// The body of an answer of 2xx, and else what the answer means.
    pub(super) fn accepted(self) -> Result<Value, AuthorizationError> {
        match self.status {
            200..=299 => Ok(self.body),
            429 | 529 => Err(AuthorizationError::Busy(self.wait)),
            400..=499 => Err(refusal(self.status, &self.body)),
            // 3xx are here too: nothing is followed.
            _ => Err(AuthorizationError::Unknown),
        }
    }
}

/// What a refusal is called (RFC 6749, 5.2). Of its text nothing is kept.
fn refusal(status: u16, body: &Value) -> AuthorizationError {
    let is_word = |text: &&str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    match body.get("error").and_then(Value::as_str).filter(is_word) {
        Some("invalid_grant") => AuthorizationError::Ended,
        Some(name) => AuthorizationError::Refused(name.to_owned()),
        None => AuthorizationError::Refused(format!("status {status}")),
    }
}

async fn read(response: &mut Response) -> Result<Vec<u8>, AuthorizationError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| AuthorizationError::Unknown)? {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            return Err(AuthorizationError::Unknown);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn wait(response: &Response) -> Duration {
    let asked =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    asked.map_or(DEFAULT_WAIT, Duration::from_secs).min(MAX_WAIT)
}
