//! Where spans are sent, and in whose name.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Where spans are sent, and in whose name.
#[derive(Debug, Clone)]
pub struct TracesSettings {
    /// The whole address, such as `http://127.0.0.1:4318/v1/traces`.
    pub endpoint: Url,
    pub headers: Headers,
    /// What the host is called, such as `toolbay`.
    pub service_name: String,
    /// Its version.
    pub service_version: &'static str,
    /// What else the operator says of the host, by name.
    pub resource: Vec<(String, String)>,
    /// What sends.
    pub client: Client,
}

/// What every request to the collector has beside its own headers. The values may be secrets, and are never shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub(crate) HeaderMap);

/// A header that can't be sent. Its value isn't repeated.
#[derive(Debug, thiserror::Error)]
pub enum NotAHeader {
    #[error("`{0}` is not the name of a header")]
    Name(String),
    #[error("the value of `{0}` can't be that of a header")]
    Value(HeaderName),
    #[error("`{0}` is the host's own header")]
    Own(HeaderName),
    #[error("`{0}` is there twice")]
    Twice(HeaderName),
}

impl Headers {
    /// Reads names and values.
    ///
    /// # Errors
    ///
    /// [`NotAHeader`] for the first that can't be sent.
    pub fn read(pairs: impl IntoIterator<Item = (String, SecretString)>) -> Result<Self, NotAHeader> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().map_err(|_| NotAHeader::Name(name))?;
            if [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::HOST, header::TRANSFER_ENCODING]
                .contains(&name)
            {
                return Err(NotAHeader::Own(name));
            }
            let mut value: HeaderValue =
                value.expose_secret().parse().map_err(|_| NotAHeader::Value(name.clone()))?;
            value.set_sensitive(true);
            if headers.insert(name.clone(), value).is_some() {
                return Err(NotAHeader::Twice(name));
            }
        }
        Ok(Self(headers))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(HeaderName::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Headers, NotAHeader> {
        Headers::read(pairs.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))))
    }

    #[test]
    fn a_value_is_never_shown() {
        let headers = read(&[("Authorization", "Bearer canary")]).unwrap();
        assert!(!format!("{headers:?}").contains("canary"));
        assert_eq!(headers.names().collect::<Vec<_>>(), ["authorization"]);
        for bad in [
            &[("a b", "canary")][..],
            &[("a", "canary\n")],
            &[("Content-Type", "canary")],
            &[("a", "canary"), ("A", "canary")],
        ] {
            assert!(!read(bad).unwrap_err().to_string().contains("canary"));
        }
    }
}
