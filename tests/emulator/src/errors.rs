//! What the API answers instead of an object: one envelope, few codes.
//!
//! A handler returns a [`Refusal`]; only [`crate::gate`] turns one into a response. Status and code
//! are chosen by constructor, so that a code can't be sent under another status. The texts of
//! read-side refusals were recorded from the live API by third parties; those of write-side
//! refusals come from public reports, so tests should assert the code and not the text.

use serde_json::{Value, json};

/// A refusal in Notion's envelope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Boxed, because every handler's result is as large as its refusal.
    pub(crate) additional_data: Option<Box<Value>>,
    pub(crate) retry_after_seconds: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            code: code.to_owned(),
            message: message.into(),
            additional_data: None,
            retry_after_seconds: None,
        }
    }

    pub(crate) fn with_data(mut self, additional_data: Value) -> Refusal {
        self.additional_data = Some(Box::new(additional_data));
        self
    }

    /// Notion's error object, `request_id` last.
    pub(crate) fn body(&self, request_id: &str) -> Value {
        let mut body = json!({
            "object": "error", "status": self.status, "code": self.code, "message": self.message,
        });
        if let Value::Object(map) = &mut body {
            if let Some(data) = &self.additional_data {
                map.insert("additional_data".to_owned(), (**data).clone());
            }
            map.insert("request_id".to_owned(), Value::from(request_id));
        }
        body
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "validation_error", message)
}

pub(crate) fn invalid_url() -> Refusal {
    Refusal::new(400, "invalid_request_url", "Invalid request URL.")
}

pub(crate) fn invalid_json() -> Refusal {
    Refusal::new(400, "invalid_json", "Error parsing JSON body.")
}

pub(crate) fn unauthorized(message: &str) -> Refusal {
    Refusal::new(401, "unauthorized", message)
}

pub(crate) fn restricted(message: impl Into<String>) -> Refusal {
    Refusal::new(403, "restricted_resource", message)
}

pub(crate) fn bad_cursor(cursor: &str) -> Refusal {
    invalid(format!("The start_cursor provided is invalid: {cursor}"))
}

/// The answer for an object that doesn't exist, or that the integration may not see: the two must
/// not be told apart.
pub(crate) fn not_found(kind: &str, id: &str, integration: &str, integration_id: &str) -> Refusal {
    let relevant = match kind {
        "database" | "data source" => "pages and databases",
        "user" => {
            return Refusal::new(404, "object_not_found", format!("Could not find user with ID: {id}."))
                .with_data(json!({"integration_id": integration_id}));
        }
        _ => "pages and databases",
    };
    Refusal::new(
        404,
        "object_not_found",
        format!(
            "Could not find {kind} with ID: {id}. Make sure the relevant {relevant} are shared with your \
             integration \"{integration}\"."
        ),
    )
    .with_data(json!({"integration_id": integration_id}))
}
