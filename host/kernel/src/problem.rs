//! The one error type at the door.
//!
//! Inside, errors are enums that say what happened; a caller gets a [`Problem`], which says what it means for the call.
//! Its codes are part of the contract with clients: a code exists only where a caller has a reason to act differently.
//! What only the operator may read goes with a problem as its cause: the door logs it, with the call's id, and no surface tells it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Access;

/// Why a call didn't succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The arguments or the request can't be right.
    InvalidInput,
    /// No credential, or one that isn't known, has expired or was revoked.
    Unauthenticated,
    /// Known, but not allowed.
    Forbidden,
    /// No such tool, object or connection, or none that this principal may see.
    NotFound,
    /// The world changed or is not as the request assumes; or the same call is still running.
    Conflict,
    /// The idempotency key was used for another call.
    KeyReused,
    /// Too many requests, here or at Notion.
    RateLimited,
    /// The call needed more time, memory, requests or output than it may have.
    LimitExceeded,
    /// Notion, or what stands behind another provider, failed.
    UpstreamFailed,
    /// The request may or may not have been carried out, and no probe could tell.
    OutcomeUnknown,
    /// The caller has gone or asked to stop.
    Cancelled,
    /// The tool itself failed.
    Failed,
    /// The host can't serve at the moment.
    Unavailable,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::InvalidInput,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::KeyReused,
        Self::RateLimited,
        Self::LimitExceeded,
        Self::UpstreamFailed,
        Self::OutcomeUnknown,
        Self::Cancelled,
        Self::Failed,
        Self::Unavailable,
    ];

    /// The code as clients read it, such as `invalid_input`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::KeyReused => "key_reused",
            Self::RateLimited => "rate_limited",
            Self::LimitExceeded => "limit_exceeded",
            Self::UpstreamFailed => "upstream_failed",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Unavailable => "unavailable",
        }
    }
}

impl Code {
    /// Whether a refusal of this code says something of this moment alone: asked again, it may be answered.
    pub(crate) fn is_passing(self) -> bool {
        match self {
            Self::RateLimited
            | Self::Unavailable
            | Self::Cancelled
            | Self::OutcomeUnknown
            | Self::UpstreamFailed
            | Self::Unauthenticated
            | Self::Forbidden
            // Somebody changed it at the same time, or the time was over: the next one may find it otherwise, and goes on.
            | Self::Conflict
            | Self::LimitExceeded => true,
            Self::InvalidInput | Self::NotFound | Self::KeyReused | Self::Failed => false,
        }
    }

    fn general_hint(self) -> &'static str {
        match self {
            Self::InvalidInput => "compare the arguments with the tool's input schema",
            Self::Unauthenticated => "send a valid token: Authorization: Bearer ...",
            Self::Forbidden => "an operator can change what is allowed",
            Self::NotFound => "check the name or id, and whether you may see it",
            Self::Conflict => "read the current state and decide again",
            Self::KeyReused => "send a new key for a new wish",
            Self::RateLimited => "wait a little and try again",
            Self::LimitExceeded => "ask for less at once",
            Self::UpstreamFailed => "try again later",
            Self::OutcomeUnknown => "look whether it was done before you repeat it",
            Self::Cancelled => "nobody waits for this call any more",
            Self::Failed => "the operator finds the cause in the host's log, by the request id",
            Self::Unavailable => "try again in a few seconds",
        }
    }
}

/// Longest message or hint of a problem, in bytes: a plugin's or Notion's text must not flood a model's context.
pub const MAX_TEXT: usize = 2_000;

/// What the caller reads when a call didn't succeed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct Problem {
    /// What it means for the caller.
    pub code: Code,
    /// One sentence about what happened.
    pub message: String,
    /// What would make it work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Facts for programs, such as Notion's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<Value>>,
    /// What the operator reads in the log, and no caller.
    #[serde(skip)]
    pub cause: Option<Cause>,
    /// The access that the caller would have to be given: a client of OAuth asks the person for it. No provider sets it.
    #[serde(skip)]
    pub needs: Option<Access>,
}

/// The error behind a problem. Two problems that tell their callers the same are equal.
#[derive(Debug, Clone)]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl PartialEq for Cause {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Problem {
    /// Gives a problem that nobody had a better word for the hint of its code, so that every refusal has one.
    #[must_use]
    pub fn hinted(mut self) -> Self {
        let is_of_notion = self.details.as_ref().is_some_and(|details| details.get("notion").is_some());
        let general = match self.code {
            // The caller doesn't see the request that Notion's words are about.
            Code::InvalidInput if is_of_notion => {
                "Notion refused the request that was made of the arguments: change the argument that its words are about"
            }
            code => code.general_hint(),
        };
        self.hint.get_or_insert_with(|| general.to_owned());
        self
    }

    /// A problem without a hint.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: cut(message.into()), hint: None, details: None, cause: None, needs: None }
    }

    /// Adds what would make it work.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(cut(hint.into()));
        self
    }

    /// Says which access the caller would have to be given.
    #[must_use]
    pub fn needing(mut self, access: Access) -> Self {
        self.needs = Some(access);
        self
    }

    /// Keeps the error behind it for the host's log.
    #[must_use]
    pub fn caused_by(mut self, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Cause(Arc::new(error)));
        self
    }

    /// Takes the error behind it, for whoever logs it.
    pub fn take_cause(&mut self) -> Option<Arc<dyn std::error::Error + Send + Sync>> {
        self.cause.take().map(|Cause(error)| error)
    }

    /// Adds facts for programs.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let mut end = MAX_TEXT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_they_serialise() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let problem = Problem::new(Code::Failed, "ä".repeat(3_000));
        assert!(problem.message.len() <= MAX_TEXT + '…'.len_utf8());
        assert!(problem.message.ends_with('…'));
    }
}
