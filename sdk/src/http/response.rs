//! What was answered.

use serde::de::DeserializeOwned;

use crate::Problem;

/// A body: text where it is UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Body {
    Text(String),
    Bytes(Vec<u8>),
}

impl Body {
    /// The text, where it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// An answer. For a read whatever was answered, also 404: look at [`Response::is_success`]. For a write it was carried out, also with 303,
/// which isn't followed: its `location` says what to read now. Anything else is a [`Problem`], with status and text in its details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Those that are of use, names in lower case: what the body is, when to ask again, where to go on.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Response {
    /// Whether the status is of 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first header of a name, in whatever case that is written.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body of a success, as a type of the plugin's own.
    ///
    /// # Errors
    ///
    /// `not_found` for 404 and 410, `upstream_failed` for another status that is no success, and where the body is not of that type.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Problem> {
        if !self.is_success() {
            let message = format!("The server answered {}.", self.status);
            return Err(match self.status {
                404 | 410 => Problem::not_found(message),
                // Whoever repeats a write for it would do it twice.
                303 => Problem::upstream_failed(format!(
                    "{message} A write was carried out by that; its `location` says what to read now."
                )),
                _ => Problem::upstream_failed(message),
            });
        }
        serde_json::from_slice(self.body.as_bytes()).map_err(|error| {
            Problem::upstream_failed(format!("The server's answer did not have the expected shape: {error}."))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_says_what_to_read_is_not_told_as_failed() {
        let answer = Response { status: 303, headers: Vec::new(), body: Body::from("") };
        let problem = answer.json::<serde_json::Value>().unwrap_err();
        assert!(problem.message.contains("was carried out"), "{problem:?}");
    }
}
