//! The door and the gate over ports in memory: the rules that hold for every surface and every provider.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "failing fast is right in a test; clippy.toml exempts only the functions that are tests themselves"
)]

mod asked_first;
mod catalog;
mod checks;
mod connecting;
mod door;
mod egress;
mod gate;
mod jobs;
mod keys;
mod narrowed;
mod repeats;
mod sighted;
mod world;
mod writes;
