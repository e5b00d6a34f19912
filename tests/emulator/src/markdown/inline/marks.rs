//! Signs that come in pairs, and where a pair closes.

use crate::markdown::Version;

/// The signs of a version, with the style that they give.
pub(super) fn of(version: Version) -> &'static [(&'static str, &'static str)] {
    const MARKS: [(&str, &str); 5] =
        [("**", "bold"), ("~~", "strikethrough"), ("*", "italic"), ("__", "bold"), ("_", "italic")];
    match version {
        Version::Enhanced => MARKS.get(..3).unwrap_or_default(),
        Version::Flavored => &MARKS,
    }
}

fn runs(fence: &str) -> Option<char> {
    fence.chars().next().filter(|sign| "*_".contains(*sign))
}

/// Where a fence closes, past escapes, code and longer runs of the same sign.
pub(super) fn closing(text: &str, fence: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let step = rest.chars().next().map_or(1, char::len_utf8);
        if rest.starts_with('\\') {
            at += step + rest.chars().nth(1).map_or(0, char::len_utf8);
            continue;
        }
        if let Some((_, after)) = code(rest) {
            at = text.len() - after.len();
            continue;
        }
        if let Some(sign) = runs(fence) {
            let run = rest.len() - rest.trim_start_matches(sign).len();
            match (fence.len(), run) {
                (_, 0) => at += step,
                (2, 1) | (1, 2) => at += run,
                (length, _) => return Some(at + run - length),
            }
            continue;
        }
        if rest.starts_with(fence) {
            return Some(at);
        }
        at += step;
    }
    None
}

/// The text between two fences, and what follows.
pub(super) fn fenced<'a>(rest: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let inner = rest.strip_prefix(open)?;
    let (inner, after) = inner.split_at_checked(closing(inner, close)?)?;
    Some((inner, after.strip_prefix(close)?)).filter(|(inner, _)| !inner.is_empty())
}

/// The same where `CommonMark` decides whether a sign opens or closes: not beside a blank, and an underscore not inside of a
/// word.
pub(super) fn flanked<'a>(before: Option<char>, rest: &'a str, fence: &str) -> Option<(&'a str, &'a str)> {
    let (inner, after) = fenced(rest, fence, fence)?;
    let in_word = |letter: Option<char>| fence.starts_with('_') && letter.is_some_and(char::is_alphanumeric);
    let is_tight = !inner.starts_with(char::is_whitespace) && !inner.ends_with(char::is_whitespace);
    (is_tight && !in_word(before) && !in_word(after.chars().next())).then_some((inner, after))
}

/// A span of code: as many backticks behind it as before it.
pub(super) fn code(rest: &str) -> Option<(&str, &str)> {
    let inner = rest.trim_start_matches('`');
    let length = rest.len() - inner.len();
    if length == 0 {
        return None;
    }
    let mut at = 0;
    while let Some(found) = inner.get(at..).and_then(|rest| rest.find('`')) {
        at += found;
        let here = inner.get(at..).unwrap_or_default();
        let after = here.trim_start_matches('`');
        let run = here.len() - after.len();
        if run == length {
            let text = inner.get(..at).unwrap_or_default();
            // One blank at both ends keeps backticks apart.
            let spaced = text.strip_prefix(' ').and_then(|text| text.strip_suffix(' '));
            let text = spaced.filter(|text| !text.trim().is_empty()).unwrap_or(text);
            return Some((text, after)).filter(|(text, _)| !text.is_empty());
        }
        at += run;
    }
    None
}

/// An equation. A lone dollar is money: an equation has no blank at its ends, and no digit behind it.
pub(super) fn equation(rest: &str) -> Option<(&str, &str)> {
    fenced_raw(rest, "$`", "`$").or_else(|| {
        fenced_raw(rest, "$", "$").filter(|(inner, after)| {
            inner.trim() == *inner
                && !inner.contains('\n')
                && !after.starts_with(|next: char| next.is_ascii_digit())
        })
    })
}

/// Between fences whose inside is literal.
fn fenced_raw<'a>(rest: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let (inner, after) = rest.strip_prefix(open)?.split_once(close)?;
    (!inner.is_empty()).then_some((inner, after))
}

/// A link's label and address, and what follows.
pub(super) fn link(rest: &str) -> Option<(&str, String, &str)> {
    let inner = rest.strip_prefix('[')?;
    let (label, after) = inner.split_at_checked(closing(inner, "](")?)?;
    let (url, after) = destination(after.strip_prefix("](")?)?;
    Some((label, url, after))
}

/// The address before the parenthesis that ends a link, and what follows: pairs of parentheses are in it, and so is a sign
/// after a backslash.
fn destination(text: &str) -> Option<(String, &str)> {
    let (mut url, mut depth, mut is_escaped) = (String::new(), 0_usize, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => {
                if !letter.is_ascii_punctuation() {
                    url.push('\\');
                }
                url.push(letter);
                is_escaped = false;
                continue;
            }
            '\\' => is_escaped = true,
            '(' => depth += 1,
            ')' if depth == 0 => return Some((url, text.get(at + 1..)?)),
            ')' => depth -= 1,
            _ => {}
        }
        if letter != '\\' {
            url.push(letter);
        }
    }
    None
}

/// The name of a custom emoji between colons, and what follows.
pub(super) fn emoji(rest: &str) -> Option<(&str, &str)> {
    let (name, after) = rest.strip_prefix(':')?.split_once(':')?;
    let is_name = name.chars().all(|letter| letter.is_alphanumeric() || "_-+".contains(letter))
        && name.contains(char::is_alphabetic);
    is_name.then_some((name, after))
}

/// A character that HTML writes with an ampersand, and what follows.
pub(super) fn entity(rest: &str) -> Option<(char, &str)> {
    let (name, after) = rest.strip_prefix('&')?.split_once(';')?;
    let letter = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number).filter(|letter| *letter != '\0')?
        }
    };
    Some((letter, after))
}
