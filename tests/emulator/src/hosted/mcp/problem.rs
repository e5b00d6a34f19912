//! Refusals of the MCP endpoint, each an error of JSON-RPC under a status of HTTP.

use serde_json::{Value, json};

use crate::hosted::answered::Answered;
use crate::json::put;

pub(super) const PARSE: i64 = -32700;
pub(super) const INVALID_REQUEST: i64 = -32600;
pub(super) const UNKNOWN_METHOD: i64 = -32601;
pub(super) const INVALID_PARAMETERS: i64 = -32602;
pub(super) const HEADER_MISMATCH: i64 = -32020;
pub(super) const UNSUPPORTED_VERSION: i64 = -32022;
/// The server's own, for what has no code.
const REFUSED: i64 = -32000;

/// A refusal, before it is known which request it answers.
#[derive(Debug)]
pub(in crate::hosted) struct Problem {
    pub(super) status: u16,
    code: i64,
    message: String,
    data: Option<Value>,
}

impl Problem {
    pub(super) fn new(status: u16, code: i64, message: impl Into<String>) -> Problem {
        Problem { status, code, message: message.into(), data: None }
    }

    pub(super) fn request(message: impl Into<String>) -> Problem {
        Problem::new(400, INVALID_REQUEST, message)
    }

    /// What only HTTP has a word for.
    pub(in crate::hosted) fn http(status: u16, message: impl Into<String>) -> Problem {
        Problem::new(status, REFUSED, message)
    }

    pub(super) fn with_data(mut self, data: Value) -> Problem {
        self.data = Some(data);
        self
    }

    /// The answer to a request; `null` as its id where it has none that could be read.
    pub(in crate::hosted) fn answer(self, id: &Value) -> Answered {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(data) = self.data {
            put(&mut error, "data", data);
        }
        let body = json!({ "jsonrpc": "2.0", "id": id, "error": error });
        Answered::json(self.status, body).noted(json!({ "error": self.code }))
    }
}
