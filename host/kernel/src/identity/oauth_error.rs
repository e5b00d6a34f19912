//! What OAuth answers when it refuses.

use std::fmt;

use crate::ports::StoreError;
use crate::problem::Problem;

/// The names that OAuth has for refusals: RFC 6749 (4.1.2.1, 5.2), RFC 7591 (3.2.2), RFC 8707 (2), RFC 7009 (2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OAuthCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
    UnsupportedResponseType,
    InvalidTarget,
    InvalidRedirectUri,
    InvalidClientMetadata,
    AccessDenied,
    ServerError,
    TemporarilyUnavailable,
}

impl OAuthCode {
    /// The code as clients read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

/// A refusal of OAuth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct OAuthError {
    pub code: OAuthCode,
    description: String,
}

impl OAuthError {
    /// A refusal with a sentence for developers. What a sentence may not hold (RFC 6749, 5.2: quotes, backslashes,
    /// everything but printable ASCII) is left out of it.
    #[must_use]
    pub fn new(code: OAuthCode, description: impl Into<String>) -> Self {
        let mut description = description.into();
        description
            .retain(|character| matches!(character, ' '..='~') && character != '"' && character != '\\');
        Self { code, description }
    }

    /// The sentence.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code.as_str(), self.description)
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "identity.store_failed");
        Self::new(OAuthCode::TemporarilyUnavailable, "The host can't answer at the moment. Try again.")
    }
}

impl From<Problem> for OAuthError {
    fn from(problem: Problem) -> Self {
        tracing::error!(%problem, "identity.failed");
        Self::new(OAuthCode::ServerError, "The host failed while it answered.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_only_what_the_standard_allows() {
        let error = OAuthError::new(OAuthCode::InvalidGrant, "No \"scope\" \\ like\n`ä`.");
        assert_eq!(error.to_string(), "invalid_grant: No scope  like``.");
    }
}
