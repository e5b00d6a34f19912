//! Databases behind a door and a gate: what a tool can do with them, and what it can't, at its worst.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "failing fast is right in a test; clippy.toml exempts only the functions that are tests themselves"
)]

mod hostile;
mod postgres;
/// The store's tests have the same server.
#[path = "../../../store/tests/store/postgres_server.rs"]
mod postgres_server;
mod sqlite;
mod world;
