//! Whether the host is alive and can serve, for whatever watches over it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::Gateway;
use crate::envelope::{Refusal, of_host};

/// Answers as long as the process does; it asks nobody, so that a slow store doesn't get the host restarted.
pub(crate) async fn live() -> Response {
    of_host(&json!({"status": "ok"}))
}

/// Answers 503 while the store can't be reached, or a folder that the host works in is gone.
pub(crate) async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    match gateway.ground.check().await {
        Ok(()) => of_host(&json!({"status": "ok"})),
        Err(problem) => Refusal::from(problem).into_response(),
    }
}
