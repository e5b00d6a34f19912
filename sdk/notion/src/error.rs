//! The error of this crate: why a value can't be what its caller meant.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// What was given cannot be what was meant.
    InvalidInput,
    /// What was named does not exist, or Notion's API doesn't show it.
    NotFound,
    /// More than Notion takes, or than is read through.
    LimitExceeded,
    /// What Notion answered is not what it documents.
    UnexpectedAnswer,
}

/// Why something that was given, or answered, was refused; in words for whoever gave it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Error {
    /// What was wrong: what was given, how much of it, or what Notion answered.
    pub kind: ErrorKind,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What would work instead: the valid options, the nearest names, the id to use.
    pub hint: Option<String>,
    /// Facts for a program. Boxed, so that a `Result` stays small.
    pub details: Option<Box<Value>>,
}

impl Error {
    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, details: None }
    }

    /// What was given cannot be what was meant.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// What was named does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// More than Notion takes, or than is read through.
    pub fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::LimitExceeded, message)
    }

    /// What Notion answered is not what it documents.
    pub fn unexpected_answer(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::UnexpectedAnswer, message)
    }

    /// Says what would work instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds facts for a program; those that are not JSON are left out.
    #[must_use]
    pub fn details(mut self, details: impl Serialize) -> Self {
        self.details = serde_json::to_value(details).ok().map(Box::new);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
