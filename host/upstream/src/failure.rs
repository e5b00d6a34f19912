//! Why a server didn't answer a request, and what that means for what was asked.

use std::error::Error;
use std::time::Duration;

use rmcp::ServiceError;
use rmcp::model::{ErrorCode, ErrorData};
use rmcp::transport::streamable_http_client::StreamableHttpError;
use toolbay_kernel::printable;

use crate::events::EventError;
use crate::line_limit::TOO_LONG;
use crate::settings::MAX_MESSAGE;

/// Longest text of a server's that a problem quotes, in bytes.
const MAX_QUOTED: usize = 500;

/// Longest wait that a server can ask for, in seconds.
const MAX_WAIT_SECONDS: u64 = 3_600;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It was certainly not asked: there is no connection.
    #[error("it can't be reached: {why}")]
    Away {
        why: String,
        /// After this it is tried again.
        again_in: Duration,
    },
    /// It said that it knows no such request, before it did anything.
    #[error("it refused the call: {0}")]
    Refused(String),
    /// It said that the request was wrong. Some servers say so also of what went wrong afterwards.
    #[error("it found the call wrong: {0}")]
    Wrong(String),
    /// It wants a credential that it wasn't given.
    #[error("it wants to be authorised")]
    Unauthorized,
    /// It knows the credential, and doesn't let it do that.
    #[error("it doesn't allow that")]
    Forbidden,
    /// Nobody has connected an account there.
    #[error("nobody has connected an account there")]
    NoAccount,
    /// It asked to wait.
    #[error("it is busy, and asks to be left alone for {} s", wait.as_secs())]
    Busy { wait: Duration },
    /// It may have done what it was asked.
    #[error("{0}")]
    Lost(String),
}

/// What a failed request means.
pub(crate) fn of(error: &ServiceError) -> Failure {
    match error {
        ServiceError::McpError(said) => of_error(said),
        ServiceError::TransportSend(sending) => of_sending(sending.error.as_ref()),
        ServiceError::TransportClosed => Failure::Lost("the connection broke before it answered".to_owned()),
        ServiceError::Timeout { timeout } => {
            Failure::Lost(format!("it didn't answer within {} s", timeout.as_secs()))
        }
        ServiceError::UnexpectedResponse => Failure::Lost("its answer isn't one to a tool's call".to_owned()),
        other => Failure::Lost(printable::line(&other.to_string(), MAX_QUOTED)),
    }
}

/// With another error than these it may have failed on the way.
fn of_error(said: &ErrorData) -> Failure {
    let text = printable::line(&said.message, MAX_QUOTED);
    match said.code {
        ErrorCode::METHOD_NOT_FOUND | ErrorCode::PARSE_ERROR => Failure::Refused(text),
        ErrorCode::INVALID_PARAMS | ErrorCode::INVALID_REQUEST => Failure::Wrong(text),
        ErrorCode(TOO_LONG) => Failure::Lost(format!("its answer is longer than {MAX_MESSAGE} bytes")),
        _ => Failure::Lost(format!("it failed: {text}")),
    }
}

/// What it means that a message couldn't be sent, or wasn't answered by HTTP. Nothing of the error's own words is told: they hold addresses.
pub(crate) fn of_sending(error: &(dyn Error + Send + Sync + 'static)) -> Failure {
    let error: &(dyn Error + 'static) = error;
    let mut cause = Some(error);
    while let Some(current) = cause {
        match current.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
            Some(StreamableHttpError::HttpStatus(status)) => {
                return of_status(status.status, status.retry_after.as_deref());
            }
            Some(StreamableHttpError::AuthRequired(_)) => return Failure::Unauthorized,
            Some(StreamableHttpError::InsufficientScope(_)) => return Failure::Forbidden,
            // Its word, and no proof that nothing was done.
            Some(StreamableHttpError::SessionExpired) => {
                return Failure::Lost("it says that it has lost the session".to_owned());
            }
            Some(StreamableHttpError::ResponseBodyTooLarge { max_size }) => {
                return Failure::Lost(format!("its answer is longer than {max_size} bytes"));
            }
            Some(StreamableHttpError::UnexpectedServerResponse(said)) => {
                // `HTTP 403 Forbidden: ` and what the server said.
                let status = said.strip_prefix("HTTP ").and_then(|rest| rest.get(..3)?.parse().ok());
                return status.map_or_else(unreadable, |status| of_status(status, None));
            }
            _ => {}
        }
        if let Some(error) = current.downcast_ref::<EventError>() {
            return match error {
                EventError::Status { status, retry_after } => of_status(*status, retry_after.as_deref()),
                EventError::NotConnected | EventError::Settings(_) => away(),
                EventError::Broken | EventError::Place => broken(),
            };
        }
        if let Some(http) = current.downcast_ref::<reqwest::Error>()
            && http.is_connect()
        {
            return away();
        }
        cause = current.source();
    }
    broken()
}

fn of_status(status: u16, retry_after: Option<&str>) -> Failure {
    match status {
        401 => Failure::Unauthorized,
        403 => Failure::Forbidden,
        429 | 529 => {
            let seconds = retry_after.and_then(|text| text.trim().parse().ok()).unwrap_or(1_u64);
            Failure::Busy { wait: Duration::from_secs(seconds.min(MAX_WAIT_SECONDS)) }
        }
        code => Failure::Lost(format!("it answered with status {code}")),
    }
}

fn away() -> Failure {
    Failure::Away { why: "no connection could be made".to_owned(), again_in: Duration::ZERO }
}

fn broken() -> Failure {
    Failure::Lost("the connection broke before it answered".to_owned())
}

fn unreadable() -> Failure {
    Failure::Lost("its answer can't be read".to_owned())
}
