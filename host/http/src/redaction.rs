//! Takes the operator's secrets out of whatever a server sends back.
//!
//! A server that is given a secret may repeat it: in an error, a debugging page, or an echo of the request. No answer leaves this crate
//! before it has been looked through for each secret that was in its request, as it is and as JSON, forms, addresses and Base64
//! write it. What a server makes of a secret beyond that can't be found: it was given to that server, and is the server's to keep.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// What stands where a secret stood.
const REDACTED: &[u8] = b"[redacted]";

/// The secrets of one request, in the forms that are looked for.
#[derive(Default)]
pub(crate) struct Redaction(Vec<Zeroizing<Vec<u8>>>);

impl Redaction {
    /// Looks for these.
    pub(crate) fn of(secrets: &HashMap<String, SecretString>) -> Self {
        let mut forms: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        for secret in secrets.values() {
            let secret = secret.expose_secret();
            let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let quoted = serde_json::Value::from(secret).to_string();
            let quoted = quoted.trim_matches('"').to_owned();
            for form in [
                secret.to_owned(),
                percent.to_ascii_lowercase(),
                percent,
                form,
                quoted.replace('/', "\\/"),
                quoted,
                STANDARD_NO_PAD.encode(secret),
                URL_SAFE_NO_PAD.encode(secret),
            ] {
                let form = Zeroizing::new(form.into_bytes());
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
        }
        // The longest first: one may be a part of another.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self(forms)
    }

    /// The bytes without secrets; as they came, when there are none in them.
    pub(crate) fn bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for form in &self.0 {
            let found: Vec<usize> = memmem::find_iter(&bytes, form.as_slice()).collect();
            if found.is_empty() {
                continue;
            }
            let mut kept = Vec::with_capacity(bytes.len());
            let mut from = 0;
            for at in found {
                kept.extend_from_slice(bytes.get(from..at).unwrap_or_default());
                kept.extend_from_slice(REDACTED);
                from = at + form.len();
            }
            kept.extend_from_slice(bytes.get(from..).unwrap_or_default());
            bytes = kept;
        }
        bytes
    }

    /// The text without secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes().to_vec())).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redaction(secret: &str) -> Redaction {
        Redaction::of(&HashMap::from([("a".to_owned(), secret.to_owned().into())]))
    }

    #[test]
    fn a_secret_is_found_as_others_write_it() {
        let secret = "ca/na\"ry+ä 01";
        let redaction = redaction(secret);
        for written in [
            secret.to_owned(),
            serde_json::json!(secret).to_string(),
            "ca\\/na\\\"ry+ä 01".to_owned(),
            "ca%2Fna%22ry%2B%C3%A4%2001".to_owned(),
            "ca%2fna%22ry%2b%c3%a4%2001".to_owned(),
            "ca%2Fna%22ry%2B%C3%A4+01".to_owned(),
            base64::engine::general_purpose::STANDARD.encode(secret),
        ] {
            let text = redaction.text(&format!("<{written}>"));
            assert!(text.contains("[redacted]") && !text.contains("na"), "{written}: {text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_else_is_changed(before in ".{0,8}", between in "[^c]{0,8}", after in "[^c]{0,8}") {
            let text = format!("{before}canary-0123{between}canary-0123{after}");
            let expected = format!("{before}[redacted]{between}[redacted]{after}");
            prop_assert_eq!(redaction("canary-0123").text(&text), expected);
            prop_assert_eq!(Redaction::default().text(&text), text);
        }
    }
}
