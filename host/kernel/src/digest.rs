//! What was asked, as a number that can be compared and not read.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a value, in hex; equal values have equal digests, however their members are ordered.
pub(crate) fn digest(value: &Value) -> String {
    of_text(&canonical(value).to_string())
}

/// SHA-256 of a text, in hex.
pub(crate) fn of_text(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            Value::Object(
                sorted.into_iter().map(|(name, member)| (name.clone(), canonical(member))).collect(),
            )
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter_and_that_of_items_does() {
        assert_eq!(
            digest(&json!({"a": {"x": 1, "y": 2}, "b": []})),
            digest(&json!({"b": [], "a": {"y": 2, "x": 1}}))
        );
        assert_ne!(digest(&json!([1, 2])), digest(&json!([2, 1])));
        assert_eq!(digest(&json!({})).len(), 64);
    }
}
