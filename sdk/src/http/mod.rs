//! HTTP: requests to hosts that the plugin's manifest names and the operator granted.
//!
//! ```no_run
//! # use toolbay_sdk::prelude::*;
//! use toolbay_sdk::http;
//!
//! # fn example(call: &Call) -> Result<(), Problem> {
//! let request = http::Request::get("https://api.example.com/v1/cities").query("country", "PT");
//! let cities: Vec<String> = call.http().send(request)?.json()?;
//! let note = http::Request::post("https://hooks.example.com/in").json(&json!({ "cities": cities }));
//! call.http().send(note)?;
//! # Ok(())
//! # }
//! ```
//!
//! The manifest names places, each a method, a host and a path, in which a star stands for a segment, or at the end for all that
//! follows:
//!
//! ```toml
//! [capabilities]
//! http = ["GET api.example.com/v1/*", "POST hooks.example.com/in"]
//! ```
//!
//! Keys and tokens are the operator's: the host puts them into the request, and takes them out of the answer. A plugin has none.

mod request;
mod response;

pub use request::{Method, Request};
pub use response::{Body, Response};
