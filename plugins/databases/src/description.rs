//! Descriptions of databases.

use toolbay_sdk::notion::{markdown, rich_text};
use toolbay_sdk::prelude::*;

/// What there is to say of a description: it is read as inline markdown, as the texts of rows are. Titles are literal.
pub(crate) fn description_note(text: &str) -> Option<String> {
    let read = Value::Array(markdown::to_rich_text(text));
    (rich_text::plain_text(&read) != text).then(|| {
        "The text of `description` was read as markdown; a backslash before a sign keeps it.".to_owned()
    })
}
