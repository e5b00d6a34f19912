//! A Notion to test against.
//!
//! No packaged emulator of Notion can be written to, so the project has its own: the public API at
//! version 2026-03-11, in memory, over HTTP, with the checks, limits and error codes that clients meet.
//! What it can't know for certain it decides the stricter way: a client that passes here must not be
//! refused by the real one.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use notion_emulator::{Emulator, Fault, FaultKind, Options};
//!
//! let emulator = Emulator::start(Options::default()).await?;
//! emulator.fault(Fault::new("POST /v1/pages", FaultKind::ApplyThenDrop));
//! println!("{} {}", emulator.url(), emulator.token());
//! # Ok(())
//! # }
//! ```
//!
//! **Controls.** What a test does to the emulator is a method of [`Emulator`] and a request to `/_emulator/`:
//!
//! | request | does |
//! | --- | --- |
//! | `POST reset` `{"seed"}` | puts the workspace back to a seed: `default`, `empty` or `gallery` |
//! | `POST seed` | adds to the workspace: rows by the thousand, users, tokens, the gallery |
//! | `GET`, `DELETE requests` | requests by route and status, from zero again |
//! | `GET writes`, `GET state` | every write that was applied; what there is |
//! | `POST record` `{"on"}`, `GET`, `DELETE record` | exchanges with their bodies, as conformance checks read them |
//! | `GET`, `POST rate-limit` `{"requests", "window_ms"}` | the budget of a window, `null` for none; what each window let through |
//! | `GET`, `POST`, `DELETE faults` | what goes wrong next |
//! | `POST clock` `{"now"}`, `{"advance_ms"}` | the time |
//! | `POST appends` `{"answers"}` | whether an append in the middle answers with all `siblings` that follow, as Notion, or the `new` blocks alone |
//! | `POST uncomputed` `{"properties"}` | formulas and rollups that are answered as unsupported |
//! | `POST imports` `{"looks"}` | how many looks find an import of a file pending |
//! | `POST oauth` `{"agrees", "workspace"}` | what people do at the authorization page from now on |
//! | `POST oauth/expire`, `POST oauth/disconnect` | makes the access tokens that OAuth gave refused; the refresh tokens too |
//! | `GET`, `POST hosted`, `POST hosted/consent` | how the hosted MCP server behaves; who is at its authorization page |
//! | `POST hosted/expire`, `POST hosted/revoke` | makes its access tokens refused; the refresh tokens too |
//! | `DELETE hosted/sessions` | forgets its sessions, as a server that starts again |
//! | `GET hosted/tokens`, `GET`, `DELETE hosted/trail` | requests for tokens with their times; every message |
//!
//! **The hosted MCP server.** `/mcp` is one as Notion's, with its authorization server, on the same workspace;
//! `docs/emulator.md` describes it.
//!
//! **OAuth.** `/v1/oauth/authorize`, `token`, `introspect` and `revoke` serve one public integration ([`OAuthApp`]:
//! `emulator-client` with `secret_emulator_client` unless told otherwise). There is no page: the browser is sent back at
//! once, as the [`Consent`] says. The tokens that it gives work for the API, and take no part in the seed.
//!
//! **What it is not.** Formulas are a part of Notion's language; the rest is taken and answered as unsupported. Time zones are
//! those of a short list. Content of a template is there at once, where Notion fills it in later. Webhooks,
//! agents and meeting notes are absent. Locks and block limits of a plan are not enforced.

mod answer;
mod call;
mod check;
mod clock;
mod controls;
mod errors;
mod faults;
mod gate;
mod handlers;
mod hosted;
mod identifiers;
mod incoming;
mod json;
mod lines;
mod markdown;
mod model;
mod oauth;
mod options;
mod paginate;
pub mod program;
mod properties;
mod query;
mod ratelimit;
mod record;
mod references;
mod rendered;
mod reply;
mod requests;
mod rich_text;
mod routes;
mod schemas;
mod seed;
mod server;
mod state;
mod trash;
mod version;

pub use faults::{Fault, FaultKind};
pub use hosted::{Answers, HostedConsent, HostedExchange, HostedMcp, HostedSettings, Rotation, TokenRequest};
pub use model::integration::{Capabilities, Token};
pub use oauth::{Consent, OAuthApp};
pub use options::{Options, Seed};
pub use record::Exchange;
pub use requests::Requests;
pub use seed::SeedIds;
pub use server::Emulator;
pub use state::Write;
