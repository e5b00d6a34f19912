//! Why a server didn't answer a request, and what that means for what was asked.

use std::error::Error;
use std::time::Duration;

use rmcp::ServiceError;
use rmcp::model::{ErrorCode, ErrorData};
use rmcp::transport::streamable_http_client::{HttpStatusError, StreamableHttpError};
use toolbay_kernel::printable;

/// Longest text of a server's that a problem quotes, in characters.
const MAX_QUOTED: usize = 500;

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
    /// It said no, by the protocol's own error, before it did anything.
    #[error("it refused the call: {0}")]
    Refused(String),
    /// It wants a credential that it wasn't given.
    #[error("it wants to be authorised")]
    Unauthorized,
    /// It asked to wait.
    #[error("it is busy")]
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

/// Errors that say that a request was wrong, so that nothing was done; with another one it may have failed on the way.
fn of_error(said: &ErrorData) -> Failure {
    let text = printable::line(&said.message, MAX_QUOTED);
    match said.code {
        ErrorCode::INVALID_PARAMS
        | ErrorCode::INVALID_REQUEST
        | ErrorCode::METHOD_NOT_FOUND
        | ErrorCode::PARSE_ERROR => Failure::Refused(text),
        _ => Failure::Lost(format!("it failed: {text}")),
    }
}

fn of_sending(error: &(dyn Error + 'static)) -> Failure {
    let mut cause = Some(error);
    while let Some(current) = cause {
        match current.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
            Some(StreamableHttpError::HttpStatus(status)) => return of_status(status),
            Some(StreamableHttpError::AuthRequired(_) | StreamableHttpError::InsufficientScope(_)) => {
                return Failure::Unauthorized;
            }
            Some(StreamableHttpError::SessionExpired) => {
                return Failure::Away { why: "its session is over".to_owned(), again_in: Duration::ZERO };
            }
            Some(StreamableHttpError::ResponseBodyTooLarge { max_size }) => {
                return Failure::Lost(format!("its answer is longer than {max_size} bytes"));
            }
            _ => {}
        }
        if let Some(http) = current.downcast_ref::<reqwest::Error>()
            && http.is_connect()
        {
            let why = "no connection could be made".to_owned();
            return Failure::Away { why, again_in: Duration::ZERO };
        }
        cause = current.source();
    }
    Failure::Lost("the connection broke before it answered".to_owned())
}

fn of_status(status: &HttpStatusError) -> Failure {
    match status.status {
        429 | 529 => {
            let seconds =
                status.retry_after.as_deref().and_then(|text| text.trim().parse().ok()).unwrap_or(1);
            Failure::Busy { wait: Duration::from_secs(seconds) }
        }
        code => Failure::Lost(format!("it answered with status {code}")),
    }
}
