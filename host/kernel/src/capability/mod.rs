//! What a provider may do: what it asks for, what the operator granted, and the words that would grant the rest.
//!
//! # Nothing is allowed by default
//!
//! A capability is in force when the plugin imports it, its manifest asks for it, and the operator granted it. The
//! import is checked when the plugin is installed; the other two are checked here, at each use.
//!
//! # Names are registered
//!
//! Whoever can be reached by a capability owns its name and reads its scope: the kernel has `tools.call` and `state`, each
//! egress brings its own. A name that nobody has registered can be neither asked for nor granted.

mod name;
mod permissions;
mod registry;
mod scope;

pub use name::CapabilityName;
pub use permissions::{Capabilities, Permissions};
pub use registry::{Capability, CapabilityRegistry};
pub use scope::Scope;
