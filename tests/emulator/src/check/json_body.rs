//! The request body, read before anything else is looked at: an unreadable one is refused even on a
//! URL that doesn't exist.

use serde_json::{Map, Value};

use crate::errors::{Refusal, invalid_json};

/// Recorded: 512,000 bytes are read and 512,001 are not.
pub(crate) const LIMIT_BYTES: usize = 512_000;

/// Why a body was not read.
pub(crate) enum Unreadable {
    /// Answered by the framework in front of the API, in its own shape.
    TooLarge,
    /// Answered by the API.
    Refused(Refusal),
}

/// The body as JSON. Only `application/json` is read; any other type is no body at all.
pub(crate) fn read(content_type: Option<&str>, bytes: &[u8]) -> Result<Value, Unreadable> {
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Ok(Value::Object(Map::new()));
    }
    if bytes.len() > LIMIT_BYTES {
        return Err(Unreadable::TooLarge);
    }
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) if value.is_object() || value.is_array() => Ok(value),
        _ => Err(Unreadable::Refused(invalid_json())),
    }
}
