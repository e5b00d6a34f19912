//! How old an answer may be that comes from the host's cache.

use std::time::Duration;

/// How old a schema, or the list of users, may be when a tool relies on it.
pub const SCHEMA_AGE: Duration = Duration::from_secs(300);
