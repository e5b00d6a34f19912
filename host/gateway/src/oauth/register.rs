//! `POST /oauth/register`: a client that describes itself (RFC 7591).

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http_body_util::{BodyExt as _, Limited};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use toolbay_kernel::identity::{DEFAULT_SCOPE, scope_of};

use super::answer::{refusal, success, unreadable};
use crate::Gateway;

/// Largest description, in bytes.
const MAX_BYTES: usize = 64 * 1024;

pub(super) async fn register(State(gateway): State<Arc<Gateway>>, body: Body) -> Response {
    let body = match Limited::new(body, MAX_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return unreadable("The body is too long, or broke off."),
    };
    match gateway.identity.register(&body).await {
        Ok(client) => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let known = json!({
                "client_id": client.id,
                "client_id_issued_at": now.as_secs(),
                "client_name": client.name,
                "redirect_uris": client.redirect_uris,
                "token_endpoint_auth_method": client.authentication,
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "scope": scope_of(DEFAULT_SCOPE),
            });
            let mut answer = known.as_object().cloned().unwrap_or_default();
            if let Some(secret) = &client.secret {
                answer.insert("client_secret".to_owned(), json!(secret.expose_secret()));
                answer.insert("client_secret_expires_at".to_owned(), json!(0));
            }
            success(StatusCode::CREATED, Value::Object(answer))
        }
        Err(error) => refusal(&error),
    }
}
