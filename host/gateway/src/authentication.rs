//! Who is calling: bearer tokens, and on REST the sessions of browsers.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use secrecy::SecretString;
use toolbay_kernel::identity::{DEFAULT_SCOPE, Session, scope_of};
use toolbay_kernel::principal::PrincipalKind;
use toolbay_kernel::{Access, Code, Principal, Problem, Surface};
use url::Url;

use crate::Gateway;
use crate::edge;
use crate::edge::client::Client;
use crate::envelope::Refusal;
use crate::needs::Needs;
use crate::oauth::{PROTECTED_RESOURCE, origin};
use crate::public_origin::PublicOrigin;
use crate::session;

/// Longest credential that is looked up, in bytes: an access token of an identity provider with many claims is far
/// shorter.
const MAX_TOKEN: usize = 4_096;

/// Who calls, and by which way in.
struct Caller {
    principal: Arc<Principal>,
    surface: Surface,
    /// The session that they have in a browser.
    session: Option<Session>,
}

/// Middleware that lets only known principals pass; behind it a request's extensions hold an [`Arc<Principal>`], the [`Surface`], and
/// the [`Session`] of who came by one.
pub async fn authenticate(State(gateway): State<Arc<Gateway>>, mut request: Request, next: Next) -> Response {
    let (uri, extensions, headers) = (request.uri(), request.extensions(), request.headers());
    match caller(&gateway, request.method(), uri, extensions, headers).await {
        Ok(Caller { principal, surface, session }) => {
            if let Err(problem) = gateway.edge.rates.principal(&principal) {
                return edge::refused(request.uri().path(), problem);
            }
            // Only a client of OAuth can ask for more.
            let asked = (principal.kind == PrincipalKind::OAuth)
                .then(|| Asked::of(&gateway, request.uri(), request.extensions(), request.headers()));
            // Nothing behind this point has a use for the token, and what isn't there can't be logged.
            request.headers_mut().remove(header::AUTHORIZATION);
            request.extensions_mut().insert(principal);
            request.extensions_mut().insert(surface);
            if let Some(session) = session {
                request.extensions_mut().insert(session);
            }
            let response = next.run(request).await;
            match (response.extensions().get::<Needs>(), asked) {
                (Some(Needs(access)), Some(asked)) => insufficient(&asked, *access, response),
                _ => response,
            }
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Who sent a request: by a token, or on REST by the session of a browser.
async fn caller(
    gateway: &Gateway,
    method: &Method,
    uri: &Uri,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Result<Caller, Refusal> {
    if !(uri.path().starts_with("/v1/") && session::asks_on_rest(gateway, headers)) {
        let principal = principal(gateway, uri, extensions, headers).await?;
        return Ok(Caller { principal, surface: Surface::Rest, session: None });
    }
    session::check_site(headers)?;
    let Some(session) = session::brought(gateway, headers).await? else {
        let asked = Asked::of(gateway, uri, extensions, headers);
        let problem = Problem::new(Code::Unauthenticated, "Your session here has ended.")
            .hint("Sign in again: /sign-in. The operator's link comes from `toolbay session link`.");
        let challenge = asked.challenge("", DEFAULT_SCOPE);
        return Err(Refusal::from(problem).header(header::WWW_AUTHENTICATE, challenge));
    };
    session::check_form_token(method, headers, &session)?;
    let principal = Arc::clone(&session.principal);
    Ok(Caller { principal, surface: Surface::Console, session: Some(session) })
}

/// Who sent a request with these headers.
pub(crate) async fn principal(
    gateway: &Gateway,
    uri: &Uri,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Result<Arc<Principal>, Refusal> {
    let refused = |message: &str, error: &str| {
        let asked = Asked::of(gateway, uri, extensions, headers);
        if let Some(left_out) = gateway.edge.unauthenticated.take(Instant::now()) {
            let client = extensions.get::<Client>().map(|client| tracing::field::display(client.address));
            tracing::info!(client, part = asked.part, reason = message, left_out, "request.unauthenticated");
        }
        unauthenticated(message, asked.challenge(error, DEFAULT_SCOPE))
    };
    let token = bearer(headers).ok_or_else(|| refused("this needs a bearer token", ""))?;
    match gateway.principals.authenticate(&token).await.map_err(Problem::from)? {
        Some(principal) => Ok(principal),
        None => Err(refused("the bearer token is unknown, expired or revoked", r#"error="invalid_token", "#)),
    }
}

/// Tells a client of OAuth which scope to ask the person for (RFC 6750, 3.1), whatever else the answer says.
fn insufficient(asked: &Asked, access: Access, mut response: Response) -> Response {
    *response.status_mut() = StatusCode::FORBIDDEN;
    let challenge = asked.challenge(r#"error="insufficient_scope", "#, access);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// Which part of this host was asked, and under which name.
struct Asked {
    public: Url,
    host: Option<HeaderValue>,
    part: &'static str,
}

impl Asked {
    fn of(gateway: &Gateway, uri: &Uri, extensions: &Extensions, headers: &HeaderMap) -> Self {
        let first = uri.path().trim_start_matches('/').split('/').next();
        let part = match first {
            Some("v1" | "api") => "v1",
            Some("sse" | "messages") => "sse",
            _ => "mcp",
        };
        let public = PublicOrigin::of(extensions, &gateway.settings).clone();
        Self { public, host: headers.get(header::HOST).cloned(), part }
    }

    /// Where a client finds out how to get a token (RFC 9728, 5.1), and which scope is worth asking for.
    fn challenge(&self, error: &str, access: Access) -> HeaderValue {
        let issuer = origin::known_as(&self.public, self.host.as_ref());
        let (origin, part, scope) = (origin::text(&issuer), self.part, scope_of(access));
        let text = format!(
            r#"Bearer realm="toolbay", {error}resource_metadata="{origin}{PROTECTED_RESOURCE}/{part}", scope="{scope}""#
        );
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(r#"Bearer realm="toolbay""#))
    }
}

/// The one bearer token of a request; none when there is no header, more than one, or another scheme.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    let is_token = scheme.eq_ignore_ascii_case("bearer")
        && !token.is_empty()
        && token.len() <= MAX_TOKEN
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    is_token.then(|| SecretString::from(token))
}

fn unauthenticated(message: &str, challenge: HeaderValue) -> Refusal {
    let problem = Problem::new(Code::Unauthenticated, message).hint(
        "clients that speak OAuth sign in by the address in `WWW-Authenticate`; others send `Authorization: Bearer \
         TOKEN`, and the operator creates one with `toolbay token create`",
    );
    Refusal::from(problem).header(header::WWW_AUTHENTICATE, challenge)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn bearer_of(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        bearer(&headers).map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn exactly_one_well_formed_token_counts() {
        assert_eq!(bearer_of(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(bearer_of(&["bearer  abc "]).as_deref(), Some("abc"));
        for bad in ["", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "abc", "Bearer\tabc"] {
            assert_eq!(bearer_of(&[bad]), None, "{bad}");
        }
        assert_eq!(bearer_of(&["Bearer abc", "Bearer def"]), None);
        assert_eq!(bearer_of(&[&format!("Bearer {}", "x".repeat(MAX_TOKEN + 1))]), None);
    }
}
