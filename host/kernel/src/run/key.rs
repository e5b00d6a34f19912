//! Idempotency keys: by one, a client says that two calls are the same wish.

use std::fmt;
use std::str::FromStr;

use serde_json::json;

use crate::digest::digest;
use crate::problem::{Code, Problem};

/// Longest key, in characters, as Stripe has it.
const MAX_CHARACTERS: usize = 255;

/// A key that a client has chosen for a call: the same call under the same key is carried out once.
///
/// It has 1 to 255 visible characters of ASCII, with spaces between them. Stores keep its digest alone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// SHA-256 of the key, in hex.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&json!(self.0))
    }

    /// The key that a header `Idempotency-Key` has: bare, or in quotes as the IETF's draft 07 writes it.
    ///
    /// # Errors
    ///
    /// `invalid_input` when it can't be one.
    pub fn of_header(value: &str) -> Result<Self, Problem> {
        let value = value.trim_matches([' ', '\t']);
        let Some(quoted) = value.strip_prefix('"') else { return value.parse() };
        let Some(inner) = quoted.strip_suffix('"') else {
            return Err(refused("has a quote that doesn't end"));
        };
        let mut key = String::with_capacity(inner.len());
        let mut characters = inner.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => return Err(refused("has a quote within quotes")),
                '\\' => match characters.next() {
                    Some(escaped @ ('"' | '\\')) => key.push(escaped),
                    _ => return Err(refused("has a backslash before something else than a quote")),
                },
                plain => key.push(plain),
            }
        }
        key.parse()
    }
}

impl FromStr for IdempotencyKey {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(refused("is empty"));
        }
        if text.chars().any(|character| !matches!(character, ' '..='~')) {
            return Err(refused("has other characters than letters, digits and signs of ASCII"));
        }
        if text.len() > MAX_CHARACTERS {
            return Err(refused("is too long"));
        }
        if text.starts_with(' ') || text.ends_with(' ') {
            return Err(refused("begins or ends with a space"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Without the key: one that is easily guessed is half of what somebody else's answer needs.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IdempotencyKey").finish_non_exhaustive()
    }
}

fn refused(why: &str) -> Problem {
    Problem::new(Code::InvalidInput, format!("The idempotency key {why}."))
        .hint("Send 1 to 255 visible ASCII characters, such as a UUID that you make for each new wish.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_of_a_bounded_length_and_visible() {
        for good in ["a", "order-17 of today", &"k".repeat(255)] {
            assert!(good.parse::<IdempotencyKey>().is_ok(), "{good}");
        }
        for bad in ["", " a", "a ", "a\n", "ключ", "a\u{7f}", &"k".repeat(256)] {
            let problem = bad.parse::<IdempotencyKey>().unwrap_err();
            assert_eq!(problem.code, Code::InvalidInput, "{bad}");
            assert!(problem.hint.is_some());
        }
    }

    #[test]
    fn a_header_has_it_bare_or_in_quotes() {
        let key = |text: &str| IdempotencyKey::of_header(text).map(|key| key.0);
        assert_eq!(key("8e03978e").unwrap(), "8e03978e");
        assert_eq!(key(" \"8e03978e\" ").unwrap(), "8e03978e");
        assert_eq!(key(r#""a \"b\" \\ c""#).unwrap(), r#"a "b" \ c"#);
        for bad in ["", "\"", "\"\"", "\"a", "\"a\"b\"", r#""a\n""#, "\" a\""] {
            assert!(key(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn quoting_changes_no_key(text in "[!-~]([ -~]{0,60}[!-~])?") {
            let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            prop_assert_eq!(IdempotencyKey::of_header(&quoted).unwrap(), text.parse().unwrap());
        }
    }
}
