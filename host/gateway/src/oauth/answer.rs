//! How OAuth answers programs: JSON of its own shape, never kept by anybody on the way (RFC 6749, 5.1 and 5.2).

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use toolbay_kernel::identity::{OAuthCode, OAuthError};

/// A success.
pub(super) fn success(status: StatusCode, body: Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A refusal.
pub(super) fn refusal(error: &OAuthError) -> Response {
    let status = match error.code {
        OAuthCode::InvalidClient => StatusCode::UNAUTHORIZED,
        OAuthCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        OAuthCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({"error": error.code.as_str(), "error_description": error.description()});
    let mut response = success(status, body);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static(r#"Basic realm="toolbay""#);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A request that can't be read.
pub(super) fn unreadable(text: &str) -> Response {
    refusal(&OAuthError::new(OAuthCode::InvalidRequest, text))
}
