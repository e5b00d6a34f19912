//! Replies, and what faults make of them.

use std::io;

use axum::body::Body;
use axum::http::{Response, header};
use serde_json::{Map, Value, json};

use crate::errors::Refusal;
use crate::faults::FaultKind;
use crate::handlers::Committed;
use crate::ratelimit::rate_limited;

/// What goes back over the wire.
pub(crate) enum Reply {
    Answer {
        status: u16,
        content_type: &'static str,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// Nothing: the connection closes.
    Drop,
}

impl Reply {
    /// The response; an error closes the connection.
    pub(crate) fn respond(self) -> io::Result<Response<Body>> {
        let Reply::Answer { status, content_type, headers, body } = self else {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "a fault closes this connection"));
        };
        let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, content_type);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(Body::from(body)).map_err(io::Error::other)
    }

    /// The status, where there is a reply.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Reply::Answer { status, .. } => Some(*status),
            Reply::Drop => None,
        }
    }
}

pub(crate) fn early_refusal(fault: Option<&FaultKind>) -> Option<Refusal> {
    match fault? {
        FaultKind::Refuse { status, code, message } => Some(Refusal::new(
            *status,
            code,
            message.clone().unwrap_or_else(|| default_message(code).to_owned()),
        )),
        FaultKind::RateLimited { retry_after_seconds, reason } => {
            Some(rate_limited(*retry_after_seconds, reason))
        }
        FaultKind::Overloaded { retry_after_seconds } => {
            let mut refusal =
                Refusal::new(529, "service_overload", "The service is overloaded. Please try again later.")
                    .with_data(json!({"retry_after": retry_after_seconds.to_string()}));
            refusal.retry_after_seconds = Some(*retry_after_seconds);
            Some(refusal)
        }
        _ => None,
    }
}

fn default_message(code: &str) -> &'static str {
    match code {
        "conflict_error" => "Conflict occurred while saving. Please try again.",
        "internal_server_error" => "Unexpected error occurred.",
        "service_unavailable" => "Public API service is temporarily unavailable, please try again later.",
        "unauthorized" => "API token is invalid.",
        _ => "The emulator was told to refuse this request.",
    }
}

/// The answer of an operation that was done, as the fault lets the client see it.
pub(crate) fn disguised(
    fault: Option<&FaultKind>,
    status: u16,
    value: &Value,
    committed: Option<&Committed>,
    request_id: &str,
) -> Reply {
    match fault {
        Some(FaultKind::ApplyThenDrop) => Reply::Drop,
        Some(FaultKind::ApplyThenStatus { status: 503, guidance }) => {
            let mut data = Map::new();
            if *guidance {
                let advice = ["Read the object again before you decide to repeat the write."];
                data.insert("retry_guidance".to_owned(), json!(advice));
                if let Some(committed) = committed {
                    data.insert("committed_resource_id".to_owned(), json!(committed.resource_id));
                    if !committed.child_ids.is_empty() {
                        data.insert("committed_child_ids".to_owned(), json!(committed.child_ids));
                    }
                }
            }
            let message = if *guidance {
                "The change was saved, but the response could not be built in time. Read the object again instead of \
                 repeating the write."
            } else {
                "Public API service is temporarily unavailable, please try again later."
            };
            let mut refusal = Refusal::new(503, "service_unavailable", message);
            if !data.is_empty() {
                refusal = refusal.with_data(Value::Object(data));
            }
            refused(&refusal, request_id)
        }
        Some(FaultKind::ApplyThenStatus { status, .. }) => Reply::Answer {
            status: *status,
            content_type: "text/html",
            headers: Vec::new(),
            body: format!("<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>")
                .into_bytes(),
        },
        Some(FaultKind::ApplyThenBody { body }) => json_reply(status, body, request_id, None),
        Some(FaultKind::ApplyThenWithout { members }) => {
            let mut body = value.clone();
            if let Some(body) = body.as_object_mut() {
                body.retain(|key, _| !members.contains(key));
            }
            json_reply(status, &body, request_id, None)
        }
        Some(FaultKind::Garbage) => {
            let text = value.to_string();
            let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(place, _)| place);
            let body = text.get(..half).unwrap_or_default().as_bytes().to_vec();
            Reply::Answer { status, content_type: JSON, headers: Vec::new(), body }
        }
        Some(FaultKind::Huge { bytes }) => {
            let mut body = b"{\"object\":\"list\",\"padding\":\"".to_vec();
            body.resize(body.len() + bytes, b'x');
            body.extend_from_slice(b"\"}");
            Reply::Answer { status, content_type: JSON, headers: Vec::new(), body }
        }
        _ => json_reply(status, value, request_id, None),
    }
}

/// Recorded.
const JSON: &str = "application/json; charset=utf-8";

pub(crate) fn refused(refusal: &Refusal, request_id: &str) -> Reply {
    json_reply(refusal.status, &refusal.body(request_id), request_id, refusal.retry_after_seconds)
}

pub(crate) fn json_reply(
    status: u16,
    body: &Value,
    request_id: &str,
    retry_after_seconds: Option<u64>,
) -> Reply {
    let mut headers = vec![("x-notion-request-id", request_id.to_owned())];
    if let Some(seconds) = retry_after_seconds {
        headers.push(("retry-after", seconds.to_string()));
    }
    Reply::Answer { status, content_type: JSON, headers, body: body.to_string().into_bytes() }
}
