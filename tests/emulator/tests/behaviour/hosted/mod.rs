//! The hosted MCP server with its authorization server, over plain HTTP.

mod authorization;
mod client;
mod discovery;
mod faults;
mod official_client;
mod registration;
mod rotation;
mod sessionless;
mod sessions;
mod streams;
mod tools;
mod trail;
