//! The authorization server of the hosted MCP server.

mod authenticate;
pub(super) mod authorize;
mod challenge;
pub(super) mod clients;
pub(super) mod denied;
pub(super) mod grants;
pub(super) mod metadata;
mod page;
mod people;
pub(super) mod register;
pub(super) mod requested;
pub(super) mod token;
