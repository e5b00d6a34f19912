//! Refusals of tools, as results: the same JSON as text and as structured content.

use serde_json::{Value, json};

use crate::errors::Refusal;
use crate::json::{Peek, put};

/// What a model reads when a tool refuses.
pub(in crate::hosted) fn refused(refusal: &Refusal) -> Value {
    let mut error = json!({ "code": refusal.code, "message": refusal.message });
    if refusal.status == 429 {
        put(&mut error, "code", json!("rate_limited"));
        put(&mut error, "retry_after_seconds", json!(refusal.retry_after_seconds));
        let data = refusal.additional_data.as_deref().unwrap_or(&Value::Null);
        put(&mut error, "rate_limit_reason", data.at("rate_limit_reason").clone());
    } else {
        put(&mut error, "status", json!(refusal.status));
    }
    json!({ "error": error })
}
