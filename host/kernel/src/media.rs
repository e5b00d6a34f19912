//! What the parts of an answer that aren't JSON are called: their media types and addresses. Both end in headers and in what people
//! read, so what a plugin or a server says of them is parsed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest media type, in bytes.
const MAX_MEDIA_TYPE: usize = 100;

/// Longest address, in bytes.
const MAX_URI: usize = 2_048;

/// A media type (RFC 9110, 8.3.1), such as `image/png`: it has no other characters than media types have, so that it can stand in a
/// header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaType(String);

/// What a document is called: a URI, of visible ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceUri(String);

/// What is no media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a media type is not one")]
pub struct InvalidMediaType;

/// What can't be a document's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a resource's `uri` is not one")]
pub struct InvalidResourceUri;

impl MediaType {
    /// `text/plain`.
    #[must_use]
    pub fn plain_text() -> Self {
        Self("text/plain".to_owned())
    }

    /// The type as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ResourceUri {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MediaType {
    type Error = InvalidMediaType;

    fn try_from(text: String) -> Result<Self, InvalidMediaType> {
        let is_word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte))
        };
        let essence = text.split_once(';').map_or(text.as_str(), |(essence, _)| essence);
        let is_type = essence.split_once('/').is_some_and(|(kind, name)| is_word(kind) && is_word(name));
        let is_plain = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if is_type && is_plain && text.len() <= MAX_MEDIA_TYPE {
            Ok(Self(text))
        } else {
            Err(InvalidMediaType)
        }
    }
}

impl TryFrom<String> for ResourceUri {
    type Error = InvalidResourceUri;

    fn try_from(text: String) -> Result<Self, InvalidResourceUri> {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_plain && text.len() <= MAX_URI { Ok(Self(text)) } else { Err(InvalidResourceUri) }
    }
}

impl FromStr for MediaType {
    type Err = InvalidMediaType;

    fn from_str(text: &str) -> Result<Self, InvalidMediaType> {
        Self::try_from(text.to_owned())
    }
}

impl FromStr for ResourceUri {
    type Err = InvalidResourceUri;

    fn from_str(text: &str) -> Result<Self, InvalidResourceUri> {
        Self::try_from(text.to_owned())
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.0
    }
}

impl From<ResourceUri> for String {
    fn from(uri: ResourceUri) -> Self {
        uri.0
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_cant_smuggle_a_header() {
        assert!("text/plain; charset=utf-8".parse::<MediaType>().is_ok());
        assert!("image/svg+xml".parse::<MediaType>().is_ok());
        for bad in ["", "text", "text/", "text/plain\r\nx: y", "a/b\u{e4}"] {
            assert_eq!(bad.parse::<MediaType>(), Err(InvalidMediaType), "{bad:?}");
        }
    }

    #[test]
    fn an_address_is_one_line_that_can_be_seen() {
        assert!("file:///a%20b".parse::<ResourceUri>().is_ok());
        for bad in ["", "a b", "a\nb", "\u{202e}a", &"a".repeat(MAX_URI + 1)] {
            assert_eq!(bad.parse::<ResourceUri>(), Err(InvalidResourceUri), "{bad:?}");
        }
    }
}
