//! The sandbox from a dropped file to an answer, over ports in memory: well-behaved guests, hostile ones, and files that
//! must never be run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "failing fast is right in a test; clippy.toml exempts only the functions that are tests themselves"
)]

mod bundled;
mod calls;
mod capabilities;
mod compiling;
mod folder;
mod guests;
mod host;
mod hostile;
mod hostile_schemas;
mod inspection;
mod kept;
mod lanes;
mod loading;
mod places;
mod refused;
mod schemas;
