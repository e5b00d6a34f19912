//! MCP servers behind the host.
//!
//! Any MCP server behind this host gets what its author did nothing for: its tools pass the door and the gate as a plugin's do, so that
//! each call is authorised, audited, bounded and, where it writes, recorded before the first byte and sent at most once.
//!
//! The way of a call: the catalog has the server's tools from here ([`Upstreams`], a source), the `provider` asks the gate for one
//! effect, and the `egress` sends it to the `server`, over one of three transports. A server is hostile until proven otherwise:
//! what it says of its tools is kept as it was first seen (`known`), and what it answers is bounded in size and time.

mod accounts;
mod answer;
mod authorization;
mod backoff;
mod child;
mod connect;
mod definition;
mod egress;
mod events;
mod failure;
mod health;
mod known;
mod line_limit;
mod listener;
mod listing;
mod look;
mod paced;
mod probe;
mod provider;
mod proxy;
mod redacted;
mod server;
mod settings;
mod spawner;
mod template;
mod upstreams;

pub use child::run_child;
pub use egress::CAPABILITY;
pub use health::{Health, HealthReport, PastFailure};
pub use known::{RefusedTool, refused};
pub use look::{Seen, SeenTool, look};
pub use probe::{ProbeSettings, Shows};
pub use settings::{
    Elsewhere, GivenClient, HttpSettings, OAuthSettings, StdioSettings, TokenAuthMethod, TransportSettings,
    UpstreamSettings,
};
pub use template::{Template, TemplateError};
pub use upstreams::{UpstreamError, Upstreams};
