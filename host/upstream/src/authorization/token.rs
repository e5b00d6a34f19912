//! Asking for tokens, and giving one back.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use toolbay_kernel::connecting::{AuthorizationError, Authorized};
use toolbay_kernel::printable;
use url::Url;

use super::discovery::Metadata;
use super::http::Asking;
use super::registration::Client;

/// Longest token that is taken, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// Longest id that is taken, in bytes.
const MAX_ID: usize = 100;

/// Longest name of a workspace, in bytes.
const MAX_NAME: usize = 100;

/// Longest time that a token is believed to be good for, in seconds: a year.
const MAX_LIFETIME: u64 = 365 * 24 * 3_600;

/// The part of the answer that is used (RFC 6749, 5.1), and what Notion's server says beside it.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    token_type: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    bot_id: Option<String>,
    workspace_id: Option<String>,
    workspace_name: Option<String>,
    user_id: Option<String>,
    #[serde(default)]
    owner: Value,
}

/// Asks for tokens by a code or by a refresh credential.
pub(super) async fn ask(
    asking: &Asking,
    metadata: &Metadata,
    client: &Client,
    server: &Url,
    form: &[(&str, &str)],
) -> Result<Authorized, AuthorizationError> {
    let mut form = form.to_vec();
    form.push(("resource", resource(server)));
    form.extend(client.in_form());
    let answer = asking.post_form(&metadata.token_endpoint, &form, client.in_header()).await?.accepted()?;
    let authorized = serde_json::from_value::<Tokens>(answer).ok().and_then(Tokens::checked);
    let authorized =
        authorized.map(|given| Authorized { audience: Some(resource(server).to_owned()), ..given });
    authorized.ok_or_else(|| {
        // Tokens were given, and can't be read.
        tracing::warn!("upstream.tokens_unreadable");
        AuthorizationError::Unknown
    })
}

/// Makes a credential worthless (RFC 7009).
pub(super) async fn revoke(
    asking: &Asking,
    metadata: &Metadata,
    client: &Client,
    credential: &SecretString,
) -> Result<(), AuthorizationError> {
    let Some(endpoint) = &metadata.revocation_endpoint else {
        return Err(AuthorizationError::Refused("it has no address for that".to_owned()));
    };
    let mut form = vec![("token", credential.expose_secret())];
    form.extend(client.in_form());
    asking.post_form(endpoint, &form, client.in_header()).await?.accepted().map(drop)
}

/// A server as tokens name it (RFC 8707): its address, without a slash that was not written.
pub(super) fn resource(url: &Url) -> &str {
    match url.as_str().strip_suffix('/') {
        Some(short) if url.path() == "/" => short,
        _ => url.as_str(),
    }
}

impl Tokens {
    /// None when it isn't what a bearer token can be.
    fn checked(self) -> Option<Authorized> {
        let is_token =
            |text: &str| (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let is_good = self.token_type.eq_ignore_ascii_case("bearer")
            && is_token(&self.access_token)
            && self.refresh_token.as_deref().is_none_or(is_token);
        if !is_good {
            return None;
        }
        let account = self.account();
        Some(Authorized {
            credential: SecretString::from(self.access_token),
            refresh_credential: self.refresh_token.map(SecretString::from),
            audience: None,
            lifetime: self.expires_in.map(|seconds| Duration::from_secs(seconds.min(MAX_LIFETIME))),
            account,
            workspace_id: self.workspace_id.filter(|id| is_id(id)),
            workspace_name: self.workspace_name.map(|name| printable::line(&name, MAX_NAME)),
            owner: None,
        })
    }

    /// The account, where the answer tells one person's from another's. A workspace alone is many people's.
    fn account(&self) -> Option<String> {
        let id = |text: &Option<String>| text.clone().filter(|id| is_id(id));
        if let Some(bot) = id(&self.bot_id) {
            return Some(bot);
        }
        let owner = self.owner.pointer("/user/id").and_then(Value::as_str).map(str::to_owned);
        let person = id(&self.user_id).or_else(|| id(&owner))?;
        Some(match id(&self.workspace_id) {
            Some(workspace) => format!("{person}@{workspace}"),
            None => person,
        })
    }
}

fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(more: Value) -> Option<Authorized> {
        let mut tokens = json!({"access_token": "a", "token_type": "Bearer"});
        tokens.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value::<Tokens>(tokens).ok()?.checked()
    }

    #[test]
    fn a_workspace_alone_is_no_account() {
        let account = |more| checked(more).unwrap().account;
        assert_eq!(account(json!({"workspace_id": "w"})), None);
        assert_eq!(account(json!({"workspace_id": "w", "user_id": "p"})).as_deref(), Some("p@w"));
        let owned = json!({"owner": {"type": "user", "user": {"id": "p"}}});
        assert_eq!(account(owned).as_deref(), Some("p"));
        assert_eq!(account(json!({"bot_id": "b", "workspace_id": "w"})).as_deref(), Some("b"));
        assert_eq!(account(json!({"bot_id": "b\n"})), None);
    }

    #[test]
    fn what_is_no_token_is_none() {
        assert!(checked(json!({"access_token": "a b"})).is_none());
        assert!(checked(json!({"access_token": ""})).is_none());
        assert!(checked(json!({"token_type": "mac"})).is_none());
        assert!(checked(json!({"refresh_token": "a\r\nb"})).is_none());
        let forever = checked(json!({"expires_in": u64::MAX})).unwrap();
        assert_eq!(forever.lifetime, Some(Duration::from_secs(MAX_LIFETIME)));
    }
}
