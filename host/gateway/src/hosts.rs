//! Which host and origin a request may name.
//!
//! A page of a foreign site can make a browser send requests to this machine, under a host name that the site controls
//! (DNS rebinding). Such a request names that host, and that is how it is told apart.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::uri::Authority;
use http::{HeaderMap, Uri, header};
use toolbay_kernel::{Code, Problem};
use url::{Host, Origin, Url};

use crate::envelope::Refusal;
use crate::public_origin::PublicOrigin;
use crate::{Gateway, GatewaySettings};

/// Middleware that refuses a foreign `Host` or `Origin`.
pub(crate) async fn check(State(gateway): State<Arc<Gateway>>, mut request: Request, next: Next) -> Response {
    let further = match allowed(&gateway.settings, request.uri(), request.headers()) {
        Ok(public) if *public == gateway.settings.public_url => None,
        Ok(public) => Some(PublicOrigin::further(public)),
        Err(refusal) => return refusal.into_response(),
    };
    if let Some(further) = further {
        request.extensions_mut().insert(further);
    }
    next.run(request).await
}

/// The public origin that a request came in by.
fn allowed<'a>(settings: &'a GatewaySettings, uri: &Uri, headers: &HeaderMap) -> Result<&'a Url, Refusal> {
    let host = named_host(uri, headers)?;
    let Some(public) = own(settings, &host) else {
        let problem =
            Problem::new(Code::Forbidden, "this server does not serve the host that the request names")
                .hint("use the address in TOOLBAY_PUBLIC_URL, or set it to the address that clients use");
        return Err(problem.into());
    };
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin_is_own = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| is_own_origin(settings, origin, &host)),
        (Some(_), Some(_)) => false,
    };
    if origin_is_own {
        return Ok(public);
    }
    let problem = Problem::new(Code::Forbidden, "pages of other origins may not use this server")
        .hint("open the console at the address in TOOLBAY_PUBLIC_URL");
    Err(problem.into())
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
    if host.as_str().contains('@') {
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

    fn settings(public_urls: &[&str]) -> GatewaySettings {
        let mut urls = public_urls.iter().map(|url| url.parse().unwrap());
        GatewaySettings {
            public_url: urls.next().unwrap(),
            further_public_urls: urls.collect(),
            profiles: Profiles::with([]),
            version: "0.0.0-test",
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
        let public = allowed(&settings, &Uri::from_static("/v1/tools"), &headers).ok()?;
        Some(public.origin().ascii_serialization())
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
        assert!(allowed(&public, &Uri::from_static("http://evil.com/v1/tools"), &headers).is_err());
        headers.append(header::HOST, HeaderValue::from_static("evil.com"));
        assert!(allowed(&public, &Uri::from_static("/v1/tools"), &headers).is_err());
        assert!(allowed(&public, &Uri::from_static("/v1/tools"), &HeaderMap::new()).is_err());
    }
}
