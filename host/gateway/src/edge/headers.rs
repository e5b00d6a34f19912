//! The headers that every answer has: here, and in no handler.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use uuid::Uuid;

use super::place::Place;
use crate::envelope::REQUEST_ID;

/// Those of every answer. A handler may say something else about what its own content may do, and how long it may be kept.
const OF_ALL: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::CACHE_CONTROL, NO_STORE),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Those of pages: what opens one gets no hold of it, and no other page shows it as its own part. The second says the same
/// as the policy's `frame-ancestors`, to browsers that don't know it. Where somebody comes from is told to this host alone,
/// and not to nobody: under `no-referrer` browsers send a form with `Origin: null`, as one of a foreign page.
const OF_PAGES: [(HeaderName, HeaderValue); 3] = [
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A year, of this host alone: what is beside it under its domain isn't ours.
const ENCRYPTED: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Gives an answer what it lacks.
pub(crate) fn finish(headers: &mut HeaderMap, place: Place, is_https: bool) {
    for (name, value) in OF_ALL {
        headers.entry(name).or_insert(value);
    }
    if place.is_private() {
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
    if is_page(headers) {
        for (name, value) in OF_PAGES {
            headers.insert(name, value);
        }
    } else {
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    }
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ENCRYPTED);
    }
    if !headers.contains_key(&REQUEST_ID)
        && let Ok(id) = HeaderValue::try_from(Uuid::now_v7().to_string())
    {
        headers.insert(REQUEST_ID, id);
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
