//! One suite for both databases.
//!
//! It runs on SQLite; with `TOOLBAY_TEST_POSTGRES=1` it runs on a PostgreSQL server that it starts itself, and fails
//! when there is none to start. What is about files and locks runs on SQLite in both cases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the whole program is a test: failing fast is right"
)]

mod activity;
mod audit;
mod audit_log;
mod audit_proofs;
mod connecting;
mod connections;
mod conversations;
mod copying;
mod grants;
mod harness;
mod jobs;
mod keys;
mod looking;
mod opening;
mod other_hosts;
mod postgres_server;
mod rate_windows;
mod repeats;
mod rotations;
mod secrets;
#[cfg(unix)]
mod sqlite_file;
mod state;
mod tokens;
mod upstream_tools;
