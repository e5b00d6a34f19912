//! Text that a guest wrote, made fit for a log, a terminal and a person.

/// The first `most` bytes of a text, at a whole character, with control characters escaped.
///
/// A terminal escape in a log line can rewrite what the operator sees, and a line break can forge a second line.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(most));
    for character in text.chars() {
        let before = clean.len();
        if is_harmless(character) {
            clean.push(character);
        } else {
            clean.extend(character.escape_default());
        }
        if clean.len() > most {
            clean.truncate(before);
            clean.push('…');
            break;
        }
    }
    clean
}

/// As [`clean`], but line breaks and tabs stay: for texts that are shown as JSON strings, never as lines.
pub(crate) fn clean_prose(text: &str, most: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(most));
    for character in text.chars() {
        if clean.len() + character.len_utf8() > most {
            clean.push('…');
            break;
        }
        if matches!(character, '\n' | '\t') || is_harmless(character) {
            clean.push(character);
        }
    }
    clean
}

fn is_harmless(character: char) -> bool {
    // Directional marks make text read as something else than it is.
    !character.is_control()
        && !matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_colourless() {
        assert_eq!(clean("ok\n\u{1b}[31mred\u{202e}", 100), "ok\\n\\u{1b}[31mred\\u{202e}");
        assert_eq!(clean(&"ä".repeat(10), 5), "ää…");
        assert_eq!(clean_prose("a\nb\u{1b}", 10), "a\nb");
    }
}
