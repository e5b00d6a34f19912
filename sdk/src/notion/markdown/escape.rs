//! Text with backslashes before what would be read as a sign.

use super::Form;

/// Escapes what may be a sign where it stands, and leaves the rest readable.
pub(super) fn escape(text: &str, form: Form, in_link: bool, out: &mut String) {
    let has_link = text.contains("](");
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        let is_space = |neighbour: Option<char>| neighbour.is_some_and(char::is_whitespace);
        let is_word = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        let is_sign = match character {
            '`' => true,
            '\\' => after.is_none_or(|after| after.is_ascii_punctuation()),
            '*' => !(is_space(before) && is_space(after)),
            '_' => !(is_space(before) && is_space(after) || is_word(before) && is_word(after)),
            '~' => [before, after].iter().any(|near| near.is_none_or(|near| near == '~')),
            '<' => after.is_none_or(|after| after.is_ascii_alphabetic() || after == '/'),
            '&' => after.is_none_or(|after| after == '#'),
            // What could end an equation.
            '$' => !is_space(before) && before.is_some() && !is_word(after),
            '[' => in_link || has_link,
            ']' => in_link,
            _ => false,
        };
        if is_sign {
            out.push('\\');
        }
        push(character, form, out);
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

fn push(character: char, form: Form, out: &mut String) {
    match (form, character) {
        (Form::Line, '\n') => out.push_str("<br>"),
        (Form::Line, '\r') => out.push_str("&#13;"),
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
