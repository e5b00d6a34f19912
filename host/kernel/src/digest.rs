//! What was asked, as a number that can be compared and not read.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a value, in hex; equal values have equal digests, however their members are ordered.
pub(crate) fn digest(value: &Value) -> String {
    // A value can always be written: the names of its members are texts.
    of_bytes(&serde_json::to_vec(&Canonical(value)).unwrap_or_default())
}

/// SHA-256 of a text, in hex.
pub(crate) fn of_text(text: &str) -> String {
    of_bytes(text.as_bytes())
}

fn of_bytes(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A value whose members are written in the order of their names.
struct Canonical<'a>(&'a Value);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Canonical)),
            Value::Object(members) => {
                let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
                sorted.sort_unstable_by_key(|(name, _)| *name);
                serializer.collect_map(sorted.into_iter().map(|(name, member)| (name, Canonical(member))))
            }
            other => other.serialize(serializer),
        }
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
        assert_eq!(digest(&json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
