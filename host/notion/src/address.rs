//! Where Notion is, and the URL of a request there.

use std::net::IpAddr;

use url::{Host, Url};

use crate::error::NotionError;
use crate::request::NotionRequest;

/// The API's base URL, checked once: what is built on it can only lead there.
#[derive(Debug, Clone)]
pub(crate) struct Address(Url);

/// A URL that doesn't lead to the configured origin. It can't happen with validated segments, and is checked because
/// what is at stake is the credential.
#[derive(Debug, thiserror::Error)]
#[error("the URL of {0} would lead away from the configured origin")]
pub(crate) struct LeadsAway(String);

impl Address {
    /// Takes `https`, and `http` on this machine alone: a credential in clear text never leaves it. A path is kept, for
    /// stands-in of Notion that are served below one.
    pub(crate) fn new(base: &Url) -> Result<Self, NotionError> {
        let is_local = match base.host() {
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let is_allowed = base.has_host() && (base.scheme() == "https" || base.scheme() == "http" && is_local);
        let is_bare = base.username().is_empty()
            && base.password().is_none()
            && base.query().is_none()
            && base.fragment().is_none();
        if is_allowed && is_bare { Ok(Self(base.clone())) } else { Err(NotionError::Address) }
    }

    /// Whether requests are encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The URL of a path below the base.
    pub(crate) fn path(&self, segments: &[&str]) -> Result<Url, NotionError> {
        let mut url = self.0.clone();
        url.path_segments_mut().map_err(|()| NotionError::Address)?.pop_if_empty().extend(segments);
        Ok(url)
    }

    /// The URL of a request.
    pub(crate) fn of(&self, request: &NotionRequest) -> Result<Url, LeadsAway> {
        let leads_away = || LeadsAway(request.route.to_string());
        let mut url = self.0.clone();
        url.path_segments_mut().map_err(|()| leads_away())?.pop_if_empty().extend(&request.segments);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let base = self.0.path().trim_end_matches('/');
        let segments = url.path().strip_prefix(base).and_then(|below| below.strip_prefix('/'));
        let is_complete = segments.is_some_and(|below| below.split('/').count() == request.segments.len());
        if url.origin() == self.0.origin() && is_complete { Ok(url) } else { Err(leads_away()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use toolbay_kernel::gate::{Method, Request};

    use super::*;
    use crate::request::NAME;
    use crate::routes::resolve;

    fn address() -> Address {
        Address::new(&"https://api.notion.com".parse().unwrap()).unwrap()
    }

    fn url_of(method: Method, path: &str) -> Option<Url> {
        let body = matches!(method, Method::Post | Method::Patch).then(|| serde_json::json!({}));
        let request =
            Request { egress: NAME, method, path: path.to_owned(), query: Vec::new(), body, max_age: None };
        resolve(request).ok().map(|resolved| address().of(&resolved).unwrap())
    }

    /// The origin is the configured one, and no segment of the path as sent can be read as a step, a host or a query.
    fn assert_harmless(url: &Url) {
        assert_eq!(url.origin().ascii_serialization(), "https://api.notion.com");
        assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
        let segments: Vec<&str> = url.path_segments().unwrap().collect();
        assert_eq!(segments.first(), Some(&"v1"));
        for segment in &segments {
            assert!(!segment.is_empty());
            assert!(!segment.contains(['.', '/', '\\', '?', '#']), "{segment}");
            for hidden in ["%2e", "%2f", "%25", "%00"] {
                assert!(!segment.to_lowercase().contains(hidden), "{segment}");
            }
        }
        // Notion's ids of properties have backslashes too; without dots and slashes one is a character like any other.
        let others = segments.iter().enumerate().filter(|(place, _)| *place != 4);
        assert!(others.clone().all(|(_, segment)| !segment.to_lowercase().contains("%5c")), "{segments:?}");
        assert_eq!(url.as_str().parse::<Url>().unwrap(), *url);
    }

    fn hostile_segment() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("v1".to_owned()),
            Just("pages".to_owned()),
            Just("properties".to_owned()),
            Just("0123456789abcdef0123456789ABCDEF".to_owned()),
            Just("59833787-2cf9-4fdf-8782-e53db20768a5".to_owned()),
            Just("..".to_owned()),
            Just("%2e%2E".to_owned()),
            Just("title".to_owned()),
            Just(String::new()),
            "[%@:;\\\\?#.a-f0-9\t\n]{0,6}",
            "%[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2}",
            "\\PC{0,4}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_text_leads_to_notion_or_nowhere(path in ".{0,80}") {
            for method in [Method::Get, Method::Post, Method::Patch, Method::Delete] {
                if let Some(url) = url_of(method, &path) {
                    assert_harmless(&url);
                }
            }
        }

        #[test]
        fn hostile_segments_lead_to_notion_or_nowhere(segments in prop::collection::vec(hostile_segment(), 0..7)) {
            for path in [format!("/{}", segments.join("/")), segments.join("/")] {
                if let Some(url) = url_of(Method::Get, &path) {
                    assert_harmless(&url);
                }
            }
        }

        #[test]
        fn any_property_id_stays_one_segment(id in "(%[0-9A-Fa-f]{2}|[A-Za-z0-9_.;:=-]){1,8}") {
            let path = format!("/v1/pages/59833787-2cf9-4fdf-8782-e53db20768a5/properties/{id}");
            if let Some(url) = url_of(Method::Get, &path) {
                assert_harmless(&url);
                prop_assert_eq!(url.path_segments().unwrap().count(), 5);
            }
        }
    }

    #[test]
    fn property_ids_are_sent_as_notion_writes_them() {
        let page = "/v1/pages/59833787-2cf9-4fdf-8782-e53db20768a5/properties/";
        for id in ["title", "abc%3D", "%3AbQ%5E", "a_-9", "%3F%23%60", "%60%5C%60a", "~%3EE%3E"] {
            let url = url_of(Method::Get, &format!("{page}{id}")).unwrap();
            let sent = url.path_segments().unwrap().next_back().unwrap().to_owned();
            let decode = |text: &str| {
                let pair = format!("x={}", text.replace('+', "%2B"));
                url::form_urlencoded::parse(pair.as_bytes()).next().unwrap().1.into_owned()
            };
            assert_eq!(decode(&sent), decode(id));
        }
    }

    #[test]
    fn a_base_path_is_kept() {
        let address = Address::new(&"http://127.0.0.1:1234/notion/".parse().unwrap()).unwrap();
        let url = address.of(&crate::routes::own_user().unwrap()).unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:1234/notion/v1/users/me");
    }

    #[test]
    fn only_encrypted_or_local_addresses_are_taken() {
        for good in
            ["https://api.notion.com", "http://127.0.0.1:8701", "http://[::1]:1", "http://localhost:8701"]
        {
            assert!(Address::new(&good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in [
            "http://api.notion.com",
            "http://10.0.0.1",
            "http://localhost.evil.com",
            "ftp://api.notion.com",
            "https://user@api.notion.com",
            "https://api.notion.com?x=1",
            "https://api.notion.com#x",
            "unix:/socket",
            "file:///etc/passwd",
        ] {
            assert!(Address::new(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}
