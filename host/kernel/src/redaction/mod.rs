//! Takes secrets out of whatever a server sends back.
//!
//! A server that is given a secret may repeat it: in an error, a debugging page, or an echo of the request. No answer leaves an egress
//! before it has been looked through for each secret that the server may have been given: as it is, with any of its characters escaped as JSON, addresses,
//! forms and HTML do it, and as Base64 at any place of a longer text. What a server makes of a secret beyond that, such as an escape in
//! an escape, can't be found: it was given to that server, and is the server's to keep.

mod escape;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::{memchr3, memmem};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// What stands where a secret stood.
const REDACTED: &[u8] = b"[redacted]";

/// The secrets that may be in an answer, and the forms that are looked for as they are.
#[derive(Default)]
pub struct Redaction {
    secrets: Vec<SecretString>,
    forms: Vec<Zeroizing<Vec<u8>>>,
}

impl Redaction {
    /// Looks for these.
    #[must_use]
    pub fn of(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let secrets: Vec<SecretString> = secrets.into_iter().collect();
        let mut forms: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        for secret in &secrets {
            let secret = secret.expose_secret();
            let own = [secret.to_owned(), STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)];
            for form in own.into_iter().chain((0..3).flat_map(|before| within_base64(secret, before))) {
                let form = Zeroizing::new(form.into_bytes());
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
        }
        // The longest first: one may be a part of another.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self { secrets, forms }
    }

    /// Whether it looks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Bytes of the longest form of a secret: so many at the end of what was cut may be a part of one.
    #[must_use]
    pub fn longest(&self) -> usize {
        let secrets = self.secrets.iter().map(|secret| secret.expose_secret().len());
        secrets.max().unwrap_or_default() * escape::LONGEST
    }

    /// The bytes without secrets; as they came, when there are none in them.
    #[must_use]
    pub fn bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        self.redact(&mut bytes);
        bytes
    }

    /// Takes the secrets out of bytes, and says whether there were any.
    pub fn redact(&self, bytes: &mut Vec<u8>) -> bool {
        let mut has_found = false;
        for form in &self.forms {
            let found: Vec<usize> = memmem::find_iter(bytes, form.as_slice()).collect();
            if found.is_empty() {
                continue;
            }
            has_found = true;
            let mut kept = Vec::with_capacity(bytes.len());
            let mut from = 0;
            for at in found {
                kept.extend_from_slice(bytes.get(from..at).unwrap_or_default());
                kept.extend_from_slice(REDACTED);
                from = at + form.len();
            }
            kept.extend_from_slice(bytes.get(from..).unwrap_or_default());
            *bytes = kept;
        }
        if memchr3(b'%', b'\\', b'&', bytes).is_none() && !bytes.contains(&b'+') {
            return has_found;
        }
        for secret in &self.secrets {
            if let Some(kept) = without_escaped(bytes, secret.expose_secret().as_bytes()) {
                *bytes = kept;
                has_found = true;
            }
        }
        has_found
    }

    /// The text without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes().to_vec())).into_owned()
    }
}

/// The bytes without a secret that has escapes in it; none where it isn't in them.
fn without_escaped(bytes: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        match escape::length_of(bytes.get(at..).unwrap_or_default(), secret) {
            Some(length) => {
                kept.extend_from_slice(bytes.get(from..at).unwrap_or_default());
                kept.extend_from_slice(REDACTED);
                at += length;
                from = at;
            }
            None => at += 1,
        }
    }
    if from == 0 {
        return None;
    }
    kept.extend_from_slice(bytes.get(from..).unwrap_or_default());
    Some(kept)
}

/// What Base64 makes of a secret that stands behind so many bytes (of each three), without the characters at its edges that depend on what
/// is beside it.
fn within_base64(secret: &str, before: usize) -> Vec<String> {
    let mut text = Zeroizing::new(vec![0_u8; before]);
    text.extend_from_slice(secret.as_bytes());
    // A character has six bits: the first ones belong also to what stands before.
    let own = (before * 8).div_ceil(6)..text.len() * 8 / 6;
    let encoded = [STANDARD_NO_PAD.encode(text.as_slice()), URL_SAFE_NO_PAD.encode(text.as_slice())];
    encoded.iter().filter_map(|encoded| Some(encoded.get(own.clone())?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redaction(secret: &str) -> Redaction {
        Redaction::of([secret.to_owned().into()])
    }

    #[test]
    fn a_secret_is_found_as_others_write_it() {
        let secret = "ca/na\"ry+ä 01";
        let redaction = redaction(secret);
        for written in [
            secret.to_owned(),
            serde_json::json!(secret).to_string(),
            "ca\\/na\\\"ry+ä 01".to_owned(),
            "ca\\u002Fna\\u0022ry\\u002b\\u00e4\\u002001".to_owned(),
            "ca&#47;na&quot;ry&#x2B;&#xe4; 01".to_owned(),
            "ca&#x2f;na&#34;ry+&#228;&#32;01".to_owned(),
            "ca%2Fna%22ry%2B%C3%A4%2001".to_owned(),
            "ca%2fna%22ry%2b%c3%a4%2001".to_owned(),
            "ca%2Fna%22ry%2B%C3%A4+01".to_owned(),
            base64::engine::general_purpose::STANDARD.encode(secret),
        ] {
            let text = redaction.text(&format!("<{written}>"));
            assert!(text.contains("[redacted]") && !text.contains("na"), "{written}: {text}");
        }
    }

    #[test]
    fn no_letter_of_a_secret_is_taken_for_another() {
        let secret = "Canary/-_.~Ab01";
        for written in [
            "Canary%2F-_.~Ab01",
            "Canary%2f-_.~Ab01",
            "Canary%2F%2D%5F%2E%7EAb01",
            "Canary%2f%2d%5f%2E%7eAb01",
            "%43anary%2f-_.%7EAb01",
        ] {
            assert_eq!(redaction(secret).text(&format!("<{written}>")), "<[redacted]>", "{written}");
        }
        assert_eq!(redaction(secret).text("canary%2f-_.~ab01"), "canary%2f-_.~ab01");
        assert_eq!(redaction("can\u{1f600}ary").text(r"<can\ud83d\ude00ary>"), "<[redacted]>");
        assert_eq!(redaction("a%41b\\cdef").text("a%41b\\cdef a%2541b\\\\cdef"), "[redacted] [redacted]");
    }

    #[test]
    fn a_secret_is_found_in_base64_of_a_longer_text() {
        let secret = "Canary-0123456789";
        for before in ["", "a", "ab", "user:", "user:b"] {
            for after in ["", "c", "cd"] {
                let encoded =
                    base64::engine::general_purpose::STANDARD.encode(format!("{before}{secret}{after}"));
                let text = redaction(secret).text(&encoded);
                assert!(text.contains("[redacted]") && text.len() < encoded.len(), "{encoded}: {text}");
            }
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
