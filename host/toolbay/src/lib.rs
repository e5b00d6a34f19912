//! The program: configuration, command line, and the wiring of the host's crates.
//!
//! It is a library too, so that a test can start the whole host in its own process.

mod administration;
mod announcement;
mod audit_sequencing;
pub mod capabilities;
mod check;
pub mod command;
pub mod configuration;
mod descriptors;
mod earlier;
mod files;
mod ground;
pub mod host;
mod logging;
mod places;
mod plugin_files;
mod plugin_record;
mod published;
mod upstream_entry;
mod upstream_health;

pub use command::run;
pub use configuration::{Configuration, Environment, Layer};
pub use host::{Host, Running};
