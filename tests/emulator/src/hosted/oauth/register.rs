//! Dynamic registration of clients (RFC 7591).

use serde_json::{Value, json};

use super::clients::{Client, Proof, Redirects, is_of_this_machine};
use super::denied::Denied;
use crate::gate::Gate;
use crate::hosted::answered::Answered;
use crate::hosted::asked::Asked;
use crate::json::{Peek, put};

/// The most redirect addresses that one client may have.
const MAX_REDIRECTS: usize = 10;
/// The longest name, and the longest address.
const MAX_TEXT_CHARS: usize = 2000;
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Registers a client. What it says of itself beyond what is needed here is ignored, as the standard has it.
pub(in crate::hosted) fn register(gate: &Gate, asked: &Asked) -> Result<Answered, Denied> {
    let metadata = |description| Denied::new(400, "invalid_client_metadata", description);
    if asked.media_type() != "application/json" || asked.bytes.len() > MAX_BODY_BYTES {
        return Err(metadata("The body must be a JSON object of application/json."));
    }
    let body = asked.json();
    if !body.is_object() {
        return Err(metadata("The body must be a JSON object."));
    }
    let redirects = redirects(&body)?;
    let proof = match body.at("token_endpoint_auth_method") {
        Value::Null => Proof::Basic,
        method => match method.as_str() {
            Some("none") => Proof::Nothing,
            Some("client_secret_post") => Proof::Post,
            Some("client_secret_basic") => Proof::Basic,
            _ => {
                return Err(metadata(
                    "token_endpoint_auth_method must be none, client_secret_post or client_secret_basic.",
                ));
            }
        },
    };
    let grants = strings(&body, "grant_types", "authorization_code")
        .filter(|grants| {
            grants.iter().all(|grant| matches!(grant.as_str(), "authorization_code" | "refresh_token"))
                && grants.iter().any(|grant| grant == "authorization_code")
        })
        .ok_or_else(|| {
            metadata("grant_types must name authorization_code, and beside it nothing but refresh_token.")
        })?;
    strings(&body, "response_types", "code")
        .filter(|types| types.iter().all(|kind| kind == "code"))
        .ok_or_else(|| metadata("response_types must be code."))?;
    let name = match body.at("client_name") {
        Value::Null => "A client without a name",
        name => name
            .as_str()
            .filter(|name| name.chars().count() <= MAX_TEXT_CHARS)
            .ok_or_else(|| metadata("client_name must be a text."))?,
    };

    let mut state = gate.state.lock();
    let now = state.clock.now();
    let hosted = &mut state.hosted;
    let id = hosted.id();
    let secret = (proof != Proof::Nothing).then(|| hosted.secret("mcs"));
    if let Some(secret) = &secret {
        hosted.labels.name(secret, format!("secret of {id}"));
    }
    let mut answer = json!({
        "client_id": id,
        "client_id_issued_at": now.unix_timestamp(),
        "client_name": name,
        "redirect_uris": redirects,
        "grant_types": grants,
        "response_types": ["code"],
        "token_endpoint_auth_method": match proof {
            Proof::Nothing => "none",
            Proof::Post => "client_secret_post",
            Proof::Basic | Proof::Either => "client_secret_basic",
        },
    });
    if let Some(secret) = &secret {
        put(&mut answer, "client_secret", json!(secret));
        put(&mut answer, "client_secret_expires_at", json!(0));
    }
    let client = Client {
        id: id.clone(),
        name: name.to_owned(),
        secret,
        proof,
        redirects: Redirects::Exactly(redirects),
        renews: grants.iter().any(|grant| grant == "refresh_token"),
    };
    if !hosted.clients.add(client) {
        return Err(Denied::new(429, "temporarily_unavailable", "There are too many clients."));
    }
    Ok(Answered::json(201, answer).with("cache-control", "no-store").noted(json!({ "client_id": id })))
}

/// Each an address over HTTPS, or of this machine; without a fragment.
fn redirects(body: &Value) -> Result<Vec<String>, Denied> {
    let denied = || {
        Denied::new(
            400,
            "invalid_redirect_uri",
            "redirect_uris must be a list of one to ten addresses over https, or of this machine over http, without a \
             fragment.",
        )
    };
    let listed = strings(body, "redirect_uris", "").ok_or_else(denied)?;
    let is_good = |address: &String| {
        let is_secure = url::Url::parse(address)
            .is_ok_and(|url| url.scheme() == "https" && url.has_host() && url.fragment().is_none());
        address.len() <= MAX_TEXT_CHARS && (is_secure || is_of_this_machine(address))
    };
    let is_count_good = (1..=MAX_REDIRECTS).contains(&listed.len());
    if is_count_good && listed.iter().all(is_good) { Ok(listed) } else { Err(denied()) }
}

/// A list of texts; one text where it is absent.
fn strings(body: &Value, member: &str, absent: &str) -> Option<Vec<String>> {
    match body.at(member) {
        Value::Null => Some(vec![absent.to_owned()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
