//! The cookie that tells the browser that began from every other.
//!
//! Without it, somebody could begin an authorization and have another person finish it: the person's workspace would become
//! the stranger's connection.

use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::connecting::LIFETIME;
use url::Url;

/// Browsers take a cookie of this name only from the host itself, encrypted and for all of its paths.
const OF_THE_HOST: &str = "__Host-toolbay-connect";

/// Where nothing is encrypted, as on this machine, browsers would refuse that one.
const PLAIN: &str = "toolbay-connect";

fn name(public: &Url) -> &'static str {
    if public.scheme() == "https" { OF_THE_HOST } else { PLAIN }
}

/// The header that gives the browser its cookie; none for a value that a header can't have.
pub(super) fn given(public: &Url, value: &SecretString) -> Option<HeaderValue> {
    set(public, value.expose_secret(), LIFETIME.as_secs())
}

/// The header that takes it away.
pub(super) fn taken(public: &Url) -> Option<HeaderValue> {
    set(public, "", 0)
}

fn set(public: &Url, value: &str, seconds: u64) -> Option<HeaderValue> {
    let name = name(public);
    let secure = if name == OF_THE_HOST { "; Secure" } else { "" };
    // Lax, because the browser comes back from another site.
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::try_from(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// What the browser brought back.
pub(super) fn brought(public: &Url, headers: &HeaderMap) -> Option<SecretString> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name(public)).map(|(_, value)| SecretString::from(value))
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
        let set = given(&public, &value).unwrap();
        assert_eq!(
            set.to_str().unwrap(),
            "__Host-toolbay-connect=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(set.is_sensitive());
        let local = url("http://127.0.0.1:8700");
        assert_eq!(
            given(&local, &value).unwrap().to_str().unwrap(),
            "toolbay-connect=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
        );
        assert!(taken(&local).unwrap().to_str().unwrap().contains("toolbay-connect=; Path=/; Max-Age=0"));
        assert!(given(&local, &SecretString::from("a\nb")).is_none());
    }

    #[test]
    fn it_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; toolbay-connect=plain"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-toolbay-connect=own;c=d"));
        let brought = |public: &str| brought(&url(public), &headers).unwrap().expose_secret().to_owned();
        assert_eq!(brought("https://tools.example.com"), "own");
        assert_eq!(brought("http://localhost"), "plain");
        assert!(super::brought(&url("http://localhost"), &HeaderMap::new()).is_none());
    }
}
