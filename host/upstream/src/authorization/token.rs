//! Asking for tokens, and giving one back.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use toolbay_kernel::connecting::{AuthorizationError, Authorized, Origin};
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
    /// All that follows is read as far as it can be: tokens that were given can't be had again.
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    bot_id: Value,
    #[serde(default)]
    workspace_id: Value,
    #[serde(default)]
    workspace_name: Value,
    #[serde(default)]
    user_id: Value,
    #[serde(default)]
    owner: Value,
}

/// Asks for tokens by a code or by a refresh credential.
pub(super) async fn ask(
    asking: &Asking,
    metadata: &Metadata,
    client: &Client,
    audience: &str,
    form: &[(&str, &str)],
) -> Result<Authorized, AuthorizationError> {
    let mut form = form.to_vec();
    form.push(("resource", audience));
    form.extend(client.in_form());
    let answer = asking.post_form(&metadata.token_endpoint, &form, client.in_header()).await?.accepted()?;
    let origin =
        Origin { audience: audience.to_owned(), issuer: metadata.issuer.clone(), client: client.id.clone() };
    let authorized = serde_json::from_value::<Tokens>(answer).ok().and_then(Tokens::checked);
    let authorized = authorized.map(|given| Authorized { origin: Some(origin), ..given });
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

/// A server as tokens name it (RFC 8707): its address, without what may be a secret, and without a slash that was not written.
pub(super) fn resource(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    // An address of HTTP can be without either.
    let _is_bare = bare.set_username("").is_ok() && bare.set_password(None).is_ok();
    match bare.as_str().strip_suffix('/') {
        Some(short) if bare.path() == "/" => short.to_owned(),
        _ => bare.to_string(),
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
        let name = self.workspace_name.as_str().map(|name| printable::line(name, MAX_NAME));
        Some(Authorized {
            credential: SecretString::from(self.access_token),
            refresh_credential: self.refresh_token.map(SecretString::from),
            origin: None,
            lifetime: seconds(&self.expires_in).map(Duration::from_secs),
            account,
            workspace_id: id(&self.workspace_id),
            workspace_name: name.filter(|name| !name.is_empty()),
            owner: None,
        })
    }

    /// What the answer says of the account, if anything.
    fn account(&self) -> Option<String> {
        let owner = self.owner.pointer("/user/id").unwrap_or(&Value::Null);
        [&self.bot_id, &self.user_id, owner].into_iter().find_map(id)
    }
}

/// A time in seconds, written as a number or a text.
fn seconds(value: &Value) -> Option<u64> {
    let said = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(said.min(MAX_LIFETIME))
}

/// An id, written as a text or a number.
fn id(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| is_id(text))
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
    fn what_is_said_beside_the_tokens_is_read_as_far_as_it_can_be() {
        let account = |more| checked(more).unwrap().account;
        assert_eq!(account(json!({"workspace_id": "w"})), None);
        assert_eq!(account(json!({"workspace_id": "w", "user_id": 7})).as_deref(), Some("7"));
        let owned = json!({"owner": {"type": "user", "user": {"id": "p"}}});
        assert_eq!(account(owned).as_deref(), Some("p"));
        assert_eq!(account(json!({"bot_id": "b", "user_id": "p"})).as_deref(), Some("b"));
        assert_eq!(account(json!({"bot_id": "b\n", "owner": [], "workspace_name": 7})), None);
        let lifetime = |more| checked(more).unwrap().lifetime.map(|time| time.as_secs());
        assert_eq!(lifetime(json!({"expires_in": "3600"})), Some(3_600));
        assert_eq!(lifetime(json!({"expires_in": 60})), Some(60));
        assert_eq!(lifetime(json!({"expires_in": -1})), None);
    }

    #[test]
    fn a_server_is_named_without_what_may_be_a_secret() {
        for (url, named) in [
            ("https://m.example/", "https://m.example"),
            ("https://m.example/mcp/", "https://m.example/mcp/"),
            ("https://user:canary@m.example/mcp?key=canary#canary", "https://m.example/mcp"),
        ] {
            assert_eq!(resource(&url.parse().unwrap()), named);
        }
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
