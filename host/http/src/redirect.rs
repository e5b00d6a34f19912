//! Where a redirect leads: what would be asked next, for the gate to decide.
//!
//! A redirect of a read is followed, and stays what it is. A write's isn't: nothing that writes is sent to another address than the
//! plugin named, and what its answer says to read (303) may fail, which would say nothing of the write.

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, USER_AGENT};
use serde::Serialize;
use toolbay_kernel::gate::Method;

use crate::address::Address;
use crate::request::HttpRequest;

/// What would be asked next.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Next {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    /// The other host that led there. It chose the address, so nothing of the operator's goes along.
    pub(crate) from: Option<String>,
}

/// What an answer with this status and location leads to; none where it leads nowhere.
pub(crate) fn next(request: &HttpRequest, status: u16, location: &str) -> Option<Next> {
    let method = match (status, request.method) {
        (301 | 302 | 303 | 307 | 308, method @ (Method::Get | Method::Head)) => method,
        (301 | 302 | 307 | 308, Method::Options) => Method::Options,
        (303, Method::Options) => Method::Get,
        _ => return None,
    };
    let url = request.address.url().join(location).ok()?;
    let address = Address::parse(url.as_str()).ok()?;
    let is_same_host = address.url().origin() == request.address.url().origin();
    // What a plugin says to one host isn't another one's to read, such as a token of its own.
    let headers = request
        .headers
        .iter()
        .filter(|(name, _)| is_same_host || [ACCEPT, ACCEPT_LANGUAGE, USER_AGENT].contains(name))
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let from = if is_same_host { request.from.clone() } else { Some(request.address.authority()) };
    Some(Next { method: method.as_str(), url: address.url().as_str().to_owned(), headers, from })
}

#[cfg(test)]
mod tests {
    use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};

    use super::*;

    fn request(method: Method) -> HttpRequest {
        let mut headers = HeaderMap::new();
        for name in [ACCEPT, AUTHORIZATION, CONTENT_TYPE] {
            headers.insert(name, HeaderValue::from_static("own"));
        }
        HttpRequest {
            plugin: "a".to_owned(),
            method,
            address: Address::parse("https://a.example/v1/x").unwrap(),
            headers,
            body: None,
            from: None,
        }
    }

    #[test]
    fn reads_stay_what_they_are_and_writes_are_never_sent_on() {
        let method = |method, status| next(&request(method), status, "/y").map(|next| next.method);
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(method(Method::Get, status), Some("GET"));
            assert_eq!(method(Method::Head, status), Some("HEAD"));
        }
        for write in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
            for status in [300, 301, 302, 303, 304, 307, 308] {
                assert_eq!(method(write, status), None);
            }
        }
        assert_eq!(method(Method::Get, 304), None);
    }

    #[test]
    fn another_host_gets_nothing_that_was_said_to_the_first() {
        let names = |location: &str| {
            let next = next(&request(Method::Get), 303, location).unwrap();
            next.headers.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names("/y"), ["accept", "authorization", "content-type"]);
        for other in ["https://b.example/", "http://a.example/", "https://a.example:444/", "//b.example/"] {
            assert_eq!(names(other), ["accept"], "{other}");
        }
    }

    #[test]
    fn who_led_to_another_host_is_known_as_long_as_that_leads_on_within_itself() {
        let mut request = request(Method::Get);
        let from = |request: &HttpRequest, location: &str| next(request, 302, location).unwrap().from;
        assert_eq!(from(&request, "/y"), None);
        assert_eq!(from(&request, "https://b.example/").as_deref(), Some("a.example"));
        request.from = Some("c.example".to_owned());
        assert_eq!(from(&request, "/y").as_deref(), Some("c.example"));
        assert_eq!(from(&request, "https://b.example/").as_deref(), Some("a.example"));
    }

    #[test]
    fn a_location_is_read_as_any_address() {
        let url = |location: &str| next(&request(Method::Get), 302, location).map(|next| next.url);
        assert_eq!(url("y?z#f").as_deref(), Some("https://a.example/v1/y?z"));
        assert_eq!(url("../w").as_deref(), Some("https://a.example/w"));
        for wrong in
            ["https://user@b.example/", "javascript:alert(1)", "file:///etc/passwd", "/a//b", "/a%2fb"]
        {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }
}
