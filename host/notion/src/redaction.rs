//! Takes a credential out of whatever Notion, or what stands in its place, sends back.
//!
//! Notion doesn't repeat credentials; a proxy or a debugging endpoint in between may. No answer leaves this crate before it
//! has been looked through.

use serde_json::{Map, Value};
use toolbay_kernel::Body;

/// What stands where a credential stood.
const REDACTED: &str = "[redacted]";

/// Shorter credentials would blot out ordinary words; Notion's have at least 43 characters.
const SHORTEST: usize = 8;

/// Whether a text has the credential in it.
pub(crate) fn contains(text: &str, secret: &str) -> bool {
    secret.len() >= SHORTEST && text.contains(secret)
}

/// The body of an answer without the credential; as it came, when that isn't in it.
pub(crate) fn redacted(body: Body, secret: &str) -> Body {
    if !may_hold(body.text(), secret) {
        return body;
    }
    let mut value = body.value().clone();
    redact(&mut value, secret);
    value.into()
}

/// Whether a string of this JSON may have the credential in it. JSON can write its characters, which are ASCII's, as they
/// are, or as `\u00` and two digits; a few of them also behind a backslash.
fn may_hold(text: &str, secret: &str) -> bool {
    let has_other_forms = secret.contains(['/', '"', '\\']);
    secret.len() >= SHORTEST
        && (text.contains(secret) || text.contains("\\u00") || (has_other_forms && text.contains('\\')))
}

/// Removes every occurrence of `secret` from the strings and keys of `value`.
pub(crate) fn redact(value: &mut Value, secret: &str) {
    if secret.len() >= SHORTEST {
        redact_in(value, secret);
    }
}

// A parsed value is at most 128 levels deep, the parser's own limit.
fn redact_in(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) if text.contains(secret) => *text = text.replace(secret, REDACTED),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_in(item, secret)),
        Value::Object(members) => {
            if members.keys().any(|key| key.contains(secret)) {
                let renamed: Map<String, Value> = std::mem::take(members)
                    .into_iter()
                    .map(|(key, item)| (key.replace(secret, REDACTED), item))
                    .collect();
                *members = renamed;
            }
            members.values_mut().for_each(|item| redact_in(item, secret));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn no_place_is_overlooked(before in "[a-z]{0,5}", after in "[a-z]{0,5}") {
            let secret = "ntn_CANARY0123";
            let text = format!("{before}{secret}{after}");
            let mut value = json!({ "a": [{ text.clone(): [text.clone(), 1, null] }], "b": text });
            redact(&mut value, secret);
            let expected = format!("{before}[redacted]{after}");
            prop_assert_eq!(value, json!({ "a": [{ expected.clone(): [expected.clone(), 1, null] }], "b": expected }));
        }
    }

    #[test]
    fn an_escaped_credential_is_found() {
        let secret = "ntn_CANARY/0123";
        let (plain, escaped) = (json!({"a": secret}).to_string(), secret.replace('C', "\\u0043"));
        for text in [plain, format!(r#"{{"a":"{escaped}"}}"#), r#"{"a":"ntn_CANARY\/0123"}"#.to_owned()] {
            let body = redacted(Body::of_text(text.clone()).unwrap(), secret);
            assert_eq!(body.into_text(), r#"{"a":"[redacted]"}"#, "{text}");
        }
        let other = r#"{"a": "\u00e9\n"}"#;
        assert_eq!(
            redacted(Body::of_text(other.to_owned()).unwrap(), "ntn_CANARY0123").value(),
            &json!({"a": "é\n"})
        );
    }

    #[test]
    fn a_short_secret_blots_nothing_out() {
        let mut value = json!("a word");
        redact(&mut value, "");
        redact(&mut value, "a");
        assert_eq!(value, json!("a word"));
    }
}
