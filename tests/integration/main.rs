//! The whole host in this process, with real plugins, against the Notion emulator: what users see, through the door.
//!
//! The plugins are built by `script/plugins target/plugins plugins/*/ tests/fixtures/*/`, as `script/test` does first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "failing fast is right in a test; clippy.toml exempts only the functions that are tests themselves"
)]

mod activity;
mod administration;
mod asked_for;
mod audit;
mod bad_ground;
mod bad_input;
mod bulk;
mod bundled;
mod cases;
mod chat;
mod coverage;
mod crash;
mod descriptors;
mod documented;
mod documents;
mod dropped_plugin;
mod fail_points;
mod fault_sequences;
mod faults;
mod given_back;
mod harness;
mod hints;
mod hosted;
mod hostile;
mod http;
mod identity;
mod imports;
mod invariants;
mod jobs;
mod json_as_text;
mod keys;
mod links;
mod mcp;
mod narrowed;
mod nothing_dropped;
mod notion;
mod oauth;
mod one_markdown;
mod operator;
mod parity;
mod prefer;
mod real_data;
mod refused;
mod repeats;
mod requests;
mod round_trip;
mod schema_changes;
mod secrets;
mod slips;
mod sql;
mod starting;
mod stopping;
mod traces;
mod walls;
mod working_day;
