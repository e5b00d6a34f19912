//! `/sign-in` and `/sign-out`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::{Code, Problem};

use super::browser::{address_of, failed, foreign_form, give, is_own_form, sent_to, take};
use super::cookie::{CONNECT, SESSION};
use super::form::Form;
use super::page::Page;
use super::query::Query;
use crate::Gateway;
use crate::console;
use crate::envelope::Refusal;
use crate::session;

/// Asks who somebody is. A link of the operator's signs in only when its button is pressed: programs that look at links
/// before people do would use it up.
pub(super) async fn ask(State(gateway): State<Arc<Gateway>>, uri: Uri) -> Response {
    let (Query([request, link]), _) = match Query::read(&uri, ["request", "link"]) {
        Ok(query) => query,
        Err(refusal) => return failed(refusal.into_problem()),
    };
    let has_notion = gateway.connecting.people_may_sign_in();
    let hidden = html! {
        @if let Some(request) = &request { input type="hidden" name="request" value=(request); }
    };
    let content = match &link {
        Some(link) => by_link(&hidden, link),
        None => by_choice(&hidden, has_notion),
    };
    Page::new("Sign in", content).with_forms_that_lead_away().into_response()
}

fn by_link(hidden: &Markup, link: &str) -> Markup {
    html! {
        p { "This link signs you in as the operator of this host, once." }
        form method="post" action="/sign-in" {
            (hidden)
            input type="hidden" name="link" value=(link);
            p.actions { button { "Sign in as operator" } }
        }
    }
}

fn by_choice(hidden: &Markup, has_notion: bool) -> Markup {
    html! {
        @if has_notion {
            form method="post" action="/sign-in" {
                (hidden)
                input type="hidden" name="how" value="notion";
                p.actions { button { "Continue with Notion" } }
            }
            p.quiet { "Notion asks which pages this host may use, and tells it who you are." }
        }
        form method="post" action="/sign-in" {
            (hidden)
            label for="token" { "With an API token" }
            input id="token" name="token" type="password" autocomplete="off" required;
            p.actions { button.plain { "Sign in" } }
        }
        p.quiet { "The operator of this host signs in by a link: toolbay session link prints one." }
    }
}

/// Signs somebody in.
pub(super) async fn enter(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Body) -> Response {
    if !is_own_form(&headers) {
        return foreign_form();
    }
    entered(&gateway, &headers, body).await.unwrap_or_else(failed)
}

async fn entered(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    let unreadable = |text: &str| Refusal::invalid(text.trim_end_matches('.').to_lowercase()).into_problem();
    let form = Form::read(headers, body).await.map_err(unreadable)?;
    let request = form.secret("request").map_err(unreadable)?;
    let before = session::cookie(gateway, headers);
    let cookie = if let Some(link) = form.secret("link").map_err(unreadable)? {
        gateway.identity.sign_in_by_link(&link, before.as_ref()).await?
    } else if let Some(token) = form.secret("token").map_err(unreadable)? {
        let token = SecretString::from(token.expose_secret().trim());
        gateway.identity.sign_in_by_token(&token, before.as_ref()).await?
    } else if form.one("how").map_err(unreadable)? == Some("notion") {
        // Who comes with a client's request decides about that first, on its own page.
        if let Some(request) = &request {
            return Ok(sent_to(&address_of(request)));
        }
        let begun = gateway.connecting.sign_in(None).await?;
        let mut response = sent_to(begun.authorize_url.as_str());
        give(gateway, &mut response, &CONNECT, &begun.browser);
        return Ok(response);
    } else {
        return Err(Problem::new(Code::InvalidInput, "the form says nothing about who signs in"));
    };
    let next = request.map_or_else(|| console::START.to_owned(), |request| address_of(&request));
    let mut response = sent_to(&next);
    give(gateway, &mut response, &SESSION, &cookie);
    Ok(response)
}

/// Ends the session, or every one of whoever is signed in.
pub(super) async fn leave(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Body) -> Response {
    if !is_own_form(&headers) {
        return foreign_form();
    }
    left(&gateway, &headers, body).await.unwrap_or_else(failed)
}

async fn left(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    let form = signed(gateway, headers, body).await?;
    if let (Some(form), Some(cookie)) = (form, session::cookie(gateway, headers)) {
        gateway.identity.sign_out(&cookie, form.all("everywhere").next().is_some()).await?;
    }
    let mut response = sent_to("/sign-in");
    take(gateway, &mut response, &SESSION);
    Ok(response)
}

/// A form of the session that the browser brought; none without a session.
///
/// # Errors
///
/// When the form isn't of this session.
pub(super) async fn signed(
    gateway: &Gateway,
    headers: &HeaderMap,
    body: Body,
) -> Result<Option<Form>, Problem> {
    let Some(session) = session::brought(gateway, headers).await? else { return Ok(None) };
    let form = Form::read(headers, body)
        .await
        .map_err(|text| Problem::new(Code::InvalidInput, text.trim_end_matches('.').to_lowercase()))?;
    let shown = form.one("form_token").ok().flatten().unwrap_or_default();
    if session::is_shown(&session, shown.as_bytes()) {
        return Ok(Some(form));
    }
    Err(Problem::new(Code::Forbidden, "this form is not of your session").hint("load the page again"))
}
