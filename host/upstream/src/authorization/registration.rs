//! The client that this host is at an authorization server.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use toolbay_kernel::connecting::AuthorizationError;
use toolbay_kernel::upstream::RegisteredClient;
use url::Url;

use super::discovery::Metadata;
use super::http::Asking;
use crate::settings::{GivenClient, TokenAuthMethod};

/// Longest id or secret of a client, in bytes.
const MAX_WORD: usize = 1_024;

/// A client, and how it shows that it is the one.
pub(super) struct Client {
    pub(super) id: String,
    secret: Option<SecretString>,
    method: TokenAuthMethod,
    /// Whether this host registered it itself.
    pub(super) is_registered: bool,
}

/// What a server answers to a registration (RFC 7591, 3.2.1).
#[derive(Deserialize)]
struct Registration {
    client_id: String,
    client_secret: Option<String>,
    token_endpoint_auth_method: Option<String>,
    #[serde(default)]
    client_secret_expires_at: u64,
}

/// Registers this host as a client.
pub(super) async fn register(
    asking: &Asking,
    metadata: &Metadata,
    redirect_uri: &Url,
    wanted: Option<TokenAuthMethod>,
) -> Result<RegisteredClient, AuthorizationError> {
    let Some(endpoint) = &metadata.registration_endpoint else {
        return Err(AuthorizationError::Refused(
            "no client is configured, and none registers itself".to_owned(),
        ));
    };
    let body = json!({
        "client_name": "Toolbay",
        "redirect_uris": [redirect_uri.as_str()],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": wanted.unwrap_or_else(|| preferred(metadata)).as_str(),
    });
    let answer = asking.post_json(endpoint, &body).await?.accepted()?;
    let unreadable = || AuthorizationError::Refused("its registration can't be read".to_owned());
    let registration: Registration = serde_json::from_value(answer).map_err(|_| unreadable())?;
    let is_word =
        |text: &str| (1..=MAX_WORD).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_word(&registration.client_id) || !registration.client_secret.as_deref().is_none_or(is_word) {
        return Err(unreadable());
    }
    Ok(RegisteredClient {
        issuer: metadata.issuer.clone(),
        redirect_uri: redirect_uri.to_string(),
        id: registration.client_id,
        secret: registration.client_secret.map(SecretString::from),
        method: registration.token_endpoint_auth_method,
        secret_expires_at: registration.client_secret_expires_at,
    })
}

/// Whether a client's secret is no longer good.
pub(super) fn has_ended(client: &RegisteredClient) -> bool {
    let now = u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or_default();
    client.secret.is_some() && client.secret_expires_at != 0 && client.secret_expires_at <= now
}

/// Without a secret where that is taken: one more secret is one more to lose.
fn preferred(metadata: &Metadata) -> TokenAuthMethod {
    let supported = |method: TokenAuthMethod| {
        metadata.token_endpoint_auth_methods_supported.iter().any(|name| name == method.as_str())
    };
    [TokenAuthMethod::None, TokenAuthMethod::ClientSecretBasic, TokenAuthMethod::ClientSecretPost]
        .into_iter()
        .find(|method| supported(*method))
        .unwrap_or(TokenAuthMethod::None)
}

impl Client {
    /// The operator's.
    pub(super) fn given(
        given: &GivenClient,
        method: Option<TokenAuthMethod>,
        metadata: &Metadata,
    ) -> Result<Self, AuthorizationError> {
        let secret = given.secret.as_ref().map(|secret| secret.read()).transpose().map_err(|why| {
            tracing::error!(%why, "upstream.client_secret_not_read");
            AuthorizationError::Refused("its client's secret can't be read".to_owned())
        })?;
        let method = method.unwrap_or_else(|| Self::method(secret.is_some(), metadata));
        Ok(Self { id: given.id.clone(), secret, method, is_registered: false })
    }

    pub(super) fn registered(client: RegisteredClient, metadata: &Metadata) -> Self {
        let methods =
            [TokenAuthMethod::None, TokenAuthMethod::ClientSecretBasic, TokenAuthMethod::ClientSecretPost];
        let said = methods.into_iter().find(|method| client.method.as_deref() == Some(method.as_str()));
        let method = said.unwrap_or_else(|| Self::method(client.secret.is_some(), metadata));
        Self { id: client.id, secret: client.secret, method, is_registered: true }
    }

    fn method(has_secret: bool, metadata: &Metadata) -> TokenAuthMethod {
        match preferred(metadata) {
            _ if !has_secret => TokenAuthMethod::None,
            TokenAuthMethod::ClientSecretPost => TokenAuthMethod::ClientSecretPost,
            _ => {
                let posts = TokenAuthMethod::ClientSecretPost.as_str();
                let methods = &metadata.token_endpoint_auth_methods_supported;
                let basic = TokenAuthMethod::ClientSecretBasic.as_str();
                if !methods.iter().any(|name| name == basic) && methods.iter().any(|name| name == posts) {
                    TokenAuthMethod::ClientSecretPost
                } else {
                    TokenAuthMethod::ClientSecretBasic
                }
            }
        }
    }

    /// What of it goes into a form.
    pub(super) fn in_form(&self) -> Vec<(&str, &str)> {
        let mut form = vec![("client_id", self.id.as_str())];
        match (self.method, &self.secret) {
            (TokenAuthMethod::ClientSecretPost, Some(secret)) => {
                form.push(("client_secret", secret.expose_secret()));
            }
            (TokenAuthMethod::ClientSecretBasic, Some(_)) => form.clear(),
            _ => {}
        }
        form
    }

    /// What of it goes into a header.
    pub(super) fn in_header(&self) -> Option<(&str, &str)> {
        match (self.method, &self.secret) {
            (TokenAuthMethod::ClientSecretBasic, Some(secret)) => Some((&self.id, secret.expose_secret())),
            _ => None,
        }
    }
}
