//! A long text, a part at a time.

/// Most characters of one part: about 15,000 tokens, well below what clients cut answers at.
const MAX_LENGTH: usize = 60_000;

/// A part of a text.
pub(super) struct Window<'text> {
    pub(super) text: &'text str,
    /// Where the next part starts, in characters; none at the end.
    pub(super) next_offset: Option<usize>,
    /// Characters of the whole.
    pub(super) length: usize,
}

/// The part that starts at `offset` characters. It ends with a line, unless one line is longer than a part.
pub(super) fn cut(text: &str, offset: usize) -> Window<'_> {
    let length = text.chars().count();
    let rest = from(text, offset);
    let head = to(rest, MAX_LENGTH);
    if head.len() == rest.len() {
        return Window { text: rest, next_offset: None, length };
    }
    let part = match head.rfind('\n') {
        Some(end) => head.get(..=end).unwrap_or(head),
        None => head,
    };
    Window { text: part, next_offset: Some(offset + part.chars().count()), length }
}

fn from(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).and_then(|(start, _)| text.get(start..)).unwrap_or_default()
}

/// The first so many characters.
pub(super) fn to(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let (mut parts, mut offset) = (Vec::new(), 0);
        loop {
            let window = cut(text, offset);
            parts.push(window.text.to_owned());
            match window.next_offset {
                Some(next) => offset = next,
                None => return parts,
            }
        }
    }

    #[test]
    fn parts_join_to_the_text_and_end_with_lines() {
        let text = "\u{1F600} a line of text\n".repeat(10_000);
        let parts = parts(&text);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts.concat(), text);
        assert!(parts.iter().all(|part| part.ends_with('\n') && part.chars().count() <= MAX_LENGTH));
    }

    #[test]
    fn one_endless_line_is_cut_all_the_same() {
        let text = "\u{e9}".repeat(MAX_LENGTH + 1);
        assert_eq!(parts(&text).concat(), text);
    }

    #[test]
    fn beyond_the_end_there_is_nothing() {
        let window = cut("abc", 7);
        assert_eq!((window.text, window.next_offset, window.length), ("", None, 3));
    }
}
