//! OAuth, both ways: people connect workspaces through Notion, and clients get tokens of this host.
//!
//! Everything here only translates; the rules are the kernel's and identity's. `/oauth/start` and `/oauth/callback` connect
//! a workspace. The metadata, `/oauth/authorize`, `/oauth/token`, `/oauth/register` and `/oauth/revoke` are the authorization
//! server. `/sign-in`, `/sign-out` and `/account` are for people, without a script.

mod accepts;
mod account;
mod answer;
mod authorize;
mod browser;
mod callback;
mod consent;
mod cookie;
mod form;
mod metadata;
pub(crate) mod origin;
mod page;
mod query;
mod register;
mod sign_in;
mod start;
mod token;
mod upstream;
mod workspaces;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};

pub(crate) use browser::session_cookie;
pub(crate) use metadata::PROTECTED_RESOURCE;

use crate::Gateway;

/// Every address of it.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/oauth/start", get(start::start))
        .route("/oauth/callback", get(callback::callback))
        .route("/.well-known/oauth-authorization-server", get(metadata::server))
        .route("/.well-known/oauth-authorization-server/{resource}", get(metadata::server_of))
        .route(PROTECTED_RESOURCE, get(metadata::resource))
        .route("/.well-known/oauth-protected-resource/{resource}", get(metadata::resource_of))
        .route("/oauth/authorize", get(authorize::ask).post(authorize::decide))
        .route("/oauth/token", post(token::token))
        .route("/oauth/register", post(register::register))
        .route("/oauth/revoke", post(token::revoke))
        .route("/sign-in", get(sign_in::ask).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/account", get(account::show).post(account::withdraw))
        .route("/integrations/{upstream}/oauth/mcp/start", get(upstream::start))
        .route("/integrations/{upstream}/mcp/oauth/callback", get(callback::callback_of))
        .route("/api/notion/auth", get(workspaces::auth))
        .route("/api/notion/callback", get(workspaces::came_back))
        .route("/api/notion/workspaces", get(workspaces::list))
        .route("/api/notion/connect", post(workspaces::connect))
        .route("/api/notion/disconnect/{workspace_id}", delete(workspaces::disconnect))
        .with_state(gateway)
}
