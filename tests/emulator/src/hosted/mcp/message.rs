//! Messages of JSON-RPC, as strictly as the protocol has them: one at a time, with an id that is a text or a whole number.

use serde_json::{Map, Value};

use super::problem::{PARSE, Problem};

/// The most bytes of one message.
const MAX_BYTES: usize = 1024 * 1024;

pub(super) enum Message {
    Request(Request),
    Notification { method: String, params: Map<String, Value> },
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: Value,
    pub(super) method: String,
    pub(super) params: Map<String, Value>,
}

impl Message {
    pub(super) fn method(&self) -> &str {
        match self {
            Message::Request(request) => &request.method,
            Message::Notification { method, .. } => method,
        }
    }

    pub(super) fn params(&self) -> &Map<String, Value> {
        match self {
            Message::Request(request) => &request.params,
            Message::Notification { params, .. } => params,
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Message, Problem> {
        if bytes.len() > MAX_BYTES {
            return Err(Problem::http(413, "The message is longer than 1 MiB."));
        }
        let value = serde_json::from_slice(bytes)
            .map_err(|_| Problem::new(400, PARSE, "The body is not JSON. Send one message."))?;
        let Value::Object(mut body) = value else {
            return Err(Problem::request("The body is not one message. Batches are not spoken here."));
        };
        if body.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(Problem::request("jsonrpc must be \"2.0\"."));
        }
        let method = match body.remove("method") {
            Some(Value::String(method)) => method,
            Some(_) => return Err(Problem::request("method must be a text.")),
            None => return Err(Problem::request("The message is an answer to nothing that was asked.")),
        };
        let params = match body.remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(Problem::request("params must be an object.")),
        };
        match body.remove("id") {
            None => Ok(Message::Notification { method, params }),
            Some(id) if id.is_string() || id.is_i64() || id.is_u64() => {
                Ok(Message::Request(Request { id, method, params }))
            }
            Some(_) => Err(Problem::request("id must be a text or a whole number.")),
        }
    }
}
