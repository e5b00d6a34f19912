//! The MCP surface, in both eras and over stdio.

mod calls;
mod eras;
mod listing;
mod message;
mod notifications;
mod refused;
mod sessions;
mod sse;
mod stdio;
