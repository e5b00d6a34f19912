//! The authorization endpoint, and the person in front of it.

use serde_json::json;
use time::Duration;

use super::challenge::is_challenge;
use super::denied::Denied;
use super::grants::Code;
use super::metadata;
use super::requested::{Requested, back};
use super::{page, people};
use crate::gate::Gate;
use crate::hosted::answered::Answered;
use crate::hosted::asked::Asked;
use crate::hosted::form::Parameters;
use crate::state::State;

/// How long a page waits for an answer, and how many pages wait at once.
const PAGE_LIFETIME: Duration = Duration::minutes(10);
const MAX_PAGES: usize = 1000;

/// Sends the browser back as the consent says, or shows the page. A request whose client or address is wrong isn't sent
/// back: nobody knows where to.
pub(in crate::hosted) fn authorize(gate: &Gate, asked: &Asked) -> Result<Answered, Denied> {
    let parameters = Parameters::parse(asked.query.as_bytes())
        .ok_or_else(|| Denied::request("A parameter comes twice, or is too long."))?;
    let get = |name: &str| parameters.get(name).unwrap_or_default();
    let mut state = gate.state.lock();
    let Some(client) = state.hosted.clients.get(get("client_id")) else {
        return Err(Denied::new(400, "invalid_client", "The client_id is unknown."));
    };
    let redirect_uri = get("redirect_uri");
    if !client.may_send_to(redirect_uri) {
        return Err(Denied::request("The redirect_uri is not one of the client's, to the letter."));
    }
    let name = client.name.clone();
    let refuse = |error: &str, description: &str| {
        let parameters = [("error", error), ("error_description", description)];
        Ok(redirect(back(redirect_uri, get("state"), &parameters)).noted(json!({ "error": error })))
    };
    if get("response_type") != "code" {
        return refuse("unsupported_response_type", "response_type must be code.");
    }
    if get("state").is_empty() {
        return refuse("invalid_request", "state is needed.");
    }
    if get("code_challenge_method") != "S256" || !is_challenge(get("code_challenge")) {
        return refuse("invalid_request", "code_challenge is needed, with the code_challenge_method S256.");
    }
    let resource = get("resource");
    let is_known = resource == metadata::resource(&gate.base)
        || state.hosted.settings.other_resources.iter().any(|other| other == resource);
    if !is_known {
        return refuse("invalid_target", "resource must be the address of the MCP server.");
    }
    let requested = Requested {
        client_id: get("client_id").to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state: get("state").to_owned(),
        challenge: get("code_challenge").to_owned(),
        resource: resource.to_owned(),
    };
    let consent = state.hosted.consent.clone();
    if consent.page {
        if state.hosted.pages.len() >= MAX_PAGES {
            return refuse("temporarily_unavailable", "Too many pages wait for an answer.");
        }
        let request = state.hosted.secret("ask");
        let shown = page::page(&name, &requested, &request, &people::names(&state), &consent.workspace);
        let now = state.clock.now();
        state.hosted.pages.insert(request, (requested, now));
        return Ok(shown);
    }
    if !consent.agrees {
        return Ok(denied(&requested));
    }
    Ok(agreed(&mut state, requested, &consent.person, &consent.workspace))
}

/// What a link of the page does: each page is answered once.
pub(in crate::hosted) fn answer_page(gate: &Gate, asked: &Asked) -> Result<Answered, Denied> {
    let unknown = || Denied::request("The page is unknown, was answered, or waited too long.");
    let parameters = Parameters::parse(asked.query.as_bytes()).ok_or_else(unknown)?;
    let mut state = gate.state.lock();
    let now = state.clock.now();
    let (requested, shown) =
        state.hosted.pages.remove(parameters.get("request").unwrap_or_default()).ok_or_else(unknown)?;
    if now - shown >= PAGE_LIFETIME {
        return Err(unknown());
    }
    match (parameters.get("person"), parameters.get("workspace")) {
        (Some(person), Some(workspace)) if people::names(&state).iter().any(|known| known == person) => {
            Ok(agreed(&mut state, requested, person, workspace))
        }
        _ => Ok(denied(&requested)),
    }
}

fn agreed(state: &mut State, requested: Requested, person: &str, workspace: &str) -> Answered {
    let who = people::who(state, person, workspace);
    let given = state.clock.now();
    let hosted = &mut state.hosted;
    let code = hosted.secret("mcc");
    let location = requested.back(&[("code", &code)]);
    let label = hosted.grants.keep(&code, Code { requested, who, given, opened: None, is_used: false });
    hosted.labels.name(&code, label.clone());
    redirect(location).noted(json!({ "code": label }))
}

fn denied(requested: &Requested) -> Answered {
    redirect(requested.back(&[("error", "access_denied")])).noted(json!({ "error": "access_denied" }))
}

fn redirect(location: String) -> Answered {
    Answered::empty(302).with("location", location).with("cache-control", "no-store")
}
