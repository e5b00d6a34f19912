//! HTTP to the outside.
//!
//! Three ask through this crate: plugins, for hosts that the operator granted (the egress `http`, [`Http`]); `host/upstream`, which
//! sends with the [`client()`] of here; and OAuth, which reads the [`Documents`] that strangers name. What they share is decided
//! once: which addresses may be asked ([`Reach`]), that the address which was checked is the one that is connected to
//! (`resolver`), no proxy of the environment, no redirect that is followed by itself, no second try.
//!
//! The way of a plugin's request: its `address` and `headers` are read into types that hold nothing dangerous, the gate holds its
//! `place` against the manifest, and the egress against the operator's `settings`; the `placement` puts the operator's secrets
//! in; the `answer` is bounded, and leaves without them (`redaction`). A redirect isn't followed here: the answer says what would
//! be asked next (`redirect`), and that passes the gate as a request of its own.

mod address;
mod answer;
mod capability;
mod client;
mod documents;
mod egress;
mod headers;
mod limiter;
mod members;
mod place;
mod placement;
mod public;
mod reach;
mod redirect;
mod refusal;
mod request;
mod resolver;
mod settings;
mod template;
#[cfg(test)]
mod tests;
mod words;

pub use address::NotAnAddress;
pub use capability::{CAPABILITY, capability};
pub use client::client;
pub use documents::Documents;
pub use egress::Http;
pub use place::{NotAPlace, Place};
pub use reach::{Reach, SetUpError};
pub use resolver::Names;
pub use settings::{HostSettings, HttpSettings, HttpSettingsError, Placed};
pub use words::in_words;
