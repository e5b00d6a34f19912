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

use crate::Gateway;
use crate::envelope::Refusal;

/// Middleware that refuses a foreign `Host` or `Origin`.
pub(crate) async fn check(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    match allowed(&gateway.settings.public_url, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn allowed(public: &Url, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let host = named_host(uri, headers)?;
    if !is_own(public, &host) {
        let problem =
            Problem::new(Code::Forbidden, "this server does not serve the host that the request names")
                .hint("use the address in TOOLBAY_PUBLIC_URL, or set it to the address that clients use");
        return Err(problem.into());
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin_is_own = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| is_own_origin(public, origin, &host)),
        (Some(_), Some(_)) => false,
    };
    if origin_is_own {
        return Ok(());
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

/// Whether a host is loopback, or the public one. The port doesn't matter: a foreign page can choose it freely.
fn is_own(public: &Url, host: &Authority) -> bool {
    if host.as_str().contains('@') {
        return false;
    }
    if is_plainly_own(public, host.host()) {
        return true;
    }
    let Ok(host) = Host::parse(host.host()) else { return false };
    let is_loopback = match &host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    is_loopback || public.host().is_some_and(|public| public.to_owned() == host)
}

/// Whether a host is written as nearly everybody writes it, which is known without what a browser does with names.
fn is_plainly_own(public: &Url, host: &str) -> bool {
    public.host_str().is_some_and(|public| public.eq_ignore_ascii_case(host))
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a page of this origin is the public one, or was served under the very host that the request names.
fn is_own_origin(public: &Url, origin: &str, host: &Authority) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    let Origin::Tuple(scheme, ..) = url.origin() else { return false };
    if url.origin() == public.origin() {
        return true;
    }
    let served = format!("{scheme}://{host}");
    matches!(scheme.as_str(), "http" | "https")
        && Url::parse(&served).is_ok_and(|served| served.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn passes(host: &str, origin: Option<&str>) -> bool {
        let public = Url::parse("https://tools.example.com").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        allowed(&public, &Uri::from_static("/v1/tools"), &headers).is_ok()
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
        let public = Url::parse("http://127.0.0.1:8700").unwrap();
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        assert!(allowed(&public, &Uri::from_static("http://evil.com/v1/tools"), &headers).is_err());
        headers.append(header::HOST, HeaderValue::from_static("evil.com"));
        assert!(allowed(&public, &Uri::from_static("/v1/tools"), &headers).is_err());
        assert!(allowed(&public, &Uri::from_static("/v1/tools"), &HeaderMap::new()).is_err());
    }
}
