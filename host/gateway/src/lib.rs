//! The surfaces over HTTP: REST, OpenAPI, MCP and the console.
//!
//! A surface translates and nothing else. It turns a request into an [`Invocation`](toolbay_kernel::Invocation), gives
//! it to the [`Dispatcher`], and turns the outcome into its own form; who may do what, and whether arguments are right,
//! is decided behind the door. Everything that is published (routes, documents, tool lists) is derived from the current
//! catalog, so a plugin that is dropped in appears on every surface at once.

mod account;
mod activity;
mod administers;
mod administration;
mod asked;
mod authentication;
mod chat;
mod clients;
mod collected;
mod console;
mod edge;
mod envelope;
mod health;
mod holding;
mod hosts;
pub mod mcp;
mod metrics;
mod needs;
mod oauth;
mod openapi;
mod patience;
mod public_origin;
mod publication;
mod rest;
mod router;
mod server;
mod session;
mod slots;
mod tagged;
mod trace;
mod traced;
mod unread;

use std::sync::Arc;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use toolbay_kernel::identity::Identity;
use toolbay_kernel::ports::{Connections, Ground, Principals};
use toolbay_kernel::upstream::UpstreamProxy;
use toolbay_kernel::{Activity, CatalogHandle, Chat, Connecting, Dispatcher, Profiles};
use url::Url;

pub use administration::{AdministrationPorts, HostFacts};
pub use authentication::authenticate;
pub use clients::{Client as ConfiguredClient, of as clients_of};
pub use edge::{
    Edge, EdgeSettings, Loopback, Network, NoNetwork, NoRate, Rate, RateSettings, TrustedProxies,
};
pub use router::router;
pub use server::{ServerLimits, ServerSettings, serve};

/// What the surfaces stand on. The surfaces hold no state of their own beside what they derive from the catalog.
pub struct Gateway {
    /// The one door to every tool.
    pub dispatcher: Dispatcher,
    /// The tools that are being published.
    pub catalogs: CatalogHandle,
    /// Who is behind a bearer token.
    pub principals: Arc<dyn Principals>,
    /// The Notion workspaces, for `GET /v1/connections`.
    pub connections: Arc<dyn Connections>,
    /// What the host stands on, for readiness.
    pub ground: Arc<dyn Ground>,
    /// How workspaces are connected.
    pub connecting: Connecting,
    /// The authorization server, signing in and sessions.
    pub identity: Arc<dyn Identity>,
    /// The MCP servers that people have accounts at; none where there are no such servers at all.
    pub upstreams: Option<Arc<dyn UpstreamProxy>>,
    /// What was done and is being done, as people look at it.
    pub activity: Activity,
    /// The chat over all tools, where the operator has named a model for it.
    pub chat: Option<Arc<dyn Chat>>,
    /// What an operator administers by REST; none where nothing is administered.
    pub administration: Option<AdministrationPorts>,
    /// What requests pass first.
    pub edge: Edge,
    /// Cancelled when the host stops: who only listens is let go then.
    pub stopping: CancellationToken,
    /// What the operator configured.
    pub settings: GatewaySettings,
}

/// What the operator configures about the surfaces.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// The origin that clients see, without a path: the `servers[0].url` of the OpenAPI documents and, beside loopback
    /// and the further ones, the only host that requests may name.
    pub public_url: Url,
    /// Further origins under which clients reach this host.
    pub further_public_urls: Vec<Url>,
    /// The chosen sets of tools that an address can name.
    pub profiles: Profiles,
    /// Whether there is a chat, for documents.
    pub has_chat: bool,
    /// The token by which whatever collects metrics may read them, beside those that administer.
    pub metrics_token: Option<SecretString>,
    /// The host's version, for documents and `/v1/meta`.
    pub version: &'static str,
    /// What requests pass first.
    pub edge: EdgeSettings,
}

impl GatewaySettings {
    /// The origin that clients see, without a slash at its end.
    fn origin(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// Every origin that clients see, the main one first.
    fn public_origins(&self) -> impl Iterator<Item = &Url> {
        std::iter::once(&self.public_url).chain(&self.further_public_urls)
    }
}
