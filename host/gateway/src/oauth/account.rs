//! `/account`: who is signed in, and which clients act for them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use maud::{Markup, html};
use time::OffsetDateTime;
use time::macros::format_description;
use toolbay_kernel::audit::Actor;
use toolbay_kernel::identity::{ClientGrant, Session, scope_of};
use toolbay_kernel::principal::Allowed;
use toolbay_kernel::{Code, PrincipalId, Problem, Surface};

use super::browser::{failed, foreign_form, is_own_form, sent_to};
use super::page::Page;
use super::sign_in::signed;
use crate::Gateway;
use crate::console;
use crate::session;

/// Shows the account of whoever is signed in.
pub(super) async fn show(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Response {
    shown(&gateway, &headers).await.unwrap_or_else(failed)
}

async fn shown(gateway: &Gateway, headers: &HeaderMap) -> Result<Response, Problem> {
    let Some(session) = session::brought(gateway, headers).await? else { return Ok(sent_to("/sign-in")) };
    let (sessions, grants) = gateway.identity.account(session.principal.id).await?;
    let content = html! {
        p { "You are " strong { (session.principal.name) } ", signed in in " (sessions.len()) " browser" @if sessions.len() != 1 { "s" } "." }
        p { a href=(console::START) { "Open the console" } }
        form.actions method="post" action="/sign-out" {
            (form_token(&session))
            button.plain { "Sign out" }
            button.plain name="everywhere" value="yes" { "Sign out everywhere" }
        }
        h2 { "Programs that act for you" }
        @if grants.is_empty() { p.quiet { "None." } }
        @for grant in &grants { (listed(&session, grant)) }
    };
    Ok(Page::new("Account", content).with_forms().into_response())
}

fn listed(session: &Session, grant: &ClientGrant) -> Markup {
    html! {
        form.grant method="post" action="/account" {
            (form_token(session))
            input type="hidden" name="grant" value=(grant.id);
            div {
                strong { (grant.client_name) }
                " " span.quiet {
                    (scope_of(grant.strongest)) ", on " (workspaces(&grant.connections)) ", since " (day(grant.created_at))
                    @match grant.used_at { Some(used) => { ", used " (day(used)) } None => ", never used" }
                }
            }
            button.plain { "Withdraw" }
        }
    }
}

fn form_token(session: &Session) -> Markup {
    html! { input type="hidden" name="form_token" value=(session.form_token); }
}

fn workspaces<T: Ord>(connections: &Allowed<T>) -> String {
    match connections {
        Allowed::All => "all workspaces".to_owned(),
        Allowed::Only(these) if these.len() == 1 => "1 workspace".to_owned(),
        Allowed::Only(these) => format!("{} workspaces", these.len()),
    }
}

fn day(time: OffsetDateTime) -> String {
    time.format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
}

/// Withdraws what a client was allowed.
pub(super) async fn withdraw(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if !is_own_form(&headers) {
        return foreign_form();
    }
    withdrawn(&gateway, &headers, body).await.unwrap_or_else(failed)
}

async fn withdrawn(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<Response, Problem> {
    let Some(session) = session::brought(gateway, headers).await? else { return Ok(sent_to("/sign-in")) };
    let Some(form) = signed(gateway, headers, body).await? else { return Ok(sent_to("/sign-in")) };
    let grant: Option<PrincipalId> = form.one("grant").ok().flatten().and_then(|id| id.parse().ok());
    let is_ended = match grant {
        Some(grant) => {
            let by = Actor::new(&session.principal, Surface::Console);
            gateway.identity.withdraw(grant, &by).await?
        }
        None => false,
    };
    if is_ended {
        return Ok(sent_to("/account"));
    }
    Err(Problem::new(Code::NotFound, "there is no such program among yours").hint("load the page again"))
}
