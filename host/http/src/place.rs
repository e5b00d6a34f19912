//! Places: what of the web a manifest asks for, an operator grants, and a secret is for.

use std::fmt;

use toolbay_kernel::gate::Method;

use crate::address::{Address, NotAnAddress};

/// Places that one list names at most.
pub(crate) const MAX_PLACES: usize = 100;

/// A host and a pattern of paths, such as `api.example.com/v1/*`: `https`, unless `http://` is written. A star stands for a whole
/// segment, the last one for all that may follow. It is written in one form, so that it can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

/// Why a text is no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlace {
    #[error("`{0}` doesn't begin with a method, such as GET in `GET api.example.com/v1/*`")]
    Method(String),
    #[error("`{0}` names no path; `{0}/*` is all of the host")]
    NoPath(String),
    #[error("`{0}` has a query: a place is a host and a path")]
    Query(String),
    #[error(
        "`{0}` has a star or braces in a segment: a star stands for a whole segment of the path, and for nothing in a host"
    )]
    Star(String),
    #[error("`{0}` can't be a place: {1}")]
    Address(String, NotAnAddress),
    #[error("a list names at most {MAX_PLACES} places")]
    TooMany,
}

impl Place {
    /// Reads a place without a method.
    ///
    /// # Errors
    ///
    /// When it isn't one.
    pub fn parse(text: &str) -> Result<Self, NotAPlace> {
        let shown = || text.chars().take(200).collect::<String>();
        let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let (_, rest) = address.split_once("://").unwrap_or_default();
        let (host, path) = rest.split_once('/').ok_or_else(|| NotAPlace::NoPath(shown()))?;
        if text.contains(['?', '#']) {
            return Err(NotAPlace::Query(shown()));
        }
        let is_in_segment = |segment: &str| segment.contains('*') && segment != "*";
        if host.contains(['*', '{', '}']) || path.contains(['{', '}']) || path.split('/').any(is_in_segment) {
            return Err(NotAPlace::Star(shown()));
        }
        match Address::parse(&address) {
            Ok(address) => Ok(Self(address.place())),
            Err(error) => Err(NotAPlace::Address(shown(), error)),
        }
    }

    /// Reads a place behind a method, such as `GET api.example.com/v1/*`, into the form that routes have.
    ///
    /// # Errors
    ///
    /// When it isn't one.
    pub fn parse_with_method(text: &str) -> Result<String, NotAPlace> {
        let no_method = || NotAPlace::Method(text.chars().take(200).collect());
        let (method, place) = text.split_once(' ').ok_or_else(no_method)?;
        let method: Method = method.parse().map_err(|()| no_method())?;
        Ok(format!("{} {}", method.as_str(), Self::parse(place.trim_start())?))
    }

    /// Reads a list of places with methods.
    ///
    /// # Errors
    ///
    /// When one of them isn't one, or there are too many.
    pub(crate) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, NotAPlace> {
        let places: Vec<String> =
            texts.into_iter().take(MAX_PLACES + 1).map(Self::parse_with_method).collect::<Result<_, _>>()?;
        if places.len() > MAX_PLACES { Err(NotAPlace::TooMany) } else { Ok(places) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_form() {
        for (text, expected) in [
            ("GET API.example.com:443/v1/*", "GET api.example.com/v1/*"),
            ("GET https://api.example.com/v1/*", "GET api.example.com/v1/*"),
            ("POST hooks.example.com/in", "POST hooks.example.com/in"),
            ("PUT http://10.0.0.7:8080/*/x", "PUT http://10.0.0.7:8080/*/x"),
            ("HEAD [::1]:8443/", "HEAD [::1]:8443/"),
            ("GET 0x7f.1/*", "GET 127.0.0.1/*"),
        ] {
            assert_eq!(Place::parse_with_method(text).as_deref(), Ok(expected));
        }
        for (wrong, said) in [
            ("api.example.com/v1", "a method"),
            ("FETCH api.example.com/v1", "a method"),
            ("get api.example.com/v1", "a method"),
            ("GET api.example.com", "`api.example.com/*` is all of the host"),
            ("GET *.example.com/*", "nothing in a host"),
            ("GET */x", "nothing in a host"),
            ("GET api.example.com/v*/x", "a whole segment"),
            ("GET api.example.com/v1/**", "a whole segment"),
            ("GET api.example.com/v1/{id}", "a whole segment"),
            ("GET api.example.com/v1?x=*", "a query"),
            ("GET api.example.com/v1/../*", "can't be a place"),
            ("GET user@api.example.com/*", "no user"),
            ("GET ftp://api.example.com/*", "can't be a place"),
            ("GET api.example.com./*", "can't be a place"),
            ("GET /etc/passwd", "can't be a place"),
        ] {
            let error = Place::parse_with_method(wrong).unwrap_err().to_string();
            assert!(error.contains(said), "{wrong}: {error}");
        }
        assert_eq!(Place::list(vec!["GET a.example/"; 101]), Err(NotAPlace::TooMany));
    }
}
