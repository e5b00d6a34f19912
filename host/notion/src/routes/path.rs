//! A path from outside, taken apart into harmless segments.
//!
//! A path is never joined to an origin as text: `@evil.com/`, `//evil.com` and `\\evil.com` would carry the credential to
//! another host, and `%2e%2e` is resolved like `..`. It is split here, each segment is held against an alphabet in which
//! none of that can be written, and the URL is built anew from the segments.
//!
//! # Property ids
//!
//! The one segment with a wider alphabet is the last of `/v1/pages/{page_id}/properties/{property_id}`. Notion's ids of
//! properties are a few characters of printable ASCII, which its answers write percent-encoded (`%3AbQ%5E`). That form is
//! taken, decoded once, and encoded again when the URL is built. `/`, `.` and `%` stay refused in it, also encoded, so it
//! can be neither a path of its own nor decoded twice; the rare property whose id has one of them is read with its page.

use toolbay_kernel::gate::Method;
use toolbay_kernel::{Code, Problem};
use toolbay_sdk_notion::{NotionId, percent};

/// Longest path, in bytes; the longest that a route can have is about 150.
const MAX_PATH: usize = 512;

/// Longest segment, in characters.
const MAX_SEGMENT: usize = 64;

/// The path's segments, each either plain or a decoded property id.
pub(crate) fn parse(method: Method, path: &str) -> Result<Vec<String>, Problem> {
    if path.len() > MAX_PATH {
        return Err(Problem::new(Code::InvalidInput, format!("the path is longer than {MAX_PATH} bytes")));
    }
    let Some(below) = path.strip_prefix('/') else {
        return Err(
            malformed(path).hint("a path begins with /v1/ and has no host, such as /v1/pages/<page id>")
        );
    };
    let raw: Vec<&str> = below.split('/').collect();
    let is_property = |index: usize| {
        method == Method::Get && index == 4 && matches!(raw.as_slice(), ["v1", "pages", _, "properties", _])
    };
    raw.iter()
        .enumerate()
        .map(|(index, segment)| {
            if is_plain(segment) {
                Ok((*segment).to_owned())
            } else if is_property(index) {
                decode_property_id(segment)
            } else {
                Err(explain(path, segment))
            }
        })
        .collect()
}

/// Whether a segment is a word that no parser can read as anything else.
pub(crate) fn is_plain(segment: &str) -> bool {
    (1..=MAX_SEGMENT).contains(&segment.len())
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// An id of Notion in its dashed, lower-case form; Notion itself doesn't fold upper case.
pub(crate) fn normalise_id(segment: &str) -> Option<String> {
    let is_shaped = segment.len() == 32 || segment.len() == 36;
    is_shaped.then(|| segment.parse::<NotionId>().ok()).flatten().map(|id| id.to_string())
}

fn decode_property_id(segment: &str) -> Result<String, Problem> {
    let wrong = || {
        Problem::new(Code::InvalidInput, format!("{} is not the id of a property", quoted(segment)))
            .hint("give the property's `id` as Notion writes it, such as title or %3AbQ%5E")
    };
    let is_written = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-~%".contains(&byte));
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"/.%".contains(&byte);
    percent::decode(segment)
        .filter(|id| is_written && id.bytes().all(is_allowed) && (1..=MAX_SEGMENT).contains(&id.len()))
        .ok_or_else(wrong)
}

fn explain(path: &str, segment: &str) -> Problem {
    let problem = malformed(path);
    if segment.is_empty() {
        return problem.hint("a path has no empty segments: no `//`, and no `/` at the end");
    }
    if segment.contains('?') {
        return problem.hint("the query is given separately, as pairs of name and value");
    }
    problem.hint("a segment has 1 to 64 letters, digits, `_` or `-`; nothing is encoded, and there is no `.`")
}

fn malformed(path: &str) -> Problem {
    Problem::new(Code::InvalidInput, format!("{} is not a path of the Notion API", quoted(path)))
}

/// A text from outside as it may stand in a message: short, and with its control characters escaped.
pub(crate) fn quoted(text: &str) -> String {
    const MAX: usize = 100;
    let short: String = text.chars().take(MAX).flat_map(char::escape_debug).collect();
    format!("`{short}{}`", if text.chars().nth(MAX).is_some() { "..." } else { "" })
}
