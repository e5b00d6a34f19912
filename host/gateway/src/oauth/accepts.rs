//! What kind of answer a client wants.

use http::{HeaderMap, header};

/// Whether a client says that it wants this kind of answer; `*/*` doesn't say.
pub(super) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let listed = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = listed.flat_map(|text| text.split(','));
    kinds.any(|item| item.split(';').next().is_some_and(|named| named.trim().eq_ignore_ascii_case(kind)))
}
