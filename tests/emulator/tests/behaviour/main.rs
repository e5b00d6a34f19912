//! The emulator's behaviour, over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers stand outside of test functions, which clippy.toml exempts"
)]

mod blocks;
mod checks;
mod client;
mod controls;
mod faults;
mod files;
mod gallery;
mod hosted;
mod lifecycle;
mod markdown;
mod markdown_rules;
mod markdown_versions;
mod oauth;
mod permissions;
mod properties;
mod queries;
mod recorded;
mod scale;
mod schemas;
mod views;
