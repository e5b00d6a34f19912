//! `POST /oauth/token` and `POST /oauth/revoke`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Extensions, HeaderMap, StatusCode, header};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::json;
use toolbay_kernel::identity::{CredentialsOfClient, OAuthCode, OAuthError, TokenRequest};

use super::answer::{refusal, success, unreadable};
use super::form::{Form, NotAForm};
use super::origin::issuer;
use crate::Gateway;

/// The answer of RFC 6749, 5.1.
#[derive(Serialize)]
struct Tokens<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    scope: &'static str,
}

/// Answers with tokens.
pub(super) async fn token(
    State(gateway): State<Arc<Gateway>>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let asked = match read(&headers, body).await {
        Ok(asked) => asked,
        Err(text) => return unreadable(text),
    };
    let issuer = issuer(&gateway, &extensions, &headers);
    // In a task of its own: a code or token is used up by it, so a client that leaves meanwhile changes nothing.
    let answered = tokio::spawn(async move { gateway.identity.token(&issuer, asked).await }).await;
    let failed = |_| Err(OAuthError::new(OAuthCode::ServerError, "The host failed while it answered."));
    match answered.unwrap_or_else(failed) {
        Ok(answer) => {
            // Without a refresh token its member is left out: clients take `null` for one.
            let refresh = answer.refresh_token.as_ref().map(|token| token.expose_secret());
            success(
                StatusCode::OK,
                json!(Tokens {
                    access_token: answer.access_token.expose_secret(),
                    token_type: "Bearer",
                    expires_in: answer.expires_in,
                    refresh_token: refresh,
                    scope: answer.scope,
                }),
            )
        }
        Err(error) => refusal(&error),
    }
}

/// Revokes a token.
pub(super) async fn revoke(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Body) -> Response {
    match read(&headers, body).await {
        Ok(asked) => match gateway.identity.revoke(asked).await {
            Ok(()) => success(StatusCode::OK, json!({})),
            Err(error) => refusal(&error),
        },
        Err(text) => unreadable(text),
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<TokenRequest, NotAForm> {
    let form = Form::read(headers, body).await?;
    let text = |name| Ok::<_, NotAForm>(form.one(name)?.map(str::to_owned));
    Ok(TokenRequest {
        basic: basic(headers)?,
        grant_type: text("grant_type")?,
        client_id: text("client_id")?,
        client_secret: form.secret("client_secret")?,
        code: form.secret("code")?,
        redirect_uri: text("redirect_uri")?,
        code_verifier: form.secret("code_verifier")?,
        refresh_token: form.secret("refresh_token")?,
        scope: text("scope")?,
        resource: form.all("resource").map(str::to_owned).collect(),
        token: form.secret("token")?,
    })
}

/// The client of HTTP Basic; id and secret are written as a form's values are (RFC 6749, 2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<CredentialsOfClient>, NotAForm> {
    const UNREADABLE: NotAForm = "Authorization is HTTP Basic with the id and secret of the client.";
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(UNREADABLE),
    };
    let pair = value.to_str().ok().and_then(|text| {
        let (scheme, encoded) = text.split_once(' ')?;
        let decoded =
            STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let text = String::from_utf8(decoded).ok()?;
        let (id, secret) = text.split_once(':')?;
        let plain = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(std::borrow::Cow::into_owned)
        };
        Some((plain(id)?, plain(secret)?))
    });
    let (id, secret) = pair.ok_or(UNREADABLE)?;
    let secret = Some(secret).filter(|secret| !secret.is_empty()).map(SecretString::from);
    Ok(Some(CredentialsOfClient { id, secret }))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_client_is_named_by_basic_authentication() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            let value = format!("Basic {}", STANDARD.encode(text));
            headers.insert(header::AUTHORIZATION, HeaderValue::try_from(value).unwrap());
            basic(&headers)
        };
        let read = of("https%3A%2F%2Fa.example%2Fx:s%2Bs").unwrap().unwrap();
        assert_eq!((read.id.as_str(), read.secret.unwrap().expose_secret()), ("https://a.example/x", "s+s"));
        assert!(of("id:").unwrap().unwrap().secret.is_none());
        assert!(of("no colon").is_err());
        assert!(basic(&HeaderMap::new()).unwrap().is_none());
        let mut bearer = HeaderMap::new();
        bearer.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        assert!(basic(&bearer).is_err());
    }
}
