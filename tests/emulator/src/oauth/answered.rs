//! What operations of OAuth answer.

use serde_json::Value;

use crate::errors::Refusal;

/// What an operation of OAuth answers when it works.
pub(super) enum Answered {
    /// The browser goes on.
    Redirect(String),
    Body(Value),
}

/// What it answers when it doesn't: the OAuth shape, or Notion's own.
pub(super) enum Denied {
    OAuth { status: u16, error: &'static str, description: &'static str },
    Notion(Refusal),
}

pub(super) fn denied(status: u16, error: &'static str, description: &'static str) -> Denied {
    Denied::OAuth { status, error, description }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Denied {
        Denied::Notion(refusal)
    }
}
