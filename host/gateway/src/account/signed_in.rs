//! `/v1/session` and `/v1/account/sign-out`.

use axum::extract::Request;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use toolbay_kernel::identity::Session;
use toolbay_kernel::{Code, Problem};

use crate::asked::{Asked, read, takes_nothing_else};
use crate::envelope::{Refusal, of_host};
use crate::oauth::browser::take;
use crate::oauth::cookie::SESSION;
use crate::public_origin::PublicOrigin;
use crate::rest::listing::addresses;
use crate::session;

/// `GET /v1/session`: who is calling, and what this host is to them.
pub(super) fn session(asked: &Asked<'_>, request: &Request) -> Result<Response, Refusal> {
    takes_nothing_else(request)?;
    let (gateway, principal) = (asked.gateway, asked.principal);
    let origin = PublicOrigin::of(request.extensions(), &gateway.settings);
    let profiles: Vec<&str> = gateway.settings.profiles.iter().map(|(name, _)| name.as_str()).collect();
    let mut told = json!({
        "name": principal.name,
        "kind": principal.kind.as_str(),
        "administers": principal.administers,
        "strongest": principal.strongest,
        "version": gateway.settings.version,
        "chat": gateway.chat.is_some(),
        "people_may_sign_in": gateway.connecting.people_may_sign_in(),
        "profiles": profiles,
        "addresses": addresses(origin),
    });
    if let (Some(session), Some(members)) = (request.extensions().get::<Session>(), told.as_object_mut()) {
        members.insert("form_token".into(), session.form_token.as_str().into());
    }
    Ok(of_host(&told))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignOut {
    #[serde(default)]
    everywhere: bool,
}

/// `POST /v1/account/sign-out`: ends the session, or all of its principal.
pub(super) async fn sign_out(asked: &Asked<'_>, request: Request) -> Result<Response, Refusal> {
    let gateway = asked.gateway;
    let cookie =
        request.extensions().get::<Session>().and_then(|_| session::cookie(gateway, request.headers()));
    let SignOut { everywhere } = read(request).await?;
    let Some(cookie) = cookie else {
        return Err(Problem::new(Code::Conflict, "A token is no session, so nobody is signed out.")
            .hint("An operator ends a token: DELETE /v1/administration/tokens/{id}.")
            .into());
    };
    gateway.identity.sign_out(&cookie, everywhere).await?;
    let mut response = of_host(&json!({"signed_out": true}));
    take(gateway, &mut response, &SESSION);
    Ok(response)
}
