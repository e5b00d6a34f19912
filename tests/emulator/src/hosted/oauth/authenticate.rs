//! Which client asks at the token endpoint, by the proof that it registered.

use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::clients::{Client, Clients, Proof};
use super::denied::Denied;
use crate::hosted::asked::Asked;
use crate::hosted::form::Parameters;

/// The client that a request comes from.
pub(super) fn client<'a>(
    clients: &'a Clients,
    asked: &Asked,
    form: &Parameters,
) -> Result<&'a Client, Denied> {
    let failed = || {
        Denied::new(
            401,
            "invalid_client",
            "The client is unknown, or its proof is not the one it registered.",
        )
    };
    let (id, secret, sent) = match asked.headers.contains_key(AUTHORIZATION) {
        true => {
            if form.get("client_secret").is_some() {
                return Err(Denied::request("A client proves who it is in one way, not in two."));
            }
            let (id, secret) = asked.header(AUTHORIZATION).and_then(basic).ok_or_else(failed)?;
            if form.get("client_id").is_some_and(|other| other != id) {
                return Err(failed());
            }
            (id, Some(secret), Proof::Basic)
        }
        false => {
            let id = form.get("client_id").ok_or_else(failed)?.to_owned();
            match form.get("client_secret") {
                Some(secret) => (id, Some(secret.to_owned()), Proof::Post),
                None => (id, None, Proof::Nothing),
            }
        }
    };
    let client = clients.get(&id).ok_or_else(failed)?;
    let is_way_good = client.proof == sent || client.proof == Proof::Either && sent != Proof::Nothing;
    if is_way_good && client.secret == secret { Ok(client) } else { Err(failed()) }
}

/// Id and secret of a header; both are encoded as in a form before they are joined (RFC 6749, 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let joined = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    let decoded = |text: &str| crate::check::query_string::decode(text);
    Some((decoded(id), decoded(secret)))
}
