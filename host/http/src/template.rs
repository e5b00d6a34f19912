//! Texts of the operator's with secrets in them, such as `Bearer {weather}`.

use std::collections::{BTreeSet, HashMap};

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// Longest name of a secret, in bytes.
const MAX_NAME: usize = 64;

/// A text with the names of secrets in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Secret(String),
}

impl Template {
    /// Reads a text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            if before.contains('}') || !is_name(name) {
                return None;
            }
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Secret(name.to_owned()));
            rest = after;
        }
        if rest.contains('}') {
            return None;
        }
        parts.push(Part::Text(rest.to_owned()));
        Some(Self(parts))
    }

    /// The names of its secrets.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.0
            .iter()
            .filter_map(|part| match part {
                Part::Secret(name) => Some(name.as_str()),
                Part::Text(_) => None,
            })
            .collect()
    }

    /// The text with its secrets; none where one of them isn't there.
    pub(crate) fn filled(&self, secrets: &HashMap<String, SecretString>) -> Option<Zeroizing<String>> {
        let mut text = Zeroizing::new(String::new());
        for part in &self.0 {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Secret(name) => text.push_str(secrets.get(name)?.expose_secret()),
            }
        }
        Some(text)
    }
}

/// Whether a text can be the name of a secret: lower case, digits, `_` and `-`.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_with_the_secrets_that_it_names() {
        let secrets = HashMap::from([("weather".to_owned(), "canary{x}".into())]);
        let filled =
            |text: &str| Template::parse(text).unwrap().filled(&secrets).map(|text| text.to_string());
        assert_eq!(filled("Bearer {weather}").as_deref(), Some("Bearer canary{x}"));
        assert_eq!(filled("{weather}:{weather}").as_deref(), Some("canary{x}:canary{x}"));
        assert_eq!(filled("plain").as_deref(), Some("plain"));
        assert_eq!(filled("{other}"), None);
        assert_eq!(Template::parse("a{b}c{d}").unwrap().names(), ["b", "d"].into());
        for wrong in ["{", "}", "a}b{c}", "{}", "{A}", "{a b}", "{{a}}", "{a"] {
            assert_eq!(Template::parse(wrong), None, "{wrong}");
        }
    }
}
