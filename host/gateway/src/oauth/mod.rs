//! Connecting a workspace through Notion: `/oauth/start` and `/oauth/callback`.
//!
//! Both only translate; the rules are the kernel's. The first is asked by whoever has a bearer token, the second is where
//! Notion sends the person's browser, which has none and shows by a cookie that it is the one that began.

mod accepts;
mod callback;
mod cookie;
mod page;
mod query;
mod start;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::Gateway;

/// The two addresses.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/oauth/start", get(start::start))
        .route("/oauth/callback", get(callback::callback))
        .with_state(gateway)
}
