//! Wasm plugins: packing, installing, limits and hot reload.
//!
//! A plugin is hostile until proven otherwise. What it can do is what it imports, its manifest asks for and the operator
//! granted; what it costs is bounded before it is compiled ([`inspect`]), while it is compiled ([`compile`], in a
//! process of its own), and in each call ([`plugin`]), which gets a fresh instance that is discarded afterwards.
//!
//! The way of a file: [`folder`] sees it, [`inspect`] checks it, [`compile`] compiles it once and keeps the result under
//! its digest, [`plugin`] runs it. Nothing of it touches the world but through the call that it serves.

mod bindings;
mod blocking;
pub mod calendar;
pub mod compile;
mod engine;
pub mod folder;
mod host;
pub mod inspect;
mod json;
pub mod limits;
pub mod manifest;
pub mod pack;
pub mod plugin;
mod processor;
mod sandbox;

pub use calendar::Calendar;
pub use compile::command::CompilerCommand;
pub use compile::shipped::CompiledPlugin;
pub use folder::{BundledPlugin, KeptComponents, PluginFolder, PluginReport, PluginStatus, Unreachable};
pub use limits::{GuestLimits, SandboxLimits};
pub use manifest::Manifest;
pub use plugin::Plugin;
pub use sandbox::{Sandbox, SandboxError, SandboxSettings};
