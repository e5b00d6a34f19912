//! The domain of Toolbay and its door.
//!
//! Everything that a tool may do is decided here, in words that know neither HTTP, SQL nor Wasmtime: what a tool, a
//! principal, a connection and a grant are, how a call passes the [`Dispatcher`], and how an effect passes the
//! [`EffectGate`]. The crates beside this one implement its [`ports`] and depend on nothing else of ours, so a rule
//! that is written here holds for every surface and every provider.

pub mod access;
pub mod administration;
pub mod answer;
pub mod arguments;
pub mod aside;
pub mod audit;
mod body;
mod bound;
pub mod built_in;
pub mod cache;
pub mod call;
pub mod capability;
pub mod catalog;
pub mod check;
pub mod chosen;
mod claims;
pub mod connecting;
mod delivery;
mod digest;
pub mod dispatcher;
pub mod effects;
pub mod egress;
pub mod facts;
pub mod gate;
pub mod id;
pub mod identity;
pub mod jobs;
pub mod json;
pub mod limits;
pub mod name;
pub mod narrowing;
pub mod nearest;
pub mod nonce;
pub mod parts;
pub mod ports;
pub mod principal;
pub mod printable;
pub mod problem;
pub mod profile;
pub mod progress;
pub mod provider;
pub mod rate;
mod record;
pub mod recovery;
mod request;
mod reserved;
pub mod run;
mod running;
pub mod schema;
mod sending;
mod shape;
mod store_error;
pub mod surface;
mod throttle;
pub mod tool;
mod validated;
mod within;

pub use access::Access;
pub use administration::Administration;
pub use answer::{Answer, Content};
pub use body::Body;
pub use built_in::{BuiltInTool, BuiltInTools};
pub use call::Call;
pub use capability::{Capabilities, CapabilityName, CapabilityRegistry, Permissions};
pub use catalog::{Catalog, CatalogHandle, Source};
pub use connecting::Connecting;
pub use dispatcher::{Dispatcher, Invocation, Outcome};
pub use egress::Egress;
pub use gate::{EffectGate, Outside};
pub use id::{CallId, ConnectionId, JobId, PrincipalId, RunId};
pub use jobs::Jobs;
pub use limits::Limits;
pub use name::{PluginName, ProfileName, ToolName};
pub use parts::Parts;
pub use principal::{Connection, Principal};
pub use problem::{Code, Problem};
pub use profile::{Profile, Profiles};
pub use progress::{ProgressSink, Silent};
pub use provider::Provider;
pub use surface::Surface;
pub use tool::{Route, Tool, ToolDefinition};
