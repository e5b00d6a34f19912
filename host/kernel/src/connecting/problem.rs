//! What goes wrong at Notion's authorization server, in the words of callers.

use std::time::Duration;

use super::AuthorizationError;
use crate::problem::{Code, Problem};

pub(super) fn refused_by_person(error: &str) -> Problem {
    if error == "access_denied" {
        return Problem::new(Code::Forbidden, "nobody agreed at Notion's page, so nothing was connected")
            .hint("begin again, choose pages and agree");
    }
    let error: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
    Problem::new(Code::UpstreamFailed, format!("Notion did not take the request ({error})")).hint(
        "the operator compares NOTION_OAUTH_CLIENT_ID and NOTION_OAUTH_REDIRECT_URI with the integration's page in Notion",
    )
}

/// The name that OAuth has for what went wrong (RFC 6749, 4.1.2.1).
pub(super) fn oauth_error(code: Code) -> &'static str {
    match code {
        Code::Forbidden => "access_denied",
        Code::RateLimited | Code::Unavailable => "temporarily_unavailable",
        _ => "server_error",
    }
}

pub(super) fn not_exchanged(error: AuthorizationError) -> Problem {
    tracing::warn!(%error, "connecting.not_exchanged");
    let problem = |message: &str| Problem::new(Code::UpstreamFailed, message);
    match error {
        AuthorizationError::Ended => problem("Notion no longer takes what it sent the browser back with").hint(
            "begin again; if that doesn't help, the operator compares NOTION_OAUTH_REDIRECT_URI with the integration's \
             page in Notion",
        ),
        AuthorizationError::Refused(error) => refused_for_the_operator(&error),
        AuthorizationError::Busy(wait) => busy(wait),
        AuthorizationError::Unreachable | AuthorizationError::Unknown => {
            problem("Notion did not answer, so nothing was connected").hint("begin again in a minute")
        }
    }
}

pub(super) fn refused_for_the_operator(error: &str) -> Problem {
    Problem::new(Code::UpstreamFailed, format!("Notion does not take this host's integration ({error})")).hint(
        "the operator compares NOTION_OAUTH_CLIENT_ID and NOTION_OAUTH_CLIENT_SECRET with the integration's page in Notion",
    )
}

pub(super) fn busy(wait: Duration) -> Problem {
    let seconds = wait.as_secs().max(1);
    Problem::new(Code::RateLimited, "Notion is taking no more requests for now")
        .hint(format!("try again in {seconds} s"))
        .details(serde_json::json!({"retry_after_seconds": seconds}))
}
