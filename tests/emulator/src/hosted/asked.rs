//! A request to one of the hosted server's addresses.

use axum::http::{HeaderMap, HeaderName, header};
use serde_json::Value;

/// The most bytes of a body that is looked into before it is known whether it is admitted.
const MAX_LOOKED_INTO: usize = 1024 * 1024;

/// A request as it came over the wire.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Asked {
    /// A header that is there once, and is text.
    pub(super) fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        let mut values = self.headers.get_all(name.as_ref()).iter();
        let only = values.next()?;
        if values.next().is_some() { None } else { only.to_str().ok() }
    }

    /// The media type of the body, without its parameters, in lower case.
    pub(super) fn media_type(&self) -> String {
        media_type(self.header(header::CONTENT_TYPE).unwrap_or_default())
    }

    /// Whether the `Accept` header names a media type. A wildcard names none.
    pub(super) fn accepts(&self, wanted: &str) -> bool {
        let listed = self.headers.get_all(HeaderName::from_static("accept")).iter();
        listed
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|one| media_type(one) == wanted)
    }

    /// The body as JSON, for what only wants to look into it; `null` for one that is longer than any good one.
    pub(super) fn json(&self) -> Value {
        if self.bytes.len() > MAX_LOOKED_INTO {
            return Value::Null;
        }
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }
}

fn media_type(text: &str) -> String {
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
