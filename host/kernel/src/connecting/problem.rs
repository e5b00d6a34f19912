//! What goes wrong at an authorization server, in the words of callers.

use std::time::Duration;

use super::AuthorizationError;
use crate::problem::{Code, Problem};
use crate::system::System;

/// What an operator compares when an authorization server doesn't take this host as its client.
fn comparing(system: &System) -> String {
    match system {
        System::Notion => "the operator compares NOTION_OAUTH_CLIENT_ID, NOTION_OAUTH_CLIENT_SECRET and \
                           NOTION_OAUTH_REDIRECT_URI with the integration's page in Notion"
            .to_owned(),
        System::Upstream(name) => {
            format!(
                "the operator compares [upstreams.{name}.oauth] of toolbay.toml with what that server has"
            )
        }
    }
}

/// A system's name at the beginning of a sentence.
pub(super) fn title(system: &System) -> String {
    match system {
        System::Notion => "Notion".to_owned(),
        System::Upstream(name) => format!("The MCP server `{name}`"),
    }
}

pub(super) fn refused_by_person(system: &System, error: &str) -> Problem {
    if error == "access_denied" {
        return match system {
            System::Notion => {
                Problem::new(Code::Forbidden, "nobody agreed at Notion's page, so nothing was connected")
                    .hint("begin again, choose pages and agree")
            }
            System::Upstream(name) => {
                let message =
                    format!("nobody agreed at the page of the MCP server `{name}`, so nothing was connected");
                Problem::new(Code::Forbidden, message).hint("begin again, and agree")
            }
        };
    }
    let error: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
    Problem::new(Code::UpstreamFailed, format!("{} did not take the request ({error})", title(system)))
        .hint(comparing(system))
}

/// The name that OAuth has for what went wrong (RFC 6749, 4.1.2.1).
pub(super) fn oauth_error(code: Code) -> &'static str {
    match code {
        Code::Forbidden => "access_denied",
        Code::RateLimited | Code::Unavailable => "temporarily_unavailable",
        _ => "server_error",
    }
}

/// Why there is no page where a person could agree.
pub(super) fn not_begun(system: &System, error: AuthorizationError) -> Problem {
    tracing::warn!(%system, %error, "connecting.not_begun");
    match error {
        AuthorizationError::Busy(wait) => busy(system, wait),
        AuthorizationError::Refused(error) => refused_for_the_operator(system, &error),
        AuthorizationError::Ended | AuthorizationError::Unreachable | AuthorizationError::Unknown => {
            Problem::new(Code::UpstreamFailed, format!("{} does not answer", title(system)))
                .hint("begin again in a minute")
        }
    }
}

pub(super) fn not_exchanged(system: &System, error: AuthorizationError) -> Problem {
    tracing::warn!(%system, %error, "connecting.not_exchanged");
    let problem = |message: &str| Problem::new(Code::UpstreamFailed, format!("{} {message}", title(system)));
    match error {
        AuthorizationError::Ended => {
            problem("no longer takes what it sent the browser back with").hint(match system {
                System::Notion => {
                    "begin again; if that doesn't help, the operator compares NOTION_OAUTH_REDIRECT_URI with the \
                     integration's page in Notion"
                }
                System::Upstream(_) => "begin again",
            })
        }
        AuthorizationError::Refused(error) => refused_for_the_operator(system, &error),
        AuthorizationError::Busy(wait) => busy(system, wait),
        AuthorizationError::Unreachable | AuthorizationError::Unknown => {
            problem("did not answer, so nothing was connected").hint("begin again in a minute")
        }
    }
}

pub(super) fn refused_for_the_operator(system: &System, error: &str) -> Problem {
    let message = match system {
        System::Notion => format!("Notion does not take this host's integration ({error})"),
        System::Upstream(name) => {
            format!("The MCP server `{name}` does not take this host as its client ({error})")
        }
    };
    Problem::new(Code::UpstreamFailed, message).hint(comparing(system))
}

pub(super) fn busy(system: &System, wait: Duration) -> Problem {
    let seconds = wait.as_secs().max(1);
    Problem::new(Code::RateLimited, format!("{} is taking no more requests for now", title(system)))
        .hint(format!("try again in {seconds} s"))
        .details(serde_json::json!({"retry_after_seconds": seconds}))
}
