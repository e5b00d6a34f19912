//! MCP servers behind a door and a gate: over each transport, and at their worst.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "failing fast is right in a test; clippy.toml exempts only the functions that are tests themselves"
)]

mod changes;
mod hostile;
mod http;
mod probes;
mod stdio;
mod world;
