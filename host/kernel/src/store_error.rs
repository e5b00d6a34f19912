//! What goes wrong in the store, for whoever asked it.

use std::fmt;

use crate::problem::{Code, Problem};

/// What a failure of the store means for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// It can't be reached, or takes too long.
    Unreachable,
    /// Something else was changed at the same time: the same may work when it is tried again.
    Conflict,
    /// A row holds what no version of the host wrote, or can't be decrypted.
    Damaged,
    /// It has no room for more.
    Full,
    /// It doesn't take what it was given.
    Refused,
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unreachable => "it can't be reached",
            Self::Conflict => "something else was changed at the same time",
            Self::Damaged => "a row can't be read",
            Self::Full => "there is no room for more",
            Self::Refused => "it refuses",
        })
    }
}

/// The store failed. The text may name tables and addresses: it is for the operator.
#[derive(Debug, thiserror::Error)]
#[error("the store failed, {kind}: {source}")]
pub struct StoreError {
    /// What it means.
    pub kind: StoreErrorKind,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl StoreError {
    /// A failure of this kind.
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind, source: source.into() }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let problem = match error.kind {
            StoreErrorKind::Damaged => {
                Self::new(Code::Failed, "the host's store holds something that can't be read")
            }
            StoreErrorKind::Full => Self::new(
                Code::Unavailable,
                "The host has no room left to record what it does, so it does nothing.",
            )
            .hint("The operator has to make room on its disk. Send the same again after that."),
            StoreErrorKind::Unreachable | StoreErrorKind::Conflict | StoreErrorKind::Refused => {
                Self::new(Code::Unavailable, "the host's store can't be reached at the moment")
                    .hint("try again in a few seconds; the operator finds the cause in the host's log")
            }
        };
        problem.caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_kept_for_the_operator_and_not_told_to_the_caller() {
        let error = StoreError::new(StoreErrorKind::Unreachable, "no route to secret-host:5432");
        let mut problem = Problem::from(error);
        let told = serde_json::to_string(&problem).unwrap();
        assert!(!told.contains("secret-host") && !problem.to_string().contains("secret-host"), "{told}");
        assert!(problem.take_cause().unwrap().to_string().contains("secret-host"));
        assert!(problem.take_cause().is_none(), "it is logged once");
    }
}
