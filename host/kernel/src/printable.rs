//! Text from outside, made fit for a log, a terminal and a person: the one place that says what may be printed.
//!
//! A terminal escape in a name can rewrite what the operator sees, a line break can forge a second line, and directional
//! marks make text read as something else than it is.

/// The first `max` bytes of a text, at a whole character, as one line: everything that would act on a terminal is
/// escaped, line breaks too.
#[must_use]
pub fn line(text: &str, max: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(max));
    for character in text.chars() {
        let before = clean.len();
        escape(character, &mut clean);
        if clean.len() > max {
            clean.truncate(before);
            clean.push('…');
            break;
        }
    }
    clean
}

/// A name, a path or another short text from outside, as one line.
#[must_use]
pub fn name(text: &str) -> String {
    const MAX: usize = 1_000;
    line(text, MAX)
}

/// A text of several lines that the host itself put together: line breaks and tabs stay, the rest is escaped.
#[must_use]
pub fn lines(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\n' | '\t') { clean.push(character) } else { escape(character, &mut clean) }
    }
    clean
}

/// The first `max` bytes of a text that is shown as a JSON string, never as lines: line breaks and tabs stay, what would
/// act on a terminal is left out.
#[must_use]
pub fn prose(text: &str, max: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(max));
    for character in text.chars() {
        if clean.len() + character.len_utf8() > max {
            clean.push('…');
            break;
        }
        if matches!(character, '\n' | '\t') || is_harmless(character) {
            clean.push(character);
        }
    }
    clean
}

/// JSON text that means the same and holds nothing which acts on a terminal: JSON itself escapes only some of it.
#[must_use]
pub fn json(value: &serde_json::Value) -> String {
    escaped_json(&format!("{value:#}"))
}

/// The same on one line.
#[must_use]
pub fn json_line(value: &serde_json::Value) -> String {
    escaped_json(&value.to_string())
}

fn escaped_json(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        // Outside of strings there is nothing but line breaks that could be meant.
        if character == '\n' || is_harmless(character) {
            clean.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                clean.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    clean
}

fn escape(character: char, into: &mut String) {
    if is_harmless(character) { into.push(character) } else { into.extend(character.escape_default()) }
}

fn is_harmless(character: char) -> bool {
    let changes_direction = matches!(character, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // A person sees nothing of these, and a model reads them: letters as tags, spaces without width, marks of joining. Emoji and scripts
    // that need the joiners (200c, 200d) keep them.
    let has_no_ink = matches!(
        character,
        '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    !character.is_control()
        && !changes_direction
        && !has_no_ink
        && !matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_colourless() {
        assert_eq!(line("ok\n\u{1b}[31mred\u{202e}", 100), "ok\\n\\u{1b}[31mred\\u{202e}");
        assert_eq!(line(&"ä".repeat(10), 5), "ää…");
        assert_eq!(name("a\r\u{9b}2J"), "a\\r\\u{9b}2J");
        assert_eq!(lines("a\n\tb\u{1b}c"), "a\n\tb\\u{1b}c");
        assert_eq!(prose("a\nb\u{1b}", 10), "a\nb");
        assert_eq!(prose("a\u{e0041}\u{200b}b", 10), "ab", "what has no ink hides from people alone");
    }

    #[test]
    fn printed_json_means_the_same_and_moves_no_cursor() {
        let value = serde_json::json!({"a\u{9b}": ["\u{1b}[2J", "\u{202e}x", "é\n", "\u{7f}"]});
        let printed = json(&value);
        assert!(!printed.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{printed:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), value);
    }
}
