//! The name of this host, as the client that asks knows it.

use http::{Extensions, HeaderMap, HeaderValue, header};
use url::{Host, Url};

use crate::Gateway;
use crate::public_origin::PublicOrigin;

/// The origin that a request came to: the issuer of tokens, and what they are for. On this machine it is the one that
/// the request names, since clients compare it with the address that they were given, and `localhost` is not `127.0.0.1`
/// to them. A public host has the names that the operator
/// configured, whatever a proxy before it says.
pub(crate) fn issuer(gateway: &Gateway, extensions: &Extensions, headers: &HeaderMap) -> Url {
    known_as(PublicOrigin::of(extensions, &gateway.settings), headers.get(header::HOST))
}

/// The same, of the public origin that the request came in by and the host that it names.
pub(crate) fn known_as(public: &Url, host: Option<&HeaderValue>) -> Url {
    if !is_loopback(public) {
        return public.clone();
    }
    let named = host.and_then(|host| host.to_str().ok());
    let named = named.and_then(|host| Url::parse(&format!("{}://{host}/", public.scheme())).ok());
    named.filter(|url| is_this_machine(url, public) && url.path() == "/").unwrap_or_else(|| public.clone())
}

/// The parameter by which a client's origin comes along to the page that asks.
pub(super) const ISSUER: &str = "issuer";

/// The origin that the parameter names, if it is one of this host's.
pub(super) fn named(gateway: &Gateway, name: &str) -> Option<Url> {
    let url = Url::parse(name).ok().filter(|url| url.path() == "/" && url.query().is_none())?;
    let settings = &gateway.settings;
    let is_own = settings
        .further_public_urls
        .iter()
        .chain([&settings.public_url])
        .any(|own| own.origin() == url.origin());
    (is_own || is_this_machine(&url, &settings.public_url)).then_some(url)
}

/// The origin as text, without a slash at its end.
pub(crate) fn text(issuer: &Url) -> &str {
    issuer.as_str().trim_end_matches('/')
}

/// Whether an address is this host's on this machine, by another name of it: at another port is somebody else.
fn is_this_machine(url: &Url, public: &Url) -> bool {
    is_loopback(public)
        && is_loopback(url)
        && url.scheme() == public.scheme()
        && url.port_or_known_default() == public.port_or_known_default()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
