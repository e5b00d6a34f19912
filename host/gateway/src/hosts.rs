//! Which host and origin a request may name.
//!
//! A page of a foreign site can make a browser send requests to this machine, under a host name that the site controls
//! (DNS rebinding). Such a request names that host, and that is how it is told apart. One under the host's own name, of a
//! page of another origin, is told apart by that origin; what such a page may do is said in [`cors`](crate::edge).

use std::net::Ipv4Addr;

use http::uri::Authority;
use http::{HeaderMap, Uri, header};
use toolbay_kernel::{Code, Problem};
use url::{Host, Origin, Url};

use crate::GatewaySettings;
use crate::envelope::Refusal;

/// What a request names.
pub(crate) struct Named<'a> {
    /// The public origin that it came in by.
    pub(crate) public: &'a Url,
    /// Whether a page of another origin sent it.
    pub(crate) is_foreign_page: bool,
}

/// The host and origin that a request names, or the refusal of a foreign host.
pub(crate) fn named<'a>(
    settings: &'a GatewaySettings,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Named<'a>, Refusal> {
    let host = named_host(uri, headers)?;
    let Some(public) = own(settings, &host) else {
        let problem =
            Problem::new(Code::Forbidden, "this server does not serve the host that the request names")
                .hint("use an address in TOOLBAY_PUBLIC_URL or TOOLBAY_PUBLIC_URLS, or set one to the address that clients use");
        return Err(problem.into());
    };
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let is_foreign_page = match (origins.next(), origins.next()) {
        (None, _) => false,
        (Some(origin), None) => !origin.to_str().is_ok_and(|origin| is_own_origin(settings, origin, &host)),
        // Nobody who means well.
        (Some(_), Some(_)) => return Err(foreign_page()),
    };
    Ok(Named { public, is_foreign_page })
}

/// The refusal of a page of another origin.
pub(crate) fn foreign_page() -> Refusal {
    Problem::new(Code::Forbidden, "pages of other origins may not use this server")
        .hint("open the console at the address in TOOLBAY_PUBLIC_URL; for a page of your own, list its origin in `cors_origins`")
        .into()
}

/// The one host that a request names, in its target or else its header.
fn named_host(uri: &Uri, headers: &HeaderMap) -> Result<Authority, Refusal> {
    let mut values = headers.get_all(header::HOST).iter();
    let named = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().and_then(|text| text.parse::<Authority>().ok()),
        _ => None,
    };
    let target = uri.authority();
    match (named, target) {
        (Some(named), None) => Ok(named),
        // A target and a header that differ are somebody's attempt to be two things at once.
        (Some(named), Some(target)) if named == *target => Ok(named),
        _ => Err(Refusal::invalid("a request names exactly one valid host")),
    }
}

/// The public origin of a host; the main one of a loopback address. The port doesn't matter: a foreign page can choose it
/// freely.
fn own<'a>(settings: &'a GatewaySettings, host: &Authority) -> Option<&'a Url> {
    // Nobody else's name begins with one of ours and a colon.
    let after = host.as_str().strip_prefix(host.host()).unwrap_or_default();
    let is_port = after.is_empty() || after.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    if host.as_str().contains('@') || !is_port {
        return None;
    }
    // As nearly everybody writes it, which is known without what a browser does with names.
    let written = host.host();
    let is_it = |public: &&Url| public.host_str().is_some_and(|public| public.eq_ignore_ascii_case(written));
    if let Some(public) = at(settings.public_origins().filter(is_it), host) {
        return Some(public);
    }
    if written.eq_ignore_ascii_case("localhost")
        || written.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    {
        return Some(&settings.public_url);
    }
    let parsed = Host::parse(written).ok()?;
    let is_it = |public: &&Url| public.host().is_some_and(|public| public.to_owned() == parsed);
    let is_loopback = match &parsed {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    at(settings.public_origins().filter(is_it), host).or(is_loopback.then_some(&settings.public_url))
}

/// Of origins with the same host, the one whose port is named, else the first.
fn at<'a>(mut origins: impl Iterator<Item = &'a Url>, host: &Authority) -> Option<&'a Url> {
    let has_port = |origin: &Url| match host.port_u16() {
        Some(port) => origin.port_or_known_default() == Some(port),
        None => origin.port().is_none(),
    };
    let first = origins.next()?;
    if has_port(first) {
        return Some(first);
    }
    Some(origins.find(|origin| has_port(origin)).unwrap_or(first))
}

/// Whether a page of this origin is a public one, or was served under the very host that the request names.
fn is_own_origin(settings: &GatewaySettings, origin: &str, host: &Authority) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    let Origin::Tuple(scheme, ..) = url.origin() else { return false };
    if settings.public_origins().any(|public| url.origin() == public.origin()) {
        return true;
    }
    let served = format!("{scheme}://{host}");
    matches!(scheme.as_str(), "http" | "https")
        && Url::parse(&served).is_ok_and(|served| served.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use toolbay_kernel::Profiles;

    use super::*;
    use crate::EdgeSettings;

    fn settings(public_urls: &[&str]) -> GatewaySettings {
        let mut urls = public_urls.iter().map(|url| url.parse().unwrap());
        GatewaySettings {
            public_url: urls.next().unwrap(),
            further_public_urls: urls.collect(),
            profiles: Profiles::with([]),
            has_chat: false,
            metrics_token: None,
            version: "0.0.0-test",
            edge: EdgeSettings::default(),
        }
    }

    fn passes(host: &str, origin: Option<&str>) -> bool {
        came_by(&["https://tools.example.com"], host, origin).is_some()
    }

    fn came_by(public_urls: &[&str], host: &str, origin: Option<&str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        let settings = settings(public_urls);
        let named = named(&settings, &Uri::from_static("/v1/tools"), &headers).ok()?;
        (!named.is_foreign_page).then(|| named.public.origin().ascii_serialization())
    }

    #[test]
    fn a_further_origin_is_as_good_and_a_request_came_in_by_the_one_it_names() {
        let public =
            &["https://tools.example.com", "https://tools.example.org", "https://tools.example.org:8443"];
        for (host, origin) in [
            ("tools.example.com", "https://tools.example.com"),
            ("tools.example.com:1", "https://tools.example.com"),
            ("localhost:8700", "https://tools.example.com"),
            ("127.1", "https://tools.example.com"),
            ("Tools.Example.org", "https://tools.example.org"),
            ("tools.example.org:1", "https://tools.example.org"),
            ("tools.example.org:8443", "https://tools.example.org:8443"),
        ] {
            assert_eq!(came_by(public, host, None).as_deref(), Some(origin), "{host}");
            assert_eq!(came_by(public, host, Some(origin)).as_deref(), Some(origin), "{host}");
            assert_eq!(came_by(public, host, Some("https://evil.com")), None, "{host}");
        }
        assert_eq!(came_by(public, "tools.example.net", None), None);
    }

    #[test]
    fn loopback_and_the_public_host_pass() {
        for host in [
            "localhost:8700",
            "LocalHost",
            "127.0.0.1:8700",
            "127.1",
            "[::1]:1",
            "tools.example.com",
            "Tools.Example.com:443",
        ] {
            assert!(passes(host, None), "{host}");
        }
    }

    #[test]
    fn foreign_hosts_do_not() {
        for host in [
            "evil.com",
            "localhost.evil.com",
            "127.0.0.1.evil.com",
            "evil.com:8700",
            "10.0.0.1",
            "tools.example.com.evil.com",
            "",
            "user@localhost",
        ] {
            assert!(!passes(host, None), "{host}");
        }
    }

    #[test]
    fn origins_must_be_our_own() {
        for host in
            ["127.0.0.1:8700.evil.example", "localhost:x", "[::1].evil.example", "tools.example.com:443x"]
        {
            assert!(!passes(host, None), "{host}");
        }
        assert!(passes("localhost:8700", Some("http://localhost:8700")));
        assert!(passes("tools.example.com", Some("https://tools.example.com")));
        // Behind a proxy that names the backend.
        assert!(passes("127.0.0.1:8700", Some("https://tools.example.com")));
        for origin in [
            "null",
            "http://evil.com",
            "http://localhost:3000",
            "http://localhost:8700.evil.com",
            "file://",
            "https://tools.example.com.evil.com",
        ] {
            assert!(!passes("localhost:8700", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn a_request_is_not_two_hosts_at_once() {
        let public = settings(&["http://127.0.0.1:8700"]);
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        assert!(named(&public, &Uri::from_static("http://evil.com/v1/tools"), &headers).is_err());
        headers.append(header::HOST, HeaderValue::from_static("evil.com"));
        assert!(named(&public, &Uri::from_static("/v1/tools"), &headers).is_err());
        assert!(named(&public, &Uri::from_static("/v1/tools"), &HeaderMap::new()).is_err());
    }
}
