//! What a database is called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest name, in bytes.
const MAX: usize = 32;

/// The name that the operator gave a database: `^[a-z][a-z0-9_]{0,31}$`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DatabaseName(String);

/// A text that can't be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` can't be a database's name: that is 1 to {MAX} of a-z, 0-9 and _, and begins with a letter")]
pub struct InvalidDatabaseName(String);

impl DatabaseName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseName {
    type Err = InvalidDatabaseName;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseName> {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_name = text.len() <= MAX
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
            && text.bytes().all(is_allowed);
        if is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidDatabaseName(text.chars().take(40).collect()))
        }
    }
}

impl TryFrom<String> for DatabaseName {
    type Error = InvalidDatabaseName;

    fn try_from(text: String) -> Result<Self, InvalidDatabaseName> {
        text.parse()
    }
}

impl From<DatabaseName> for String {
    fn from(name: DatabaseName) -> Self {
        name.0
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_short_word() {
        for name in ["a", "main", "sales_2026", &"a".repeat(32)] {
            assert_eq!(name.parse::<DatabaseName>().unwrap().as_str(), name);
        }
        for text in ["", "1a", "_a", "Main", "a-b", "a/b", "a b", "ä", &"a".repeat(33)] {
            assert!(text.parse::<DatabaseName>().is_err(), "{text}");
        }
    }
}
