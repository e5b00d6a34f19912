//! What a client says of itself, when it registers or in a document at its own address.

use serde::Deserialize;
use toolbay_kernel::identity::{OAuthCode, OAuthError};
use url::Url;

use crate::redirects::may_be_named;

/// Largest metadata, in bytes.
pub(crate) const MAX_METADATA: usize = 64 * 1024;

/// Addresses of one client. Editors that count ports name a dozen.
const MAX_ADDRESSES: usize = 32;

/// Bytes of all of them: they are kept for whoever registers.
const MAX_ADDRESS_BYTES: usize = 8 * 1024;

/// Longest name of a client, in characters: a line of the page that asks.
const MAX_NAME: usize = 100;

/// The members that are read; the rest is the client's own affair (RFC 7591, 2).
#[derive(Debug, Deserialize)]
struct Written {
    client_id: Option<String>,
    client_name: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
}

/// How a client shows who it is at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// It can't keep a secret.
    None,
    Basic,
    Post,
}

impl Authentication {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

/// Metadata that has been checked.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) authentication: Authentication,
}

impl Metadata {
    /// Reads and checks what a client registers.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, OAuthError> {
        Self::of(read(bytes)?)
    }

    /// Reads and checks a document at a client's own address. Which ways a client has to show who it is doesn't matter
    /// there: this host takes none of such a client, and says so in its own metadata.
    pub(crate) fn read_document(bytes: &[u8]) -> Result<Self, OAuthError> {
        Self::of(Written { token_endpoint_auth_method: Some("none".to_owned()), ..read(bytes)? })
    }

    fn of(written: Written) -> Result<Self, OAuthError> {
        let unusable = |text: &str| OAuthError::new(OAuthCode::InvalidClientMetadata, text);
        if written.redirect_uris.is_empty() || written.redirect_uris.len() > MAX_ADDRESSES {
            return Err(OAuthError::new(
                OAuthCode::InvalidRedirectUri,
                "redirect_uris has 1 to 32 addresses.",
            ));
        }
        if written.redirect_uris.iter().map(String::len).sum::<usize>() > MAX_ADDRESS_BYTES {
            return Err(unusable("The addresses in redirect_uris have at most 8 KiB together."));
        }
        if !written.redirect_uris.iter().all(|address| may_be_named(address)) {
            return Err(OAuthError::new(
                OAuthCode::InvalidRedirectUri,
                "An address is https, http on 127.0.0.1, [::1] or localhost, or of a scheme that a program owns, such \
                 as com.example.app; without a fragment and a user.",
            ));
        }
        let has = |list: &Option<Vec<String>>, name: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|item| item == name))
        };
        if !has(&written.grant_types, "authorization_code") || !has(&written.response_types, "code") {
            return Err(unusable(
                "A client asks for codes: grant_types has authorization_code, response_types has code.",
            ));
        }
        // Without a word of the client's, RFC 7591 (2) means HTTP Basic.
        let authentication = match written.token_endpoint_auth_method.as_deref() {
            Some("none") => Authentication::None,
            None | Some("client_secret_basic") => Authentication::Basic,
            Some("client_secret_post") => Authentication::Post,
            Some(_) => {
                return Err(unusable(
                    "token_endpoint_auth_method is none, client_secret_basic or client_secret_post.",
                ));
            }
        };
        let name = shown_name(written.client_name.as_deref(), &written.redirect_uris);
        Ok(Self { id: written.client_id, name, redirect_uris: written.redirect_uris, authentication })
    }
}

fn read(bytes: &[u8]) -> Result<Written, OAuthError> {
    let unusable = |text: &str| OAuthError::new(OAuthCode::InvalidClientMetadata, text);
    if bytes.len() > MAX_METADATA {
        return Err(unusable("Metadata has at most 64 KiB."));
    }
    serde_json::from_slice(bytes).map_err(|_| unusable("Metadata is one JSON object (RFC 7591)."))
}

/// A name that fits a line and has nothing in it that a terminal or page would obey; without one, where the client lives.
pub(crate) fn shown_name(name: Option<&str>, redirect_uris: &[String]) -> String {
    let is_shown = |character: &char| {
        !character.is_control()
            && !matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let name: String = name.unwrap_or_default().chars().filter(is_shown).take(MAX_NAME).collect();
    let name = name.trim();
    if !name.is_empty() {
        return name.to_owned();
    }
    let host =
        redirect_uris.first().and_then(|address| Url::parse(address).ok()?.host_str().map(str::to_owned));
    format!("A client at {}", host.unwrap_or_else(|| "an unknown place".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Metadata, OAuthError> {
        Metadata::read(text.as_bytes())
    }

    #[test]
    fn a_client_describes_itself() {
        let client = read(
            r#"{"client_name": "Claude\u202e\n", "redirect_uris": ["https://claude.ai/cb"], "scope": "x", "logo_uri": 3,
                "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"}"#,
        )
        .unwrap();
        assert_eq!((client.name.as_str(), client.authentication), ("Claude", Authentication::None));
        let nameless = read(r#"{"redirect_uris": ["http://localhost:1/cb"], "client_name": " "}"#).unwrap();
        assert_eq!(nameless.name, "A client at localhost");
        assert_eq!(nameless.authentication.as_str(), "client_secret_basic");
    }

    #[test]
    fn what_cannot_be_a_client_is_refused() {
        let long = format!(r#"{{"redirect_uris": ["https://a.example/{}"]}}"#, "x".repeat(70_000));
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"redirect_uris": []}"#,
            r#"{"redirect_uris": "https://a.example"}"#,
            r#"{"redirect_uris": ["javascript:alert(1)"]}"#,
            r#"{"redirect_uris": ["https://a.example"], "grant_types": ["implicit"]}"#,
            r#"{"redirect_uris": ["https://a.example"], "response_types": ["token"]}"#,
            r#"{"redirect_uris": ["https://a.example"], "token_endpoint_auth_method": "private_key_jwt"}"#,
            &long,
        ] {
            assert!(read(bad).is_err(), "{bad:.80}");
        }
    }
}
