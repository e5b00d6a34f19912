//! Where a text stands in a page's markdown.
//!
//! People write a text as they see it, and Notion keeps it with backslashes before what would be a sign. So a sign that the
//! page escapes is found with its backslash and without. What only shows something else, such as the title of a child
//! page, is not the page's own text and can't be changed there.

use std::ops::Range;

use toolbay_sdk::notion::names;

use super::layout::Layout;

/// Most occurrences of one text; nobody means more.
const MAX_OCCURRENCES: usize = 10_000;

/// Where a text occurs, in bytes of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub(super) range: Range<usize>,
    /// Signs that the page escapes there and the text did not.
    pub(super) plain_signs: Vec<char>,
}

/// All occurrences of a text.
#[derive(Debug, Default)]
pub(super) struct Occurrences {
    /// Those in the text of the page itself.
    pub(super) in_text: Vec<Occurrence>,
    /// Those in what shows something else, such as the title of a child page.
    pub(super) shown: Vec<Occurrence>,
}

/// The page's text as it is seen, and where each byte of it stands in the source.
struct Seen {
    text: String,
    source: Vec<usize>,
    /// Where the backslashes stand that escape something.
    escapes: Vec<usize>,
}

/// Finds a text; where it stands nowhere, in the other normal forms of its characters.
pub(super) fn find(page: &str, layout: &Layout, wanted: &str) -> Occurrences {
    let seen = seen(page, layout);
    for form in names::forms(wanted) {
        let found = occurrences(page, layout, &seen, &form);
        if !found.in_text.is_empty() || !found.shown.is_empty() {
            return found;
        }
    }
    Occurrences::default()
}

fn occurrences(page: &str, layout: &Layout, seen: &Seen, wanted: &str) -> Occurrences {
    let mut found = Occurrences::default();
    if wanted.is_empty() {
        return found;
    }
    let bare = unescaped(wanted);
    let mut starts: Vec<usize> = seen.text.match_indices(wanted).map(|(at, _)| at).collect();
    if bare != wanted {
        starts.extend(seen.text.match_indices(bare.as_str()).map(|(at, _)| at));
    }
    let mut starts: Vec<usize> = starts.into_iter().filter_map(|at| seen.source.get(at).copied()).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut end = 0;
    for start in starts.into_iter().filter_map(|start| walk(page, seen, start, wanted)) {
        if start.range.start < end || found.in_text.len() + found.shown.len() >= MAX_OCCURRENCES {
            continue;
        }
        end = start.range.end;
        if layout.shows(&start.range) { found.shown.push(start) } else { found.in_text.push(start) }
    }
    found
}

/// The occurrence that starts here, when the page says the text there.
fn walk(page: &str, seen: &Seen, start: usize, wanted: &str) -> Option<Occurrence> {
    let mut at = start;
    let mut left = wanted;
    let mut plain_signs = Vec::new();
    while let Some(next) = left.chars().next() {
        let here = page.get(at..)?;
        if seen.escapes.binary_search(&at).is_ok() {
            let sign = here.chars().nth(1)?;
            let as_written = left.strip_prefix('\\').and_then(|rest| rest.strip_prefix(sign));
            left = match as_written {
                Some(rest) => rest,
                None => {
                    plain_signs.push(sign);
                    left.strip_prefix(sign)?
                }
            };
            at += 1 + sign.len_utf8();
        } else {
            here.strip_prefix(next)?;
            left = left.get(next.len_utf8()..)?;
            at += next.len_utf8();
        }
    }
    plain_signs.sort_unstable();
    plain_signs.dedup();
    Some(Occurrence { range: start..at, plain_signs })
}

fn seen(page: &str, layout: &Layout) -> Seen {
    let mut seen = Seen { text: String::with_capacity(page.len()), source: Vec::new(), escapes: Vec::new() };
    seen.source.reserve(page.len());
    let mut characters = page.char_indices().peekable();
    let mut code = layout.code.iter().peekable();
    while let Some((at, character)) = characters.next() {
        while code.next_if(|range| range.end <= at).is_some() {}
        let is_code = code.peek().is_some_and(|range| range.contains(&at));
        let escaped = characters.peek().map(|(_, next)| *next).filter(|next| can_be_escaped(*next));
        let shown = match (character, escaped) {
            ('\\', Some(next)) if !is_code => {
                seen.escapes.push(at);
                characters.next();
                next
            }
            _ => character,
        };
        seen.text.push(shown);
        seen.source.extend(std::iter::repeat_n(at, shown.len_utf8()));
    }
    seen
}

fn can_be_escaped(character: char) -> bool {
    character.is_ascii_punctuation() || character == '\n'
}

fn unescaped(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next_if(|next| can_be_escaped(*next)) } else { None };
        bare.push(escaped.unwrap_or(character));
    }
    bare
}

/// A text in which these signs are no signs, as they are none in what it replaces.
pub(super) fn with_plain_signs(text: &str, signs: &[char]) -> String {
    let mut written = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            written.push(character);
            written.extend(characters.next());
            continue;
        }
        if signs.contains(&character) {
            written.push('\\');
        }
        written.push(character);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, wanted: &str) -> Vec<String> {
        let places = find(page, &Layout::of(page), wanted);
        places.in_text.into_iter().map(|place| page[place.range].to_owned()).collect()
    }

    #[test]
    fn an_escaped_sign_is_found_with_its_backslash_and_without() {
        for (page, wanted, place) in [
            ("price \\$5 now", "$5", "\\$5"),
            ("price \\$5 now", "\\$5", "\\$5"),
            ("so 2\\*3\\*4 is", "2*3*4", "2\\*3\\*4"),
            ("a \\[x\\] b", "[x]", "\\[x\\]"),
            ("a\\\nb", "a\nb", "a\\\nb"),
            ("in `a\\$b` code", "a\\$b", "a\\$b"),
        ] {
            assert_eq!(found(page, wanted), [place], "{page}");
        }
        assert!(found("in `a\\$b` code", "a$b").is_empty());
        assert!(found("$5", "\\$5").is_empty());
    }

    #[test]
    fn another_normal_form_is_found_where_the_given_one_is_not() {
        assert_eq!(found("die Gr\u{f6}\u{df}e", "Gro\u{308}\u{df}e"), ["Gr\u{f6}\u{df}e"]);
    }

    #[test]
    fn titles_of_children_and_labels_of_mentions_are_not_the_pages_text() {
        let page = "Tasks here\n\n<database url=\"u\" inline=\"true\">Tasks</database>\n\n\
                    <mention url=\"user://x\">Tasks</mention> too";
        let places = find(page, &Layout::of(page), "Tasks");
        assert_eq!((places.in_text.len(), places.shown.len()), (1, 2));
        let whole = "<database url=\"u\" inline=\"true\">Tasks</database>";
        assert_eq!(found(page, whole), [whole]);
    }

    #[test]
    fn signs_that_are_none_stay_none() {
        assert_eq!(with_plain_signs("$6 \\$7 *x*", &['$']), "\\$6 \\$7 *x*");
    }
}
