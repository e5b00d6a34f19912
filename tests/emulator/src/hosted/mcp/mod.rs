//! The MCP endpoint: Streamable HTTP in both eras, for holders of an access token.

mod call;
pub(super) mod credential;
mod era;
mod events;
mod listen;
mod message;
mod methods;
mod modern;
pub(super) mod problem;
pub(super) mod request;
pub(super) mod sessions;
mod versions;
