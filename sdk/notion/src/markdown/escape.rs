//! Text with backslashes before what would be read as a sign.

use super::emphasis::is_inside_word;
use super::form::Form;
use super::{entity, people};

/// Escapes what may be a sign where it stands, and leaves the rest readable.
pub(super) fn escape(text: &str, form: Form, in_link: bool, out: &mut String) {
    let has_link = text.contains("](");
    let mut before = None;
    let mut characters = text.char_indices().peekable();
    while let Some((position, character)) = characters.next() {
        let after = characters.peek().map(|(_, after)| *after);
        let rest = || text.get(position..).unwrap_or_default();
        let is_space = |neighbour: Option<char>| neighbour.is_some_and(char::is_whitespace);
        let is_word = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        let is_word_part = is_word(before) && is_word(after);
        let is_sign = match character {
            // Notion reads these by rules of its own.
            '*' | '~' | '$' | '[' | ']' if form != Form::Text => true,
            '<' if form != Form::Text => {
                after.is_none_or(|after| after.is_ascii_alphabetic() || matches!(after, '/' | '!' | '?'))
            }
            '&' if form != Form::Text => {
                after.is_none_or(|after| after == '#' || after.is_ascii_alphabetic())
            }
            ':' if form != Form::Text => is_emoji(rest()),
            '_' if form != Form::Text => !is_word_part,
            '`' => true,
            '\\' => after.is_none_or(|after| after.is_ascii_punctuation() || after == '\n'),
            '*' => !(is_space(before) && is_space(after) || is_inside_word(1, before, after)),
            '_' => !(is_space(before) && is_space(after) || is_word_part),
            '~' => [before, after].iter().any(|near| near.is_none_or(|near| near == '~')),
            '<' => after.is_none_or(|after| after.is_ascii_alphabetic() || after == '/'),
            '&' => after.is_none() || entity::read(rest()).is_some(),
            '@' => !in_link && people::may_start(before, after),
            // What could end an equation.
            '$' => !is_space(before) && before.is_some() && !is_word(after),
            '[' => in_link || has_link,
            ']' => in_link,
            _ => false,
        };
        if is_sign {
            out.push('\\');
        }
        // At the end of a line or of the text, a break would be a blank.
        let is_between = |near: Option<char>| near.is_some_and(|near| !near.is_whitespace());
        match character {
            '\n' if form == Form::Lines && is_between(before) && is_between(after) => out.push_str("\\\n"),
            other => push(other, form, out),
        }
        before = Some(character);
    }
}

/// Escapes everything that may be escaped.
pub(super) fn escape_all(text: &str, form: Form, out: &mut String) {
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            out.push('\\');
        }
        push(character, form, out);
    }
}

/// `:name:`, which Notion takes for an emoji of the workspace.
fn is_emoji(text: &str) -> bool {
    const MAX_LENGTH: usize = 64;
    let name = text.get(1..).unwrap_or_default();
    let length = name
        .bytes()
        .take(MAX_LENGTH)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(byte))
        .count();
    length > 0 && name.as_bytes().get(length) == Some(&b':')
}

fn push(character: char, form: Form, out: &mut String) {
    match (form, character) {
        (Form::Line | Form::Lines, '\n') => out.push_str("<br />"),
        (Form::Line | Form::Lines, '\r') => out.push_str("&#13;"),
        (_, other) => out.push(other),
    }
}

/// Text as code, between more backticks than it has in a row.
pub(super) fn code(text: &str) -> String {
    let (mut longest, mut row) = (0, 0);
    for byte in text.bytes() {
        row = if byte == b'`' { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    let fence = "`".repeat(longest + 1);
    let spaced = text.starts_with(' ') && text.ends_with(' ');
    if text.starts_with('`') || text.ends_with('`') || spaced && !text.bytes().all(|byte| byte == b' ') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}
