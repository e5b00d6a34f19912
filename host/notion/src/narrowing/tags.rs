//! The tags of Notion's markdown that name objects.
//!
//! Only tags name them: a link that somebody has typed is a text of the page that it is in. What is a tag is read
//! generously, since Notion may take for one what this reader wouldn't.

use crate::routes::normalise_id;

/// Tags that name people, or the text's own things.
const OTHERS: [&str; 3] = ["mention-user", "mention-agent", "mention-date"];

/// Schemes of what no part has.
const OTHER_SCHEMES: [&str; 6] =
    ["user://", "person://", "agent://", "bot://", "file-upload://", "attachment:"];

/// Hosts where Notion shows its objects.
const HOSTS: [&str; 3] = ["notion.so", "notion.com", "notion.site"];

/// What stands in the place of something outside.
pub(super) const HIDDEN: &str = "(no access)";

/// An opening tag.
struct Tag<'a> {
    name: &'a str,
    /// Where it begins and ends in the text.
    from: usize,
    to: usize,
    ids: Vec<String>,
    is_closed: bool,
}

/// The ids of all objects that tags of a text name.
pub(super) fn ids(text: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut at = 0;
    while let Some(tag) = next(text, at) {
        ids.extend(tag.ids);
        // What is inside of its quotes may be a tag to another reader.
        at = tag.from + 1;
    }
    ids
}

/// Tags of files, whose addresses are other sites'.
const MEDIA: [&str; 8] = ["image", "video", "audio", "file", "pdf", "embed", "bookmark", "img"];

/// The ids of all objects that tags of a text may name to Notion, when the text is written: whatever looks like an id in a
/// tag, however it is spelt, whichever site its address is of.
pub(super) fn ids_written(text: &str) -> Vec<String> {
    let mut ids = ids(text);
    let mut at = 0;
    while let Some(tag) = next(text, at) {
        at = tag.from + 1;
        let inside = text.get(tag.from..tag.to).unwrap_or_default();
        let is_spelt = inside.contains(['%', '&']);
        if !MEDIA.contains(&tag.name) || is_spelt {
            ids.extend(ids_in(&plain(inside)));
        }
    }
    ids
}

/// A text without the spellings that hide letters of it: percent signs and entities of numbers.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let decoded = match letter {
            '%' => rest.get(1..3).and_then(|digits| Some((u32::from_str_radix(digits, 16).ok()?, 3))),
            '&' => entity(rest),
            _ => None,
        };
        let known = decoded.and_then(|(code, length)| Some((char::from_u32(code)?, length)));
        let (letter, length) = known.unwrap_or((letter, letter.len_utf8()));
        plain.push(letter);
        rest = rest.get(length..).unwrap_or_default();
    }
    plain
}

fn entity(text: &str) -> Option<(u32, usize)> {
    let end = text.find(';').filter(|end| *end <= 10)?;
    let digits = text.get(2..end).filter(|_| text.starts_with("&#"))?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    Some((code.ok()?, end + 1))
}

/// The text without what tags show of objects that aren't `seen`.
pub(super) fn without(text: &str, seen: &dyn Fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut kept, mut at) = (0, 0);
    while let Some(tag) = next(text, at) {
        // Each is asked about, so that all that is missing is noted at once.
        let is_seen = tag.ids.iter().filter(|id| !seen(id)).count() == 0;
        if is_seen {
            at = tag.from + 1;
            continue;
        }
        shown.push_str(text.get(kept..tag.from).unwrap_or_default());
        shown.push_str(HIDDEN);
        at = end_of(text, &tag);
        kept = at;
    }
    shown.push_str(text.get(kept..).unwrap_or_default());
    shown
}

/// Where an element ends. A title may look like a tag, so one of a line lasts to the last end of its name on the line;
/// what has no end lasts as long as the text.
fn end_of(text: &str, tag: &Tag<'_>) -> usize {
    if tag.is_closed {
        return tag.to;
    }
    let end = format!("</{}>", tag.name);
    let rest = text.get(tag.to..).unwrap_or_default();
    let is_of_blocks = tag.name.starts_with("synced");
    let found = if is_of_blocks {
        outer_end(rest, tag.name, &end)
    } else {
        rest.split('\n').next().unwrap_or_default().rfind(&end)
    };
    found.map_or(text.len(), |found| tag.to + found + end.len())
}

/// The end that belongs to a tag, of whose name there may be others inside.
fn outer_end(rest: &str, name: &str, end: &str) -> Option<usize> {
    let begin = format!("<{name}");
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let closes = at + rest.get(at..)?.find(end)?;
        depth += rest.get(at..closes)?.matches(&begin).count();
        if depth == 0 {
            return Some(closes);
        }
        depth -= 1;
        at = closes + end.len();
    }
}

/// The next opening tag from a place on.
fn next(text: &str, mut at: usize) -> Option<Tag<'_>> {
    loop {
        let from = at + text.get(at..)?.find('<')?;
        let rest = text.get(from + 1..)?;
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)).count();
        let name = rest.get(..length).unwrap_or_default();
        if name.is_empty() {
            at = from + 1;
            continue;
        }
        let inside = inside(rest.get(length..).unwrap_or_default());
        let to = (from + 1 + length + inside.len() + 1).min(text.len());
        let ids = if OTHERS.contains(&name) { Vec::new() } else { named(inside) };
        return Some(Tag { name, from, to, ids, is_closed: inside.trim_end().ends_with('/') });
    }
}

/// What stands between a tag's name and its end. An end inside of quotes is none; quotes that don't end hold all the rest.
fn inside(text: &str) -> &str {
    let mut quote = None;
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if letter == open => quote = None,
            (None, '>') => return text.get(..place).unwrap_or_default(),
            _ => {}
        }
    }
    text
}

/// The ids in a tag, but for those in the address of another site.
fn named(inside: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for value in inside.split(['"', '\'']) {
        if !is_of_another(value.trim().trim_start_matches('{')) {
            ids.extend(ids_in(value));
        }
    }
    ids
}

fn is_of_another(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    if OTHER_SCHEMES.iter().any(|scheme| value.starts_with(scheme)) {
        return true;
    }
    let Some(below) = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")) else {
        return false;
    };
    let authority = below.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let is_notion = HOSTS
        .iter()
        .any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')));
    !is_notion
}

/// Whatever looks like an id: 32 hexadecimal digits, with dashes or without.
fn ids_in(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut ids = Vec::new();
    for length in [36, 32] {
        for (place, window) in bytes.windows(length).enumerate() {
            let before = place.checked_sub(1).and_then(|before| bytes.get(before));
            let after = bytes.get(place + length);
            let is_alone = [before, after].into_iter().flatten().all(|byte| !byte.is_ascii_hexdigit());
            if is_alone
                && let Some(id) = std::str::from_utf8(window).ok().and_then(normalise_id)
                && !ids.contains(&id)
            {
                ids.push(id);
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "59833787-2cf9-4fdf-8782-e53db20768a5";

    #[test]
    fn ids_are_found_in_every_form_of_tag() {
        let undashed = ID.replace('-', "");
        for text in [
            format!("<page url=\"https://app.notion.com/p/Title-{undashed}\">Title</page>"),
            format!("<mention-page url=\"{{{{https://www.notion.so/{undashed}}}}}\"/>"),
            format!("a <database url='collection://{ID}'"),
            format!("<database url=\"x>y\" data-source-url=\"collection://{ID}\">"),
            format!("<synced_block_reference url=/{undashed}>"),
            format!("<page url=\"{ID}"),
            format!("<a b=\"<page url='{ID}'>\">"),
            format!("<page url=\"https://evil.example@www.notion.so/{undashed}\">"),
        ] {
            assert!(ids(&text).contains(&ID.to_owned()), "{text}");
        }
    }

    #[test]
    fn people_other_sites_and_texts_name_none() {
        for text in [
            format!("<mention-user url=\"user://{ID}\">Ada</mention-user>"),
            format!("<image src=\"https://s3.example.com/{ID}/x.png\">"),
            format!("plain {ID} and a < {ID}"),
            format!("[x](https://www.notion.so/{ID})"),
            "<span color=\"red\">x</span>".to_owned(),
        ] {
            assert!(ids(&text).is_empty(), "{text}");
        }
        // One that only looks like another site's.
        assert!(!ids(&format!("<page url=\"https://www.notion.so.example.com.notion.so/{ID}\">")).is_empty());
    }

    #[test]
    fn what_is_outside_is_gone_with_its_text() {
        let outside = |text: &str| without(text, &|_| false);
        let link = format!("url=\"https://app.notion.com/p/{ID}\"");
        assert_eq!(outside(&format!("a <mention-page {link}>Secret</mention-page> b")), "a (no access) b");
        assert_eq!(outside(&format!("a <mention-page {link}/> b")), "a (no access) b");
        assert_eq!(outside(&format!("<page {link}>Sec</page>ret</page>\nnext")), "(no access)\nnext");
        assert_eq!(outside(&format!("a <page {link}>Secret\nmore")), "a (no access)");
        let copy = format!("1\n<synced_block_reference {link}>\n\tSecret\n</synced_block_reference>\n2");
        assert_eq!(outside(&copy), "1\n(no access)\n2");
        let text = format!("a <b>c</b> <mention-page {link}>Title</mention-page>");
        assert_eq!(without(&text, &|id| id == ID), text);
    }

    #[test]
    fn a_copy_that_holds_another_ends_with_its_own_end() {
        let copy = |inner: &str| {
            format!(
                "<synced_block_reference url=\"https://app.notion.com/p/{ID}\">{inner}</synced_block_reference>"
            )
        };
        let text = format!("1\n{}\n2", copy(&format!("a\n{}\nsecret", copy("b"))));
        assert_eq!(without(&text, &|_| false), "1\n(no access)\n2");
    }

    #[test]
    fn what_is_written_names_an_object_however_it_is_spelt() {
        let undashed = ID.replace('-', "");
        let percent = undashed.replacen('5', "%35", 1);
        let entity = undashed.replacen('5', "&#53;", 1);
        for text in [
            format!("<page url=\"https://evil.example/{undashed}\">x</page>"),
            format!("<page url=\"user://{undashed}\">x</page>"),
            format!("<mention-user url=\"https://app.notion.com/p/{undashed}\"/>"),
            format!("<page url=\"https://app.notion.com/p/{percent}\">x</page>"),
            format!("<page url=\"https://app.notion.com/p/{entity}\">x</page>"),
        ] {
            assert!(ids_written(&text).contains(&ID.to_owned()), "{text}");
        }
        assert!(ids_written(&format!("<image src=\"https://s3.example.com/{undashed}.png\">")).is_empty());
    }

    #[test]
    fn all_that_is_outside_is_asked_about_at_once() {
        let other = "01234567-89ab-4def-8123-456789abcdef";
        let asked = std::cell::RefCell::new(Vec::new());
        let text = format!("<page url=\"{ID}\">a</page>\n<page url=\"{other}\">b</page>");
        without(&text, &|id| {
            asked.borrow_mut().push(id.to_owned());
            false
        });
        assert_eq!(asked.into_inner(), [ID, other]);
    }
}
