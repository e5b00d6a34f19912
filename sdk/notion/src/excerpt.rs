//! Quoting what somebody sent.

/// The first 60 characters of something that a caller sent, for quoting it in an error.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const MAX_CHARACTERS: usize = 60;
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
