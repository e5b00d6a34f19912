//! The kernel's ports in memory, for the tests of every host crate.
//!
//! [`ScriptedEgress`] is an outside that answers what a test wants, [`OpenLimiter`] a limiter without limits, [`MemoryWindows`] the rate windows that several
//! hosts of a test share, and [`windows_suite`] what every adapter of those must do.
//! [`ScriptedModel`] is a model's server on this machine. [`MemoryStore`] is behind all ports that keep something. It does what the store does, as far as a test can see, and can be
//! told to fail and to let others go first. What a test changes it changes in the public fields.

mod activity;
mod calls;
mod connecting;
mod egress;
mod identity;
mod limiter;
mod model;
mod rate_windows;
mod runs;
mod state;
mod store;
mod upstream;
pub mod windows_suite;

pub use calls::{CallRecord, Recorded};
pub use egress::{PAGE, ScriptedEgress, Shown};
pub use identity::NobodySignsIn;
pub use limiter::OpenLimiter;
pub use model::{ModelAnswer, ModelRequest, ScriptedModel};
pub use rate_windows::{MemoryWindows, WindowsOfHost};
pub use runs::MemoryRun;
pub use store::MemoryStore;
pub use upstream::MemoryUpstreamTools;
pub use windows_suite::WindowsServer;
