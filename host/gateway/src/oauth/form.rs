//! The body of a form.

use axum::body::Body;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, Limited};
use secrecy::SecretString;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// Largest body of a form, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The fields of a form, in order.
pub(super) struct Form(Vec<(String, Zeroizing<String>)>);

/// Why a body isn't a form, for whoever sent it.
pub(super) type NotAForm = &'static str;

impl Form {
    /// Reads the body of a request.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, NotAForm> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_form = kind
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        if !is_form {
            return Err("The body is application/x-www-form-urlencoded.");
        }
        let body = Limited::new(body, MAX_BYTES).collect().await;
        let bytes = body.map_err(|_| "The body is too long, or broke off.")?.to_bytes();
        let pairs = form_urlencoded::parse(&bytes);
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned()))).collect()))
    }

    /// The values of a field, without empty ones.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The one value of a field. One that comes twice is refused: two who read the form would read two things.
    pub(super) fn one(&self, name: &'static str) -> Result<Option<&str>, NotAForm> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err("A field is there twice."),
        }
    }

    /// The one value of a field that is a secret.
    pub(super) fn secret(&self, name: &'static str) -> Result<Option<SecretString>, NotAForm> {
        Ok(self.one(name)?.map(SecretString::from))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[tokio::test]
    async fn a_form_is_read_within_bounds() {
        let mut headers = HeaderMap::new();
        assert!(Form::read(&headers, Body::from("a=1")).await.is_err());
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
        let form = Form::read(&headers, Body::from("a=1%20&b=&c=1&c=2")).await.ok().unwrap();
        assert_eq!(form.one("a"), Ok(Some("1 ")));
        assert_eq!(form.one("b"), Ok(None));
        assert!(form.one("c").is_err());
        assert_eq!(form.all("c").collect::<Vec<_>>(), ["1", "2"]);
        assert!(Form::read(&headers, Body::from("a".repeat(MAX_BYTES + 1))).await.is_err());
    }
}
