//! What every operation refers to: the envelope, the refusals, the security scheme.

use http::StatusCode;
use serde_json::{Map, Value, json};
use toolbay_kernel::Code;

use crate::envelope;

/// A refusal that an operation may answer with.
pub(crate) struct Refused {
    status: StatusCode,
    name: &'static str,
    description: &'static str,
}

const fn refused(status: StatusCode, name: &'static str, description: &'static str) -> Refused {
    Refused { status, name, description }
}

/// Every refusal, in the order of its status.
const REFUSED: [Refused; 14] = [
    refused(StatusCode::BAD_REQUEST, "InvalidInput", "The arguments or the request can't be right."),
    refused(
        StatusCode::UNAUTHORIZED,
        "Unauthenticated",
        "The bearer token is missing, unknown, expired or revoked.",
    ),
    refused(StatusCode::FORBIDDEN, "Forbidden", "Known, but not allowed."),
    refused(StatusCode::NOT_FOUND, "NotFound", "No such tool, object or connection for this caller."),
    refused(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "The request did not arrive in time."),
    refused(
        StatusCode::CONFLICT,
        "Conflict",
        "The world is not as the request assumes, or the same call is still running.",
    ),
    refused(StatusCode::PAYLOAD_TOO_LARGE, "TooLarge", "The body is too large."),
    refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "NotJson", "The body is not declared as JSON."),
    refused(
        StatusCode::UNPROCESSABLE_ENTITY,
        "LimitExceeded",
        "The call needs more time, memory or output than it may have, or its idempotency key was used for another one.",
    ),
    refused(StatusCode::TOO_MANY_REQUESTS, "RateLimited", "Too many requests, here or at Notion."),
    refused(envelope::CLIENT_CLOSED_REQUEST, "Cancelled", "The call was cancelled."),
    refused(StatusCode::BAD_GATEWAY, "Failed", "Notion, or the tool itself, failed."),
    refused(StatusCode::SERVICE_UNAVAILABLE, "Unavailable", "The host can't serve at the moment."),
    refused(
        StatusCode::GATEWAY_TIMEOUT,
        "OutcomeUnknown",
        "It may or may not have been carried out; look before repeating.",
    ),
];

/// Which refusals an operation may answer with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusals {
    /// Those of a call with a body.
    CallWithBody,
    /// Those of a call without.
    Call,
    /// Those of the host's own lists.
    Host,
    /// Those of a health check.
    Health,
}

impl Refusals {
    fn include(self, status: StatusCode) -> bool {
        let is_of_body = matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
        match self {
            Self::CallWithBody => true,
            Self::Call => !is_of_body,
            Self::Host => matches!(
                status,
                StatusCode::BAD_REQUEST
                    | StatusCode::UNAUTHORIZED
                    | StatusCode::FORBIDDEN
                    | StatusCode::SERVICE_UNAVAILABLE
            ),
            Self::Health => status == StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The responses of an operation: its success, and the refusals that can occur.
pub(crate) fn responses(result: Value, refusals: Refusals) -> Value {
    let mut responses = Map::new();
    responses.insert("200".into(), success(result));
    for refused in REFUSED.iter().filter(|refused| refusals.include(refused.status)) {
        let reference = format!("#/components/responses/{}", refused.name);
        responses.insert(refused.status.as_str().into(), json!({"$ref": reference}));
    }
    Value::Object(responses)
}

fn success(result: Value) -> Value {
    json!({
        "description": "The call succeeded.",
        "content": {"application/json": {"schema": {
            "type": "object",
            "properties": {
                "ok": {"type": "boolean", "enum": [true]},
                "result": result,
                "content": {"type": "array", "items": {"$ref": "#/components/schemas/Content"}},
                "meta": {"$ref": "#/components/schemas/Meta"},
            },
            "required": ["ok", "result", "meta"],
        }}},
    })
}

/// The document's components.
pub(crate) fn components() -> Value {
    let mut responses = Map::new();
    for refused in &REFUSED {
        let mut response = json!({
            "description": refused.description,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
        });
        if matches!(refused.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
            && let Some(members) = response.as_object_mut()
        {
            let wait =
                json!({"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}});
            members.insert("headers".into(), wait);
        }
        responses.insert(refused.name.into(), response);
    }
    json!({
        "securitySchemes": {"bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of this host: `toolbay token create`.",
        }},
        "schemas": schemas(),
        "responses": responses,
    })
}

fn schemas() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "Meta": {
            "type": "object",
            "properties": {
                "request_id": {"type": "string", "description": "Names this request in the host's log and audit."},
                "duration_ms": {"type": "integer", "description": "How long the call took, in milliseconds."},
                "replayed_of": {"type": "string", "description": "The first call, whose recorded answer this is."},
            },
            "required": ["request_id"],
        },
        "Content": {
            "type": "object",
            "description": "A part of an answer that isn't JSON.",
            "properties": {
                "type": {"type": "string", "enum": ["text", "image", "audio", "resource"]},
                "text": {"type": "string"},
                "uri": {"type": "string"},
                "mime_type": {"type": "string"},
                "data": {"type": "string", "description": "Bytes in base64."},
            },
            "required": ["type"],
        },
        "Failure": {
            "type": "object",
            "properties": {
                "ok": {"type": "boolean", "enum": [false]},
                "error": {
                    "type": "object",
                    "properties": {
                        "code": {"type": "string", "enum": codes, "description": "What it means for the caller."},
                        "message": {"type": "string", "description": "What happened."},
                        "hint": {"type": "string", "description": "What would make it work."},
                        "details": {"description": "Facts for programs."},
                    },
                    "required": ["code", "message"],
                },
                "meta": {"$ref": "#/components/schemas/Meta"},
            },
            "required": ["ok", "error", "meta"],
        },
    })
}

/// A schema that also takes null. A union of types would say the same, and not every client reads one.
pub(super) fn or_null(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_response() {
        for code in Code::ALL {
            let status = envelope::status(code);
            assert!(REFUSED.iter().any(|refused| refused.status == status), "{code:?} answers {status}");
        }
    }
}
