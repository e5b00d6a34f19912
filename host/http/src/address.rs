//! The address of a plugin's request, as it is sent and as it is held against places: there is one reading of it.
//!
//! # What can be read in two ways is refused
//!
//! Servers differ in what they make of `..`, `//`, a backslash, or an encoded slash. A place such as `/v1/*` says nothing about an
//! address that one server takes for `/v1/x/../../admin` and another for a name. So such an address is refused, not repaired. A
//! host that is an address of IP may be written in many ways; all of them are the same host here.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Longest address, in bytes, with its query.
pub(crate) const MAX_ADDRESS: usize = 8 * 1024;

/// Longest path, in bytes: it is a part of the audit.
const MAX_PATH: usize = 1_024;

/// The address of a request: `http` or `https`, no user, no fragment, and a path that reads in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(Url);

/// Why a text is no address for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    #[error("an address has at most {MAX_ADDRESS} bytes, and its path at most {MAX_PATH}")]
    TooLong,
    #[error(
        "an address has visible characters of ASCII alone: other ones are percent-encoded, and a host is written in Punycode"
    )]
    Characters,
    #[error("an address begins with https:// or http:// and a host")]
    NoHost,
    #[error("an address has no user and no password")]
    User,
    #[error("the host can't be one")]
    Host,
    #[error(
        "a path has no `.` or `..`, no empty segment, no backslash, no encoded slash, backslash, percent sign, `?`, `#` or control character, and is UTF-8"
    )]
    Path,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// For whatever another reader could take for something else.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAnAddress> {
        if text.len() > MAX_ADDRESS {
            return Err(NotAnAddress::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotAnAddress::Characters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(NotAnAddress::NoHost)?;
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(NotAnAddress::NoHost);
        }
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, below) = rest.split_at(end);
        check_authority(authority)?;
        let path = below.split(['?', '#']).next().unwrap_or_default();
        check_path(path)?;
        let mut url: Url = text.parse().map_err(|_| NotAnAddress::Host)?;
        url.set_fragment(None);
        let address = Self(url);
        address.check_read(path)?;
        Ok(address)
    }

    /// The same with further parameters of its query.
    pub(crate) fn with_query(mut self, query: &[(String, String)]) -> Result<Self, NotAnAddress> {
        if !query.is_empty() {
            self.0.query_pairs_mut().extend_pairs(query);
        }
        if self.0.as_str().len() > MAX_ADDRESS { Err(NotAnAddress::TooLong) } else { Ok(self) }
    }

    /// What the URL's own reader made of it is what was looked at.
    fn check_read(&self, path: &str) -> Result<(), NotAnAddress> {
        let url = &self.0;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotAnAddress::User);
        }
        match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() && !name.ends_with('.') && !name.contains('*') => {}
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => {}
            _ => return Err(NotAnAddress::Host),
        }
        if url.path().len() > MAX_PATH {
            return Err(NotAnAddress::TooLong);
        }
        let written = if path.is_empty() { "/" } else { path };
        let is_as_written = url.path().split('/').count() == written.split('/').count();
        if is_as_written { Ok(()) } else { Err(NotAnAddress::Path) }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// The host with its port, where that isn't the scheme's own: what has a budget, and settings.
    pub(crate) fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Where it leads, without its query, as places are written: `https` goes without saying.
    pub(crate) fn place(&self) -> String {
        let scheme = if self.0.scheme() == "https" { "" } else { "http://" };
        format!("{scheme}{}{}", self.authority(), self.0.path())
    }
}

fn check_authority(authority: &str) -> Result<(), NotAnAddress> {
    if authority.contains('@') {
        return Err(NotAnAddress::User);
    }
    // A percent sign would be decoded, or name a zone of IPv6: neither is a host's name.
    if authority.is_empty() || authority.contains('%') || authority.ends_with(':') {
        return Err(NotAnAddress::Host);
    }
    Ok(())
}

fn check_path(path: &str) -> Result<(), NotAnAddress> {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_some() || !is_plain(segment) {
            return Err(NotAnAddress::Path);
        }
    }
    if path.contains('\\') { Err(NotAnAddress::Path) } else { Ok(()) }
}

/// Whether a segment is a name, whoever decodes it and however often.
fn is_plain(segment: &str) -> bool {
    let is_encoded_well = segment.split('%').skip(1).all(|after| {
        after.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let decoded: Vec<u8> = percent_decode_str(segment).collect();
    // Some servers cut a segment at its parameters first: `..;x` is a step up to them.
    let name = decoded.split(|byte| *byte == b';').next().unwrap_or_default();
    // In bytes that aren't UTF-8, such as overlong forms, some find a dot or a slash.
    let is_text = std::str::from_utf8(&decoded).is_ok();
    let is_syntax = |byte: &u8| matches!(byte, b'/' | b'\\' | b'%' | b'?' | b'#') || byte.is_ascii_control();
    is_encoded_well && is_text && !matches!(name, b"." | b"..") && !decoded.iter().any(is_syntax)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(text: &str) -> Result<String, NotAnAddress> {
        Address::parse(text).map(|address| address.place())
    }

    #[test]
    fn a_host_is_the_same_however_it_is_written() {
        for (text, expected) in [
            ("https://API.Example.com/v1", "api.example.com/v1"),
            ("HTTPS://api.example.com:443/v1?x=/../y#z", "api.example.com/v1"),
            ("https://api.example.com", "api.example.com/"),
            ("https://api.example.com?x", "api.example.com/"),
            ("https://api.example.com:8443/", "api.example.com:8443/"),
            ("http://api.example.com:80/", "http://api.example.com/"),
            ("http://api.example.com:443/", "http://api.example.com:443/"),
            ("https://2130706433/", "127.0.0.1/"),
            ("https://0x7f.1/", "127.0.0.1/"),
            ("https://0177.0.0.1/", "127.0.0.1/"),
            ("https://127.1/", "127.0.0.1/"),
            ("https://127.0.0.1./", "127.0.0.1/"),
            ("https://[::FFFF:7f00:1]/", "[::ffff:7f00:1]/"),
            ("https://[0:0:0:0:0:0:0:1]/", "[::1]/"),
            ("https://xn--bcher-kva.example/", "xn--bcher-kva.example/"),
            ("https://api.example.com/a%20b/c~d", "api.example.com/a%20b/c~d"),
            ("https://api.example.com/b%C3%BCcher", "api.example.com/b%C3%BCcher"),
            ("https://api.example.com/v1/", "api.example.com/v1/"),
        ] {
            assert_eq!(place(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_reads_in_two_ways_is_refused() {
        for text in [
            "https://api.example.com/v1/../admin",
            "https://api.example.com/v1/..",
            "https://api.example.com/v1/.",
            "https://api.example.com/./v1",
            "https://api.example.com/v1/%2e%2e/admin",
            "https://api.example.com/v1/.%2E/admin",
            "https://api.example.com/v1/%252e%252e/admin",
            "https://api.example.com/v1/..%2fadmin",
            "https://api.example.com/v1/..%5cadmin",
            "https://api.example.com/v1/..;x/admin",
            "https://api.example.com/v1/..;/admin",
            "https://api.example.com//admin",
            "https://api.example.com/v1//admin",
            "https://api.example.com/v1\\..\\admin",
            "https://api.example.com\\@evil.example/",
            "https://api.example.com/v1/%00",
            "https://api.example.com/v1/%0d%0aHost:x",
            "https://api.example.com/v1/x%3Fy",
            "https://api.example.com/v1/x%23y",
            "https://api.example.com/v1/%c0%ae%c0%ae/admin",
            "https://api.example.com/v1/%ff",
            "https://api.example.com/v1/%2",
            "https://api.example.com/v1/%zz",
            "https://api.example.com@evil.example/",
            "https://user:password@api.example.com/",
            "https://@api.example.com/",
            "https://api.example.com./",
            "https://api%2eexample.com/",
            "https://[fe80::1%25eth0]/",
            "https://[fe80::1%eth0]/",
            "https://api.example.com:/",
            "https://api.example.com:99999/",
            "https://*.example.com/",
            "https:///x",
            "https:/api.example.com/",
            "https:api.example.com",
            "//api.example.com/",
            "/v1",
            "ftp://api.example.com/",
            "file:///etc/passwd",
            " https://api.example.com/",
            "https://api.example.com/a b",
            "https://api.exa\tmple.com/",
            "https://api.example.com/\r\nHost: x",
            "https://bücher.example/",
            "https://api.example.com/ü",
            "https://xn--/",
            "",
        ] {
            assert!(place(text).is_err(), "{text}: {:?}", place(text));
        }
        assert_eq!(place(&format!("https://a.example/{}", "x".repeat(2_000))), Err(NotAnAddress::TooLong));
        assert_eq!(place(&format!("https://a.example/?{}", "x".repeat(9_000))), Err(NotAnAddress::TooLong));
    }

    #[test]
    fn a_query_is_encoded() {
        let address = Address::parse("https://a.example/x?y=1").unwrap();
        let query = [("q".to_owned(), "a&b=c #d\r\n".to_owned())];
        let address = address.with_query(&query).unwrap();
        assert_eq!(address.url().as_str(), "https://a.example/x?y=1&q=a%26b%3Dc+%23d%0D%0A");
        assert_eq!(address.place(), "a.example/x");
    }

    proptest! {
        /// Whatever is taken is read again as the same, and its path has nothing in it that a server could go up by.
        #[test]
        fn an_address_is_read_in_one_way(text in r"(https?://)?[a-z0-9.:@%\[\]\\*-]{0,12}(/[a-z0-9.;%25eEfF/\\*]{0,6}){0,4}(\?[a-z/.]{0,4})?") {
            if let Ok(address) = Address::parse(&text) {
                prop_assert_eq!(Address::parse(address.url().as_str()), Ok(address.clone()));
                let mut path = address.url().path().to_owned();
                prop_assert!(percent_decode_str(&path).decode_utf8().is_ok());
                for _ in 0..3 {
                    path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
                    prop_assert!(!path.contains("//") && !path.contains(['\\', '?', '#']));
                    prop_assert!(path.split('/').all(|segment| !matches!(segment, "." | "..")));
                }
            }
        }
    }
}
