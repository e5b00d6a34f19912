//! What there is to know about Notion: ids, text, property values, filters, columns, and pages as small flat rows.
//!
//! All of it is pure, and runs natively in a test, but for [`DataSource`] and [`Directory`], which ask Notion. Numbers come
//! from Notion's published request limits (2,000 UTF-16 units a text, 100 elements an array).

pub mod appearance;
pub mod blocks;
pub(crate) mod color;
pub mod columns;
pub mod data_source;
pub mod directory;
pub mod filter;
pub mod flatten;
pub mod id;
pub mod json_text;
mod link;
pub mod markdown;
pub(crate) mod members;
pub mod names;
pub mod object;
pub mod properties;
pub mod rich_text;
pub mod sorts;
pub mod table;
mod view_link;

use std::time::Duration;

pub use data_source::DataSource;
pub use directory::{Directory, References, Titled, with_people};
pub use flatten::{Detail, flatten};
pub use id::NotionId;
pub use object::Object;
pub use properties::{IdsOnly, Lookup, NewOptions, Property, Schema, normalise};
pub use view_link::VIEW_NOTE;

/// How old a schema, or the list of users, may be when a tool relies on it.
pub const SCHEMA_AGE: Duration = Duration::from_secs(300);

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
