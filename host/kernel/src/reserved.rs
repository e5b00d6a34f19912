//! Arguments that are the host's on every tool.

/// Which connection a call works on.
pub const CONNECTION_ID: &str = "connection_id";

/// Names of arguments that belong to the host on every tool.
pub const RESERVED: [&str; 3] = [CONNECTION_ID, "idempotency_key", "preview"];
