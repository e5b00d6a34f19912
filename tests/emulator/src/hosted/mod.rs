//! Notion's hosted MCP server, with the authorization server in front of it: `/mcp`, what a client finds it by, and where it
//! gets its tokens.
//!
//! It works on the same workspace as the API: what a tool writes is among the writes of the emulator, made by the person who
//! agreed. Where Notion's behaviour isn't known, the stricter one is taken: every parameter and header of the standards is
//! needed, redirect addresses match to the letter, and a refresh token works once.

mod answered;
mod asked;
pub(crate) mod controls;
mod form;
mod handle;
mod labels;
mod mcp;
mod oauth;
mod serve;
mod settings;
pub(crate) mod state;
mod token_requests;
mod tools;
mod trail;

pub(crate) use asked::Asked;
pub use handle::HostedMcp;
pub(crate) use serve::{answer, serves};
pub use settings::{Answers, HostedConsent, HostedSettings, Rotation};
pub use token_requests::TokenRequest;
pub use trail::HostedExchange;
