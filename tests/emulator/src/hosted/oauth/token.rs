//! The token endpoint, and revocation.

use std::sync::Arc;

use serde_json::{Value, json};
use time::Duration;

use super::authenticate;
use super::challenge::proves;
use super::denied::Denied;
use super::grants::Grant;
use super::requested::{Requested, Who};
use super::{metadata, people};
use crate::gate::Gate;
use crate::hosted::answered::Answered;
use crate::hosted::asked::Asked;
use crate::hosted::form::Parameters;
use crate::json::put;
use crate::model::integration::{Integration, Token};
use crate::state::State;

const NO_FORM: &str = "The body must be a form of application/x-www-form-urlencoded, each parameter once.";

/// Gives a pair of tokens for a code or for a refresh token.
pub(in crate::hosted) fn token(gate: &Gate, asked: &Asked) -> Result<Answered, Denied> {
    let form = Parameters::of_form(asked).ok_or_else(|| Denied::request(NO_FORM))?;
    let mut state = gate.state.lock();
    let client = authenticate::client(&state.hosted.clients, asked, &form)?;
    let (client_id, renews) = (client.id.clone(), client.renews);
    let place = match form.get("grant_type") {
        Some("authorization_code") => exchanged(&mut state, &form, &client_id)?,
        Some("refresh_token") if renews => renewed(&mut state, &form, &client_id)?,
        Some("refresh_token") => {
            return Err(Denied::new(
                400,
                "unauthorized_client",
                "The client didn't register for refresh_token.",
            ));
        }
        _ => {
            return Err(Denied::new(
                400,
                "unsupported_grant_type",
                "grant_type must be authorization_code or refresh_token.",
            ));
        }
    };
    let (body, label) = issued(&mut state, place, renews).ok_or_else(Denied::grant)?;
    Ok(Answered::json(200, body).with("cache-control", "no-store").noted(json!({ "issued": label })))
}

/// Makes a token, and whatever was given with it, worthless. One that is worthless already, or another client's, is no
/// error (RFC 7009).
pub(in crate::hosted) fn revoke(gate: &Gate, asked: &Asked) -> Result<Answered, Denied> {
    let form = Parameters::of_form(asked).ok_or_else(|| Denied::request(NO_FORM))?;
    let mut state = gate.state.lock();
    let client_id = authenticate::client(&state.hosted.clients, asked, &form)?.id.clone();
    let token = form.get("token").ok_or_else(|| Denied::request("token is needed."))?;
    state.hosted.grants.revoke(token, &client_id);
    Ok(Answered::empty(200).with("cache-control", "no-store"))
}

/// The grant that a code opens.
fn exchanged(state: &mut State, form: &Parameters, client_id: &str) -> Result<usize, Denied> {
    let needed = "code, redirect_uri, code_verifier and resource are needed.";
    let get = |name: &str| form.get(name).ok_or_else(|| Denied::request(needed));
    let (code, redirect_uri) = (get("code")?, get("redirect_uri")?);
    let (verifier, resource) = (get("code_verifier")?, get("resource")?);
    let now = state.clock.now();
    let (requested, who) = state.hosted.grants.redeem(code, now).ok_or_else(Denied::grant)?;
    if requested.client_id != client_id
        || requested.redirect_uri != redirect_uri
        || !proves(verifier, &requested.challenge)
    {
        return Err(Denied::grant());
    }
    if requested.resource != resource {
        return Err(Denied::new(
            400,
            "invalid_target",
            "resource is not the one that the code was given for.",
        ));
    }
    let grant = grant(state, requested, who);
    Ok(state.hosted.grants.open(Some(code), grant))
}

fn grant(state: &mut State, requested: Requested, who: Who) -> Grant {
    // The writes of the hosted server are the person's own, not those of a bot.
    let integration = Integration {
        id: state.hosted.id(),
        bot_id: who.person_id.clone(),
        token: Token { name: "Notion MCP".to_owned(), ..Token::new("") },
    };
    let workspace_id = state.hosted.workspace_id(&who.workspace);
    Grant::new(requested, who, workspace_id, Arc::new(integration), state.clock.now())
}

/// What the person of the consent would have given to the client of the start.
pub(in crate::hosted) fn given(gate: &Gate) -> Value {
    let mut state = gate.state.lock();
    let consent = state.hosted.consent.clone();
    let who = people::who(&mut state, &consent.person, &consent.workspace);
    let requested = Requested {
        client_id: gate.options.hosted_client.client_id.clone(),
        redirect_uri: String::new(),
        state: String::new(),
        challenge: String::new(),
        resource: metadata::resource(&gate.base),
    };
    let grant = grant(&mut state, requested, who);
    let place = state.hosted.grants.open(None, grant);
    issued(&mut state, place, true).map(|(body, _)| body).unwrap_or_default()
}

/// The grant that a refresh token renews.
fn renewed(state: &mut State, form: &Parameters, client_id: &str) -> Result<usize, Denied> {
    let needed = "refresh_token and resource are needed.";
    let get = |name: &str| form.get(name).ok_or_else(|| Denied::request(needed));
    let (token, resource) = (get("refresh_token")?, get("resource")?);
    let now = state.clock.now();
    let hosted = &mut state.hosted;
    if !hosted.grants.is_for(token, client_id, resource) {
        return Err(Denied::new(400, "invalid_target", "resource is not the one of the grant."));
    }
    hosted.grants.renewable(token, client_id, hosted.settings.rotation, now).ok_or_else(Denied::grant)
}

/// A new pair for a grant, and how the record calls it.
fn issued(state: &mut State, place: usize, renews: bool) -> Option<(Value, String)> {
    let now = state.clock.now();
    let workspace = Arc::clone(&state.workspace);
    let hosted = &mut state.hosted;
    let access = hosted.secret("mca");
    let refresh = renews.then(|| hosted.secret("mcr"));
    let seconds = hosted.settings.access_seconds;
    let until = now.saturating_add(Duration::seconds(i64::from(seconds)));
    let rotation = hosted.settings.rotation;
    let grant = hosted.grants.get_mut(place)?;
    grant.give(&access, refresh.as_deref(), until, rotation, now);
    let number = format!("{}.{}", place + 1, grant.generation);
    let person = workspace.users.iter().find(|user| user.id == grant.who.person_id);
    let mut body = json!({
        "access_token": access,
        "token_type": "bearer",
        "expires_in": seconds,
        "scope": "",
        "workspace_id": grant.workspace_id,
        "workspace_name": grant.who.workspace,
        "workspace_icon": null,
        "owner": { "type": "user", "user": person.map(|user| user.to_json(&workspace, true)) },
    });
    let label = format!("access-{number}");
    hosted.labels.name(&access, label.clone());
    if let Some(refresh) = refresh {
        hosted.labels.name(&refresh, format!("refresh-{number}"));
        put(&mut body, "refresh_token", json!(refresh));
    }
    Some((body, label))
}
