//! Where a browser may be sent afterwards. Anywhere else, a link to this host would send people to a page that somebody
//! else chose, with an id in its address.

use url::Url;

use crate::problem::{Code, Problem};

/// Longest address, in bytes: what every browser and proxy takes.
const MAX: usize = 2_048;

/// Checks an address that a caller wants people to be sent to.
pub(super) fn checked(text: &str, public: &Url, origins: &[Url]) -> Result<Url, Problem> {
    let refused = |message: &str| Problem::new(Code::InvalidInput, message);
    let url = Url::parse(text).ok().filter(|_| text.len() <= MAX).ok_or_else(|| {
        refused("`return_url` is not an address")
            .hint("send a whole one, such as https://app.example.com/done")
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("`return_url` must not name a user or password"));
    }
    let origin = url.origin();
    // Of another scheme, `blob:` has the origin of a page, and browsers don't go there; the others have none.
    let is_page = matches!(url.scheme(), "http" | "https");
    if is_page && [public].into_iter().chain(origins).any(|known| known.origin() == origin) {
        return Ok(url);
    }
    let named: String = origin.ascii_serialization().chars().take(100).collect();
    Err(refused(&format!("`return_url` leads to {named}, where this host sends nobody")).hint(format!(
        "use an address at {}, or let the operator list the origin in toolbay.toml: [oauth] return_origins = [\"{named}\"]",
        public.origin().ascii_serialization()
    )))
}

/// The address with what came of it in its query.
pub(super) fn with(mut url: Url, outcome: &[(&str, &str)], state: Option<&str>) -> Url {
    url.query_pairs_mut().extend_pairs(outcome).extend_pairs(state.map(|state| ("state", state)));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked_at(text: &str) -> Result<Url, Problem> {
        let public = "https://tools.example.com".parse().unwrap();
        checked(
            text,
            &public,
            &["https://app.example.com".parse().unwrap(), "http://localhost:3000".parse().unwrap()],
        )
    }

    #[test]
    fn people_are_sent_to_known_origins_alone() {
        for good in [
            "https://tools.example.com/",
            "https://tools.example.com:443/done?x=1#y",
            "https://APP.example.com/a",
            "http://localhost:3000/x",
        ] {
            assert!(checked_at(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/done",
            "//evil.example",
            "https://evil.example/",
            "http://tools.example.com/",
            "https://tools.example.com:8443/",
            "https://tools.example.com.evil.example/",
            "https://tools.example.com@evil.example/",
            "https://user@tools.example.com/",
            "http://localhost:3001/",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "blob:https://tools.example.com/1",
            &format!("https://tools.example.com/{}", "x".repeat(2_048)),
        ] {
            assert!(checked_at(bad).is_err(), "{bad}");
        }
        let hint = checked_at("https://evil.example/").unwrap_err().hint.unwrap();
        assert!(hint.contains("return_origins = [\"https://evil.example\"]"), "{hint}");
    }

    #[test]
    fn what_came_of_it_is_added_to_the_query() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        let back = with(url("https://a.example/x?y=1#z"), &[("connection_id", "c")], Some("a&b=c d"));
        assert_eq!(back.as_str(), "https://a.example/x?y=1&connection_id=c&state=a%26b%3Dc+d#z");
        assert_eq!(
            with(url("https://a.example"), &[("error", "e")], None).as_str(),
            "https://a.example/?error=e"
        );
    }
}
