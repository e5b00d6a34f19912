//! Arguments that are the host's on every tool.

/// Which connection a call works on.
pub const CONNECTION_ID: &str = "connection_id";

/// The key under which a call is carried out once.
pub const IDEMPOTENCY_KEY: &str = "idempotency_key";

/// Names of arguments that belong to the host on every tool.
pub const RESERVED: [&str; 3] = [CONNECTION_ID, IDEMPOTENCY_KEY, "preview"];
