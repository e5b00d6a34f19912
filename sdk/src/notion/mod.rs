//! Pure logic about Notion: ids, text, property values, and pages as small flat rows.
//!
//! Nothing here talks to anything, so all of it runs natively in a test. Numbers come from Notion's published request
//! limits (2,000 UTF-16 units a text, 100 elements an array).

pub mod flatten;
pub mod id;
pub mod names;
pub mod properties;
pub mod rich_text;

pub use flatten::{Detail, flatten};
pub use id::NotionId;
pub use properties::{IdsOnly, People, Schema, normalise};

/// Most elements that Notion takes in one array of a request: rich text, options, people, relations, files.
pub const ARRAY_LIMIT: usize = 100;

/// Most UTF-16 units that Notion takes in one text, link or URL.
pub const TEXT_LIMIT: usize = 2_000;

/// How Notion counts the length of a text: UTF-16 units, not bytes or characters.
#[must_use]
pub fn utf16_length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The first 60 characters of something that a caller sent, for quoting it in a problem.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
