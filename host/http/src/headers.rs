//! Headers: those that a plugin may send, and those that it may read.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Headers that a plugin sends at most, and reads.
const MAX_HEADERS: usize = 50;

/// Longest value, in bytes.
const MAX_VALUE: usize = 4 * 1024;

/// Bytes of all names and values.
const MAX_BYTES: usize = 16 * 1024;

/// What decides how the message itself is read, where it goes, or who it is from: the host's to say. Some make servers take the
/// request for one of another method, which was not what was granted. A part of an answer, or one in other characters, would show a
/// secret that isn't looked for in pieces.
const HOSTS_OWN: [&str; 24] = [
    "accept-charset",
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "if-range",
    "keep-alive",
    "max-forwards",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded",
    "x-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-real-ip",
    "x-rewrite-url",
];

/// Beginnings of names that are the host's too.
const HOSTS_OWN_PREFIXES: [&str; 4] = ["proxy-", "sec-", "x-forwarded-", "x-original-"];

/// What a plugin reads of an answer: what says what the body is, when to ask again, and where to go on.
const READ: [&str; 20] = [
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "content-disposition",
    "content-language",
    "content-range",
    "content-type",
    "date",
    "deprecation",
    "etag",
    "expires",
    "last-modified",
    "link",
    "location",
    "ratelimit",
    "retry-after",
    "sunset",
    "vary",
    "x-request-id",
];

/// Beginnings of names that a plugin reads too.
const READ_PREFIXES: [&str; 4] = ["ratelimit-", "x-ratelimit-", "x-rate-limit-", "x-total-"];

/// A header that can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAHeader {
    #[error("a request has at most {MAX_HEADERS} headers of {MAX_BYTES} bytes")]
    TooMany,
    #[error("`{0}` can't be the name of a header")]
    Name(String),
    #[error("the header `{0}` is the host's to set")]
    HostsOwn(HeaderName),
    #[error("the header `{0}` has an underscore, which some servers read as a hyphen")]
    Underscore(HeaderName),
    #[error("the value of `{0}` has visible characters of ASCII and spaces alone, at most {MAX_VALUE} bytes")]
    Value(HeaderName),
}

/// The name of a header that a plugin or an operator may set.
pub(crate) fn name(text: &str) -> Result<HeaderName, NotAHeader> {
    let name: HeaderName = text
        .parse()
        .map_err(|_| NotAHeader::Name(text.chars().take(100).flat_map(char::escape_default).collect()))?;
    let is_hosts_own = HOSTS_OWN.contains(&name.as_str())
        || HOSTS_OWN_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix));
    if is_hosts_own { Err(NotAHeader::HostsOwn(name)) } else { Ok(name) }
}

/// The value of a header.
pub(crate) fn value(name: &HeaderName, text: &str) -> Result<HeaderValue, NotAHeader> {
    let is_plain = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    match HeaderValue::from_str(text) {
        Ok(value) if is_plain && text.len() <= MAX_VALUE => Ok(value),
        _ => Err(NotAHeader::Value(name.clone())),
    }
}

/// The headers that a plugin wants to send.
pub(crate) fn to_send(asked: &[(String, String)]) -> Result<HeaderMap, NotAHeader> {
    let bytes: usize = asked.iter().map(|(name, value)| name.len() + value.len()).sum();
    if asked.len() > MAX_HEADERS || bytes > MAX_BYTES {
        return Err(NotAHeader::TooMany);
    }
    let mut headers = HeaderMap::new();
    for (text, value_text) in asked {
        let name = name(text)?;
        // It would pass for one that is the host's, or stand beside the operator's.
        if name.as_str().contains('_') {
            return Err(NotAHeader::Underscore(name));
        }
        let value = value(&name, value_text)?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// What a plugin reads of an answer's headers: those that are known to be of use and say nothing of a session, as far as they are text.
pub(crate) fn to_read(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut left = MAX_BYTES;
    let is_read =
        |name: &str| READ.contains(&name) || READ_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    headers
        .iter()
        .filter(|(name, _)| is_read(name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .take(MAX_HEADERS)
        .take_while(|(name, value)| {
            let bytes = name.len() + value.len();
            let fits = bytes <= left;
            left = left.saturating_sub(bytes);
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(name: &str, value: &str) -> Result<HeaderMap, NotAHeader> {
        to_send(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn headers_that_say_how_a_message_is_read_are_the_hosts() {
        for name in [
            "Host",
            "content-length",
            "Transfer-Encoding",
            "Connection",
            "Keep-Alive",
            "TE",
            "Trailer",
            "Upgrade",
            "Expect",
            "Proxy-Authorization",
            "Proxy-Connection",
            "X-Forwarded-For",
            "Forwarded",
            "Accept-Encoding",
            "X-HTTP-Method-Override",
            "X-Original-URL",
            "X-Original-Host",
            "X-Host",
            "X-Real-IP",
            "Range",
            "If-Range",
            "Accept-Charset",
        ] {
            assert!(matches!(sent(name, "x"), Err(NotAHeader::HostsOwn(_))), "{name}");
        }
        for name in ["X_HTTP_Method_Override", "Content_Length", "x_api-key"] {
            assert!(matches!(sent(name, "x"), Err(NotAHeader::Underscore(_))), "{name}");
        }
        for name in ["", "a b", "a:b", "a\r\nHost", "ä", "a\0"] {
            assert!(matches!(sent(name, "x"), Err(NotAHeader::Name(_))), "{name:?}");
        }
        for value in ["a\r\nHost: b", "a\nb", "a\0", "ä", "a\tb", &"x".repeat(5_000)] {
            assert!(matches!(sent("x-a", value), Err(NotAHeader::Value(_))), "{value:?}");
        }
        assert_eq!(to_send(&vec![("a".to_owned(), "b".to_owned()); 51]), Err(NotAHeader::TooMany));
        assert_eq!(sent("Authorization", "Bearer x").unwrap().len(), 1);
    }

    #[test]
    fn what_is_read_says_nothing_of_a_session() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "text/plain"),
            ("set-cookie", "session=1"),
            ("www-authenticate", "Basic"),
            ("x-ratelimit-remaining", "5"),
            ("x-internal", "10.0.0.1"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers.append("etag", HeaderValue::from_bytes(b"\xff").unwrap());
        let names: Vec<String> = to_read(&headers).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["content-type", "x-ratelimit-remaining"]);
        for _ in 0..100 {
            headers.append("link", HeaderValue::from_static("x"));
        }
        assert_eq!(to_read(&headers).len(), MAX_HEADERS);
    }
}
