//! A leaf: an event as the bytes that are hashed.
//!
//! The bytes are `toolbay/audit/v1`, a line feed, and the event's row as JSON in canonical form (RFC 8785: members in order, no
//! space, the shortest escapes). All of the row is in it as it is stored; `details` too, which is JSON text itself, is one string,
//! so that nobody has to write JSON again as somebody else once did.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::merkle::{self, Hash};

/// What leaf data begins with. Another format would have another version.
pub const LEAF_PREFIX: &str = "toolbay/audit/v1\n";

/// An event as its row has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafEvent {
    /// The call's id.
    pub call: Option<String>,
    /// The connection's id.
    pub connection: Option<String>,
    /// The details of the act, as JSON text.
    pub details: String,
    /// The act's kind, such as `call.started`.
    pub kind: String,
    /// The principal's id.
    pub principal: String,
    /// Their name at that time.
    pub principal_name: String,
    /// The event's number.
    pub seq: i64,
    /// What it is about.
    pub subject: Option<String>,
    pub surface: String,
    /// Milliseconds since 1970 in UTC, by the host's clock.
    pub time_ms: i64,
}

/// Why bytes are no leaf.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    #[error("the leaf doesn't begin with `toolbay/audit/v1`")]
    Prefix,
    #[error("the leaf is no event: {0}")]
    Event(#[from] serde_json::Error),
    #[error("the leaf isn't in canonical form")]
    Form,
}

impl LeafEvent {
    /// The event as canonical JSON.
    #[must_use]
    pub fn canonical(&self) -> String {
        // What `serde_json` writes of a string are the escapes of RFC 8785.
        let text = |text: &str| Value::from(text).to_string();
        let optional = |told: &Option<String>| told.as_deref().map_or_else(|| "null".to_owned(), text);
        format!(
            "{{\"call\":{},\"connection\":{},\"details\":{},\"kind\":{},\"principal\":{},\"principal_name\":{},\"seq\":{},\
             \"subject\":{},\"surface\":{},\"time_ms\":{}}}",
            optional(&self.call),
            optional(&self.connection),
            text(&self.details),
            text(&self.kind),
            text(&self.principal),
            text(&self.principal_name),
            self.seq,
            optional(&self.subject),
            text(&self.surface),
            self.time_ms
        )
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn data(&self) -> String {
        format!("{LEAF_PREFIX}{}", self.canonical())
    }

    /// The hash of its leaf.
    #[must_use]
    pub fn hash(&self) -> Hash {
        merkle::leaf_hash(self.data().as_bytes())
    }

    /// Reads leaf data.
    ///
    /// # Errors
    ///
    /// When it isn't exactly what [`LeafEvent::data`] writes.
    pub fn of_data(data: &str) -> Result<Self, LeafError> {
        let event: Self = serde_json::from_str(data.strip_prefix(LEAF_PREFIX).ok_or(LeafError::Prefix)?)?;
        if event.data() == data { Ok(event) } else { Err(LeafError::Form) }
    }

    /// Whether its content was removed since; who did it, when, and with what kind of act stays.
    #[must_use]
    pub fn is_without_content(&self) -> bool {
        self.details.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event() -> LeafEvent {
        LeafEvent {
            call: Some("01890a5d-ac96-774b-bcce-b302099a8057".to_owned()),
            connection: None,
            details: r#"{"tool":"trash"}"#.to_owned(),
            kind: "call.started".to_owned(),
            principal: "0b6d4b8e-5c5c-5ba8-8d5e-6e4ee6fb9a01".to_owned(),
            principal_name: "Ada \"☂\"\n".to_owned(),
            seq: 7,
            subject: Some("trash".to_owned()),
            surface: "mcp".to_owned(),
            time_ms: 1_764_454_739_123,
        }
    }

    #[test]
    fn the_format_is_as_documented() {
        let data = "toolbay/audit/v1\n{\"call\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"connection\":null,\
                    \"details\":\"{\\\"tool\\\":\\\"trash\\\"}\",\"kind\":\"call.started\",\
                    \"principal\":\"0b6d4b8e-5c5c-5ba8-8d5e-6e4ee6fb9a01\",\"principal_name\":\"Ada \\\"☂\\\"\\n\",\"seq\":7,\
                    \"subject\":\"trash\",\"surface\":\"mcp\",\"time_ms\":1764454739123}";
        assert_eq!(event().data(), data);
        assert_eq!(LeafEvent::of_data(data).unwrap(), event());
        // The derived form has its members in the same order.
        assert_eq!(serde_json::to_string(&event()).unwrap(), event().canonical());
    }

    #[test]
    fn what_is_not_exactly_a_leaf_is_none() {
        let data = event().data();
        for (bad, why) in [
            (data.replace("v1", "v2"), "begin"),
            (data.replace(",\"seq\"", ", \"seq\""), "canonical"),
            (data.replace("☂", "\\u2602"), "canonical"),
            (data.replace("\"connection\":null,", ""), "canonical"),
            (data.replace("\"seq\":7", "\"seq\":7.5"), "no event"),
            (data.replace("{\"call\"", "{\"more\":1,\"call\""), "no event"),
        ] {
            let error = LeafEvent::of_data(&bad).unwrap_err().to_string();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_event_reads_as_it_was_written(
            texts: [String; 5], call: Option<String>, subject: Option<String>, seq: i64, time_ms: i64
        ) {
            let [details, kind, principal, principal_name, surface] = texts;
            let event = LeafEvent {
                connection: call.clone(), call, details, kind, principal, principal_name, seq, subject, surface, time_ms,
            };
            prop_assert_eq!(LeafEvent::of_data(&event.data()).unwrap(), event);
        }
    }
}
