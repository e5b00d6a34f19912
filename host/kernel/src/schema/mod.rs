//! JSON Schema: what a provider's schema may be, how it is published, and how values are checked against it.
//!
//! A plugin's schema is hostile input until it has passed [`check`]; what clients see is the flat form that
//! [`publish`] makes of it, since clients refuse much of JSON Schema; values are validated against the original.

mod check;
mod publish;
mod validate;

pub use check::{InvalidSchema, check_input, check_output};
pub use publish::{flatten_input, flatten_output};
pub use validate::Validator;

/// Longest description of a field that Actions accept, in characters (OpenAI, Actions in production).
pub const LONGEST_FIELD_DESCRIPTION: usize = 700;

/// Longest description of a tool that Actions accept, in characters (OpenAI, Actions in production).
pub const LONGEST_TOOL_DESCRIPTION: usize = 300;

/// The first `most` characters of a text, with an ellipsis when something was cut.
#[must_use]
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}
