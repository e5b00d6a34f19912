//! The ports toward Notion against real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "failing fast is right in a test"
)]

mod canary;
mod emulator;
mod oauth;
mod recovery;
mod transport;
mod wire;
mod writes;

/// An id of something in Notion.
const ID: &str = "59833787-2cf9-4fdf-8782-e53db20768a5";

/// A credential that must not be found anywhere.
const CANARY: &str = "ntn_CANARY59833787canary2cf9CANARY4fdfcanary8782";
