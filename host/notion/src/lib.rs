//! The gate's way to Notion: which requests there are, how fast they may go, and what their answers mean.
//!
//! [`Notion`] is an egress of the gate, with the limiter of its budgets, and the authorization server where people open
//! their workspaces. All that is Notion's is here: the routes, what each of them does, which of them repeat harmlessly, what
//! answers name, and where the outcome of a write can be seen. It knows no call, no principal and no store; it is lent a credential for one
//! request, and never gives it back in any form.
//!
//! The API's version is 2026-03-11, and it is a part of this crate, not a setting: the route table, the effects that
//! bodies have and the meaning of answers belong to it.

mod address;
mod administered;
mod answer;
mod capabilities;
mod client;
mod doubt;
mod egress;
mod error;
mod limiter;
mod named;
mod narrowing;
mod needed;
mod notion;
mod oauth;
mod pace;
mod problem;
mod recovery;
mod redaction;
mod request;
mod routes;
mod settings;
mod workspace;

pub use self::capabilities::{NOTION_DESTROY, NOTION_READ, NOTION_WRITE, capabilities};
pub use self::error::NotionError;
pub use self::narrowing::part;
pub use self::notion::Notion;
pub use self::oauth::OAuthClient;
pub use self::request::NAME;
pub use self::routes::{MAX_BODY, RouteDescription, routes};
pub use self::settings::NotionSettings;
pub use self::workspace::Workspace;
