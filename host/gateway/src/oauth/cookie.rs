//! The cookies of the pages for people. Each holds a secret that tells one browser from every other.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::connecting::LIFETIME;
use url::Url;

/// One of them.
pub(crate) struct Cookie {
    /// Browsers take a cookie of this name only from the host itself, encrypted and for all of its paths.
    of_the_host: &'static str,
    /// Where nothing is encrypted, as on this machine, browsers would refuse that one.
    plain: &'static str,
    lifetime: Duration,
}

/// Who began to connect a workspace. Without it, somebody could begin and have another person finish: the person's
/// workspace would become the stranger's connection.
pub(crate) const CONNECT: Cookie =
    Cookie { of_the_host: "__Host-toolbay-connect", plain: "toolbay-connect", lifetime: LIFETIME };

/// Whose browser a client's request came by. Without it, somebody could have another person answer what they asked.
pub(super) const BROWSER: Cookie = Cookie {
    of_the_host: "__Host-toolbay-browser",
    plain: "toolbay-browser",
    lifetime: Duration::from_secs(3_600),
};

/// Who is signed in. The store decides how long it lasts; the browser forgets it later at the latest.
pub(crate) const SESSION: Cookie = Cookie {
    of_the_host: "__Host-toolbay-session",
    plain: "toolbay-session",
    lifetime: Duration::from_secs(7 * 24 * 3_600),
};

impl Cookie {
    fn name(&self, public: &Url) -> &'static str {
        if public.scheme() == "https" { self.of_the_host } else { self.plain }
    }

    /// The header that gives the browser its cookie; none for a value that a header can't have.
    pub(crate) fn given(&self, public: &Url, value: &SecretString) -> Option<HeaderValue> {
        self.set(public, value.expose_secret(), self.lifetime.as_secs())
    }

    /// The header that takes it away.
    pub(super) fn taken(&self, public: &Url) -> Option<HeaderValue> {
        self.set(public, "", 0)
    }

    fn set(&self, public: &Url, value: &str, seconds: u64) -> Option<HeaderValue> {
        let name = self.name(public);
        let secure = if name == self.of_the_host { "; Secure" } else { "" };
        // Lax, because the browser comes back from another site.
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// What the browser brought back. A name that comes twice is nobody's: another site of the domain may have set one.
    pub(crate) fn brought(&self, public: &Url, headers: &HeaderMap) -> Option<SecretString> {
        let name = self.name(public);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) => Some(SecretString::from(value)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_cookie_is_the_browsers_own() {
        let (public, value) = (url("https://tools.example.com"), SecretString::from("v"));
        let set = CONNECT.given(&public, &value).unwrap();
        assert_eq!(
            set.to_str().unwrap(),
            "__Host-toolbay-connect=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(set.is_sensitive());
        let local = url("http://127.0.0.1:8700");
        assert_eq!(
            CONNECT.given(&local, &value).unwrap().to_str().unwrap(),
            "toolbay-connect=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
        );
        assert!(
            CONNECT.taken(&local).unwrap().to_str().unwrap().contains("toolbay-connect=; Path=/; Max-Age=0")
        );
        assert!(CONNECT.given(&local, &SecretString::from("a\nb")).is_none());
    }

    #[test]
    fn it_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; toolbay-connect=plain"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-toolbay-connect=own;c=d"));
        let brought =
            |public: &str| CONNECT.brought(&url(public), &headers).unwrap().expose_secret().to_owned();
        assert_eq!(brought("https://tools.example.com"), "own");
        assert_eq!(brought("http://localhost"), "plain");
        assert!(SESSION.brought(&url("http://localhost"), &headers).is_none());
        headers.append(header::COOKIE, HeaderValue::from_static("toolbay-connect=other"));
        assert!(CONNECT.brought(&url("http://localhost"), &headers).is_none(), "it comes twice");
    }
}
