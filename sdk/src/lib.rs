//! Write a Toolbay plugin: a tool is a function with typed input and output.
//!
//! ```
//! use toolbay_sdk::prelude::*;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Greet {
//!     /// Who to greet.
//!     name: String,
//! }
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Greeting {
//!     /// The words to say.
//!     text: String,
//! }
//!
//! /// Greets somebody by name.
//! #[tool(reads)]
//! fn greet(_call: &Call, input: Greet) -> Result<Greeting, Problem> {
//!     Ok(Greeting { text: format!("Hello, {}!", input.name) })
//! }
//!
//! plugin!(greet);
//! # fn main() {
//! let host = toolbay_sdk::mock::MockHost::new();
//! let answer = host.run(&PLUGIN, "greet", json!({"name": "Ada"})).unwrap();
//! assert_eq!(answer.value(), Some(json!({"text": "Hello, Ada!"})));
//! # }
//! ```
//!
//! A plugin is a folder: this source in `src/lib.rs`; a `Cargo.toml` with `crate-type = ["cdylib", "rlib"]` that depends on
//! `toolbay-sdk` and `serde`; and a `plugin.toml` with its name, version, description, license, and the
//! capabilities that it asks for. `cargo build --target wasm32-unknown-unknown` makes what the host packs and installs.
//!
//! A plugin can do nothing by itself: no network, no files, no clock. All that it does goes through [`Call`], and what it
//! never uses there does not become an import of the component, so the operator need not grant it.
//!
//! A panic ends the call. The host's log then has its message, file and line; the caller is told file and line alone, since the
//! message may hold what another caller gave.
//!
//! For `wasm32-unknown-unknown` the functions of [`Call`] are the host's; natively they are those of [`mock::MockHost`].

mod answer;
mod call;
mod connection;
mod host;
pub mod http;
mod invocation;
mod level;
pub mod notion;
mod path;
mod plugin;
mod problem;
mod provider;
mod request;
mod schema;
mod sql;
mod tool;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
mod exported;
#[cfg(target_arch = "wasm32")]
mod guest;
#[cfg(not(target_arch = "wasm32"))]
pub mod mock;
#[cfg(target_arch = "wasm32")]
mod panics;

pub use answer::{Answer, Content, IntoAnswer};
pub use call::{Call, Http, Notion, Outgoing, Sql, State, Tools};
pub use connection::Connection;
pub use invocation::{Extent, Invocation, Question, Refusal};
pub use level::Level;
pub use path::Path;
pub use plugin::Plugin;
pub use problem::{Code, Problem};
pub use request::{Request, Response};
pub use sql::{Database, Engine, SqlOutcome, SqlValue, Statement};
pub use tool::{Definition, Input, NoInput, Specification, Tool};

pub use toolbay_sdk_macros::tool;
/// The library of dates and times.
pub use toolbay_sdk_notion::jiff;
pub use toolbay_sdk_notion::routes::{Access, Method};
pub use {schemars, serde, serde_json};

/// Everything that a plugin's source usually names.
pub mod prelude {
    pub use crate::{
        Answer, Call, Content, Invocation, Level, NoInput, Path, Problem, Request, Response, plugin, tool,
    };
    pub use schemars::{self, JsonSchema};
    pub use serde::{self, Deserialize, Serialize};
    pub use serde_json::{self, Value, json};
}

/// For the expansions of `#[tool]` and `plugin!` only.
#[doc(hidden)]
pub mod __private {
    #[cfg(target_arch = "wasm32")]
    pub use crate::exported::{exported_call, exported_tools};
    #[cfg(target_arch = "wasm32")]
    pub use crate::panics::report_panics;
    pub use crate::plugin::{Entry, entry, refuse_equal_names};
    pub use crate::tool::ToolResult;
    #[cfg(not(target_arch = "wasm32"))]
    pub use toolbay_sdk_macros::manifest;
}
