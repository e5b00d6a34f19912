//! What an origin is.

use std::str::FromStr;

use serde::Deserialize;
use url::Url;

/// An address that is an origin alone, as the operator wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(Url);

impl Origin {
    /// The address.
    #[must_use]
    pub fn into_url(self) -> Url {
        self.0
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        match text.parse() {
            Ok(url) if is_origin(&url) => Ok(Self(url)),
            _ => Err(NotAnOrigin(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = NotAnOrigin;

    fn try_from(text: String) -> Result<Self, NotAnOrigin> {
        text.parse()
    }
}

/// What stands in the place of an origin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an origin, such as https://app.example.com, without path or query")]
pub struct NotAnOrigin(String);

/// Whether an address is an origin alone: scheme, host and port.
pub(super) fn is_origin(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}
