//! What Notion takes at most, and how it counts.

/// Most elements that Notion takes in one array of a request: rich text, options, people, relations, files.
pub const ARRAY_LIMIT: usize = 100;

/// Most UTF-16 units that Notion takes in one text, link or URL.
pub const TEXT_LIMIT: usize = 2_000;

/// How Notion counts the length of a text: UTF-16 units, not bytes or characters.
#[must_use]
pub fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
