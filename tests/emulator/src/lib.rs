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
//! **What it is not.** Formulas are evaluated only when they are a literal or one property. Webhooks,
//! OAuth, agents and meeting notes are absent. Locks and block limits of a plan are not enforced.

mod call;
mod check;
mod clock;
mod controls;
mod errors;
mod faults;
mod gate;
mod handlers;
mod identifiers;
mod json;
mod markdown;
mod model;
mod options;
mod paginate;
mod properties;
mod query;
mod ratelimit;
mod rich_text;
mod routes;
mod schemas;
mod seed;
mod server;
mod state;
mod trash;
mod version;

pub use faults::{Fault, FaultKind};
pub use model::integration::{Capabilities, Token};
pub use options::{Options, Seed};
pub use seed::SeedIds;
pub use server::Emulator;
pub use state::Write;
