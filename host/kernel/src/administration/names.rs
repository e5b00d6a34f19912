//! Names that operators and people choose.

/// Longest name of a token or connection, in characters: what fits a line of a listing.
pub const MAX_NAME: usize = 100;

/// The name of the connection that the environment gives.
pub const RESERVED_NAME: &str = "default";

/// Whether people could read and type it.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let length = text.chars().count();
    (1..=MAX_NAME).contains(&length) && text.trim() == text && !text.chars().any(char::is_control)
}
