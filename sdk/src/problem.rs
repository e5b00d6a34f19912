//! Why a tool, or something that it asked the host for, did not succeed.

use std::error::Error;
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use toolbay_sdk_notion::ErrorKind;

/// The kind of a [`Problem`]; callers branch on it, people read the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The arguments cannot be what was meant.
    InvalidInput,
    /// What the call names does not exist, or this connection cannot see it.
    NotFound,
    /// Not allowed by policy, by a grant, or by Notion.
    Forbidden,
    /// The world changed meanwhile, or holds something that is in the way.
    Conflict,
    /// Too many requests; later it may work.
    RateLimited,
    /// A limit of the host on size, count or time was reached.
    LimitExceeded,
    /// Notion, or another service, answered wrongly or not at all.
    UpstreamFailed,
    /// The request may or may not have been carried out, and no probe could tell.
    OutcomeUnknown,
    /// The caller asked to stop.
    Cancelled,
    /// Anything else; usually a mistake in the plugin.
    Failed,
}

impl Code {
    /// The code as callers see it, such as `invalid_input`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::LimitExceeded => "limit_exceeded",
            Self::UpstreamFailed => "upstream_failed",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A failure in words that help its caller, who is often a model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// What kind of failure it is.
    pub code: Code,
    /// What went wrong, in one sentence.
    pub message: String,
    /// What would make it work: the valid options, the nearest names, the id to use instead.
    pub hint: Option<String>,
    /// Facts for a program, such as Notion's status and code. Boxed, so that a `Result` stays small.
    pub details: Option<Box<Value>>,
}

impl Problem {
    /// A problem of this kind; the named constructors read better where the kind is known.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, details: None }
    }

    /// The arguments cannot be what was meant.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidInput, message)
    }

    /// What the call names does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// What the call names is there, and not allowed to it.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, message)
    }

    /// What is there is in the way: a change under way, or a state that excludes this one.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message)
    }

    /// Too many requests in a span of time; later the same call may work.
    pub fn rate_limited(message: impl Into<String>) -> Self {
        Self::new(Code::RateLimited, message)
    }

    /// A limit on size, count or time was reached.
    pub fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(Code::LimitExceeded, message)
    }

    /// Another service answered wrongly or not at all.
    pub fn upstream_failed(message: impl Into<String>) -> Self {
        Self::new(Code::UpstreamFailed, message)
    }

    /// Nobody can tell whether the request was carried out.
    pub fn outcome_unknown(message: impl Into<String>) -> Self {
        Self::new(Code::OutcomeUnknown, message)
    }

    /// The caller asked to stop.
    pub fn cancelled(message: impl Into<String>) -> Self {
        Self::new(Code::Cancelled, message)
    }

    /// A failure that none of the other kinds describes.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Code::Failed, message)
    }

    /// Says what would make it work.
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

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl Error for Problem {}

/// JSON that is not what the plugin expects is the plugin's failure; arguments are checked before it runs.
impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(format!("JSON did not have the expected shape: {error}"))
    }
}

/// What is wrong with what was given, or answered, as callers are told it.
impl From<toolbay_sdk_notion::Error> for Problem {
    // Not at each `?` anew: guests are smaller, and what goes well is faster.
    #[cold]
    #[inline(never)]
    fn from(error: toolbay_sdk_notion::Error) -> Self {
        let code = match error.kind {
            ErrorKind::InvalidInput => Code::InvalidInput,
            ErrorKind::NotFound => Code::NotFound,
            ErrorKind::LimitExceeded => Code::LimitExceeded,
            ErrorKind::UnexpectedAnswer => Code::UpstreamFailed,
        };
        Self { code, message: error.message, hint: error.hint, details: error.details }
    }
}
