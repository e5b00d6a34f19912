//! The page that asks a person: which client wants what, on which workspaces, and where the browser goes afterwards.

use axum::response::Response;
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use toolbay_kernel::Access;
use toolbay_kernel::identity::{ClientKind, ConsentPage, DEFAULT_SCOPE};
use toolbay_kernel::principal::PrincipalKind;

use super::page::Page;

pub(super) fn page(asked: &ConsentPage, request: &SecretString, has_notion: bool) -> Response {
    let title = format!("Allow {}?", asked.client_name);
    let content = html! {
        p { "A program that calls itself " strong { (asked.client_name) } " asks to use your Notion workspaces through Toolbay." }
        dl {
            div { dt { "The program" } dd { (origin_of_client(asked)) } }
            div { dt { "Afterwards your browser goes to" } dd { (asked.redirect_uri) } }
            @if let Some((principal, _)) = &asked.signed_in {
                div { dt { "You are" } dd { (principal.name) } }
            }
        }
        form method="post" action="/oauth/authorize" {
            input type="hidden" name="request" value=(request.expose_secret());
            (accesses(asked))
            @match &asked.signed_in {
                Some((principal, connections)) => {
                    fieldset {
                        legend { "On which workspaces?" }
                        @for connection in connections {
                            label.choice {
                                input type="checkbox" name="connection" value=(connection.id) checked[connections.len() == 1];
                                span { (connection.name) }
                                @if let Some(workspace) = connection.workspace_name.as_deref().filter(|name| *name != connection.name) {
                                    " " span.quiet { (workspace) }
                                }
                            }
                        }
                        @if connections.is_empty() { p.quiet { "You have no workspace here yet." } }
                    }
                    p.actions {
                        @if !connections.is_empty() { button name="decision" value="allow" { "Allow" } }
                        @if has_notion && principal.kind == PrincipalKind::Person {
                            button.plain name="decision" value="connect" { "Allow on another workspace" }
                        }
                        button.plain name="decision" value="deny" { "Don't allow" }
                    }
                }
                None => {
                    p.actions {
                        @if has_notion { button name="decision" value="connect" { "Allow, and choose a workspace in Notion" } }
                        button.plain name="decision" value="deny" { "Don't allow" }
                    }
                }
            }
        }
        @if asked.signed_in.is_none() {
            form method="get" action="/sign-in" {
                input type="hidden" name="request" value=(request.expose_secret());
                p.actions {
                    button.plain { "Sign in another way" }
                }
            }
        }
        p.quiet { "You can take this back at any time on the page /account of this host." }
    };
    Page::new(title, content).with_forms_that_lead_away().into_response()
}

fn origin_of_client(asked: &ConsentPage) -> Markup {
    html! {
        @match asked.client_kind {
            ClientKind::Document => { (asked.client) " - described there by itself" }
            ClientKind::Registered => { "registered here by itself: nobody has checked its name" }
            ClientKind::Static => { "added by the operator of this host" }
        }
    }
}

fn accesses(asked: &ConsentPage) -> Markup {
    let own = asked.signed_in.as_ref().map_or(Access::Destroys, |(principal, _)| principal.strongest);
    let most = asked.strongest.min(own);
    let chosen = most.min(DEFAULT_SCOPE);
    html! {
        fieldset {
            legend { "What may it do?" }
            @for (access, text) in [
                (Access::Reads, "Read: search, look at pages, databases and comments"),
                (Access::Writes, "Read and write: also add and change pages, rows and comments"),
                (Access::Destroys, "Everything: also move to trash and replace what is there"),
            ] {
                @if access <= most {
                    label.choice {
                        input type="radio" name="access" value=(access.as_str()) checked[access == chosen];
                        span { (text) }
                    }
                }
            }
        }
    }
}
