//! Refusals of the edge, in the form of the surface that was asked.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::header;
use rmcp::ErrorData;
use rmcp::model::JsonRpcError;
use toolbay_kernel::Problem;

use super::place::Place;
use crate::envelope::{Refusal, status, wait};

/// The envelope; over MCP an error of JSON-RPC, without an id because the message was not read.
pub(crate) fn refused(path: &str, problem: Problem) -> Response {
    if Place::of(path) != Place::Mcp {
        return Refusal::from(problem).into_response();
    }
    let message = match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.message),
        None => problem.message.clone(),
    };
    let error = ErrorData::invalid_request(message, serde_json::to_value(&problem).ok());
    let later = [(header::RETRY_AFTER, wait(&problem).to_string())];
    (status(problem.code), later, Json(JsonRpcError::new(None, error))).into_response()
}
