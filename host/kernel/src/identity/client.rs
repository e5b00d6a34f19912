//! Clients: the programs that people let act for them.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use url::Url;

use crate::nonce::NonceDigest;

/// Longest id of a client, in bytes. An address that a browser and a proxy take is no longer.
const MAX_ID: usize = 1_024;

/// What a client calls itself in OAuth: a name that this host gave, or the address of its metadata document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

impl ClientId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of the client's metadata document, when the id is one: `https`, a path, nothing that hides where it
    /// leads, and written as it is read, so that two spellings are not one client
    /// (draft-ietf-oauth-client-id-metadata-document, section 3).
    #[must_use]
    pub fn document(&self) -> Option<Url> {
        let url = Url::parse(&self.0).ok()?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let is_address =
            matches!(url.scheme(), "https" | "http") && url.host().is_some() && url.path() != "/";
        (is_plain && is_address && url.as_str() == self.0).then_some(url)
    }
}

impl TryFrom<String> for ClientId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_id = (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_id { Ok(Self(text)) } else { Err("an id of a client has 1 to 1024 visible ASCII characters") }
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// How a client came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// The operator added it.
    Static,
    /// It registered itself (RFC 7591).
    Registered,
    /// Its id is the address of a document that says the rest.
    Document,
}

impl ClientKind {
    /// The kind as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Registered => "registered",
            Self::Document => "document",
        }
    }
}

/// One client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: ClientId,
    pub kind: ClientKind,
    /// What it calls itself. Nobody has checked that.
    pub name: String,
    /// Where people may be sent back to.
    pub redirect_uris: Vec<String>,
    /// The digest of its secret; none for a public client, which can't keep one.
    pub secret: Option<NonceDigest>,
    /// Whether its requests must carry a challenge of PKCE. Only a static client with a secret may do without.
    pub must_prove: bool,
}

impl Client {
    /// Whether the browser may be sent to an address: exactly one of those that are registered. Of an address on the
    /// person's own machine the port may differ, since a program takes whichever is free (RFC 8252, 7.3).
    #[must_use]
    pub fn may_return_to(&self, address: &str) -> bool {
        self.redirect_uris.iter().any(|known| known == address || is_same_loopback(known, address))
    }
}

fn is_same_loopback(known: &str, asked: &str) -> bool {
    let without_port = |text: &str| {
        let mut url = Url::parse(text).ok().filter(|url| url.as_str() == text || url.path() == "/")?;
        let is_loopback = url.scheme() == "http"
            && matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none();
        url.set_port(None).ok()?;
        is_loopback.then_some(url)
    };
    without_port(known).zip(without_port(asked)).is_some_and(|(known, asked)| known == asked)
}

/// A client as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRecord {
    pub client: Client,
    pub created_at: OffsetDateTime,
    /// How many of its grants are in force.
    pub grants: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(addresses: &[&str]) -> Client {
        Client {
            id: ClientId("c".to_owned()),
            kind: ClientKind::Registered,
            name: "c".to_owned(),
            redirect_uris: addresses.iter().map(|&text| text.to_owned()).collect(),
            secret: None,
            must_prove: true,
        }
    }

    #[test]
    fn people_are_sent_to_a_registered_address_alone() {
        let exact = client(&["https://chatgpt.com/back", "cursor://anysphere/cb"]);
        assert!(
            exact.may_return_to("https://chatgpt.com/back") && exact.may_return_to("cursor://anysphere/cb")
        );
        for other in [
            "https://chatgpt.com/back/",
            "https://chatgpt.com/back?x=1",
            "https://chatgpt.com/back#x",
            "https://chatgpt.com:443/back",
            "https://CHATGPT.com/back",
            "http://chatgpt.com/back",
            "https://chatgpt.com/b%61ck",
            "https://chatgpt.com/../back",
            "https://evil.example/back",
            "https://user@chatgpt.com/back",
            "",
        ] {
            assert!(!exact.may_return_to(other), "{other}");
        }
    }

    #[test]
    fn the_port_of_a_program_on_the_persons_machine_may_differ() {
        let local = client(&["http://127.0.0.1/callback", "http://localhost:3000/cb", "http://[::1]:1/x"]);
        for own in ["http://127.0.0.1:49152/callback", "http://localhost/cb", "http://[::1]:9/x"] {
            assert!(local.may_return_to(own), "{own}");
        }
        for other in [
            "http://127.0.0.1:49152/other",
            "http://localhost:49152/callback",
            "https://127.0.0.1/callback",
            "http://127.0.0.2/callback",
            "http://127.0.0.1:1/callback?x",
            "http://127.0.0.1:1/callback#x",
            "http://a@127.0.0.1:1/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://2130706433/callback",
        ] {
            assert!(!local.may_return_to(other), "{other}");
        }
    }

    #[test]
    fn a_document_is_named_by_one_plain_address() {
        let document = |text: &str| ClientId::try_from(text.to_owned()).unwrap().document();
        assert!(document("https://chatgpt.com/oauth/client.json").is_some());
        for other in [
            "tbc_abc",
            "https://chatgpt.com",
            "https://chatgpt.com/",
            "https://a@chatgpt.com/x",
            "https://chatgpt.com/x#y",
            "https://CHATGPT.com/x",
            "https://chatgpt.com/a/../x",
            "ftp://chatgpt.com/x",
            "file:///etc/passwd",
        ] {
            assert!(document(other).is_none(), "{other}");
        }
        assert!(ClientId::try_from("a b".to_owned()).is_err());
        assert!(ClientId::try_from("x".repeat(1_025)).is_err());
    }
}
