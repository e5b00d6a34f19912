//! What goes wrong with Redis.

use redis::{ErrorKind, RedisError, ServerErrorKind};
use toolbay_kernel::ports::{StoreError, StoreErrorKind};

/// A failure of Redis, for the operator's log. The server's words are in it, and never a password.
pub(crate) fn failed(error: &RedisError) -> StoreError {
    StoreError::new(kind(error), format!("Redis: {error}"))
}

/// It doesn't answer.
pub(crate) fn silent(why: impl std::fmt::Display) -> StoreError {
    StoreError::new(StoreErrorKind::Unreachable, format!("Redis: {why}"))
}

fn kind(error: &RedisError) -> StoreErrorKind {
    match error.kind() {
        ErrorKind::Io => StoreErrorKind::Unreachable,
        // It reads what it kept, or has lost the server that it copies.
        ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown) => {
            StoreErrorKind::Unreachable
        }
        _ if error.code() == Some("OOM") => StoreErrorKind::Full,
        _ => StoreErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn failures_have_kinds() {
        let of = |error: RedisError| failed(&error).kind;
        assert_eq!(of(io::Error::from(io::ErrorKind::ConnectionRefused).into()), StoreErrorKind::Unreachable);
        assert_eq!(of((ErrorKind::AuthenticationFailed, "no").into()), StoreErrorKind::Refused);
        let loading = ErrorKind::Server(ServerErrorKind::BusyLoading);
        assert_eq!(of((loading, "it loads").into()), StoreErrorKind::Unreachable);
    }
}
