//! What may be linked to.

use super::scan::look;
use crate::{TEXT_LIMIT, utf16_length};

/// What a link may start with. Anything else, `javascript:` above all, stays text.
const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "notion://"];

/// True for what Notion takes as a link: web and mail addresses, and its own links, which it answers without an origin.
pub(crate) fn is_link(url: &str) -> bool {
    let known = SCHEMES.iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && url.len() > scheme.len()
    });
    (known || is_own(url))
        && !url.chars().any(|character| character.is_whitespace() || character.is_control())
        && utf16_length(url) <= TEXT_LIMIT
}

/// `/` and an id, with what may follow it.
fn is_own(url: &str) -> bool {
    url.strip_prefix('/')
        .and_then(|rest| rest.get(..32))
        .is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A link's address as it stands between parentheses.
pub(crate) fn escape(url: &str) -> String {
    let mut escaped = String::with_capacity(url.len());
    for character in url.chars() {
        if matches!(character, '(' | ')' | '<' | '>' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Reads `(url)` or `(url "title")`, which starts at `start`. Answers with the address, whether there was a title, and
/// where it ends.
///
/// Nesting is bounded, so that many openings without an end are not each read to the end of the text.
pub(crate) fn read_link(source: &str, start: usize) -> Option<(String, bool, usize)> {
    const DEEPEST: usize = 32;
    const MAX_LENGTH: usize = 4 * TEXT_LIMIT;
    let rest = source.get(start..)?.strip_prefix('(')?;
    let (angled, rest, mut position) = match rest.strip_prefix('<') {
        Some(inner) => (true, inner, start + 2),
        None => (false, rest, start + 1),
    };
    let mut url = String::new();
    let (mut depth, mut escaped) = (0, false);
    for character in rest.chars() {
        look(1);
        if position - start > MAX_LENGTH {
            return None;
        }
        match character {
            _ if escaped => {
                if !character.is_ascii_punctuation() {
                    url.push('\\');
                }
                url.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '>' if angled => return closed(source, position + 1).map(|(title, end)| (url, title, end)),
            '<' | '>' => return None,
            character if character.is_control() => return None,
            '(' if !angled => {
                depth += 1;
                if depth > DEEPEST {
                    return None;
                }
                url.push('(');
            }
            ')' if !angled && depth > 0 => {
                depth -= 1;
                url.push(')');
            }
            ')' | ' ' if !angled => return closed(source, position).map(|(title, end)| (url, title, end)),
            other => url.push(other),
        }
        position += character.len_utf8();
    }
    None
}

/// Reads `)`, perhaps after a title in quotes.
fn closed(source: &str, start: usize) -> Option<(bool, usize)> {
    const MAX_TITLE_LENGTH: usize = 200;
    let rest = source.get(start..)?;
    if rest.starts_with(')') {
        return Some((false, start + 1));
    }
    let trimmed = rest.trim_start_matches(' ');
    let inner = trimmed.strip_prefix('"')?;
    let length = inner.bytes().take(MAX_TITLE_LENGTH).position(|byte| byte == b'"')?;
    let end = start + (rest.len() - trimmed.len()) + 1 + length + 1;
    source.get(end..)?.starts_with(')').then_some((true, end + 1))
}
