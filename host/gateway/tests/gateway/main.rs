//! The surfaces over a gateway in memory: a real door and catalog, a provider in Rust, and no store behind it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; the exemption for tests does not reach what they share"
)]

mod activity;
mod console;
mod documents;
mod edge;
mod harness;
mod hostile;
mod mcp;
mod metrics;
mod rest;
mod server;
mod slow_clients;
