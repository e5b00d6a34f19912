//! What goes wrong inside.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{ErrorCode, ffi};
use toolbay_kernel::ports::{StoreError, StoreErrorKind};

use crate::open_error::OpenError;
use crate::vault::VaultError;

/// Why a statement or what it found was no good. Reaches the operator's log as [`StoreError`], and nobody else.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The database refused or is gone.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The same of the connection that writes to a file, for every transaction that was to last by the same turn of the disk.
    #[error("database: {0}")]
    File(Arc<rusqlite::Error>),
    /// Others of this process wrote for longer.
    #[error("database: no turn to write within {} s", .0.as_secs())]
    Waited(Duration),
    /// The run that an entry is for could not be committed.
    #[error("database: the run was undone, since it could not be committed")]
    Undone,
    /// The store was closed, or what has been begun is undone.
    #[error("database: it is closed")]
    Closed,
    /// A row can't be decrypted.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The data keys can't be read, as when the master key was replaced under a host at work.
    #[error("{0}")]
    Keys(Box<OpenError>),
    /// A row holds what no version of the host wrote.
    #[error("a row can't be read: {0}")]
    Damaged(String),
    /// Others changed the same row each time that it was looked at.
    #[error("others are changing the same row")]
    Conflict,
    /// The caller asks for more than a row may hold.
    #[error("{0}")]
    TooLarge(&'static str),
}

impl Fault {
    /// Whether a unique name or id is already there.
    pub(crate) fn is_duplicate(&self) -> bool {
        match self {
            Self::Database(error) => {
                error.as_database_error().is_some_and(|error| error.is_unique_violation())
            }
            Self::File(error) => is_duplicate(error),
            _ => false,
        }
    }

    /// The data key that a value names and the keyring hasn't.
    pub(crate) fn missing_key(&self) -> Option<u32> {
        match self {
            Self::Vault(VaultError::UnknownKey(key)) => Some(*key),
            _ => None,
        }
    }

    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Database(error) => kind_of(error),
            Self::File(error) => kind_of_file(error),
            Self::Waited(_) | Self::Undone | Self::Closed => StoreErrorKind::Unreachable,
            Self::Vault(_) | Self::Damaged(_) => StoreErrorKind::Damaged,
            Self::Conflict => StoreErrorKind::Conflict,
            Self::TooLarge(_) | Self::Keys(_) => StoreErrorKind::Refused,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::File(Arc::new(error))
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        Self::Keys(Box::new(error))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self::new(fault.kind(), fault)
    }
}

/// Codes of PostgreSQL for two transactions that got in each other's way (40001, 40P01), and of SQLite for a database that
/// another process writes to (5, 6, and with a reason in the higher byte).
fn is_conflict(code: &str) -> bool {
    let is_busy = |code: i64| matches!(code & 0xff, 5 | 6);
    matches!(code, "40001" | "40P01") || (code.len() < 5 && code.parse().is_ok_and(is_busy))
}

/// Codes of PostgreSQL for a server that is being stopped or isn't up (57), takes too long (55P03, 25P03), has no room for
/// more (53), or whose connection broke (08).
fn is_unreachable(code: &str) -> bool {
    matches!(code, "55P03" | "25P03")
        || ["57", "53", "08"].iter().any(|class| code.len() == 5 && code.starts_with(class))
}

/// Codes of PostgreSQL and of SQLite for a disk that is full.
fn is_full(code: &str) -> bool {
    matches!(code, "53100" | "13")
}

/// Whether SQLite says that a file is damaged, or is none of SQLite's.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|refusal| refusal.code());
    code.and_then(|code| code.parse::<i64>().ok()).is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

fn kind_of(error: &sqlx::Error) -> StoreErrorKind {
    match error {
        sqlx::Error::Database(refusal) if refusal.is_unique_violation() => StoreErrorKind::Conflict,
        sqlx::Error::Database(refusal) => match refusal.code() {
            Some(code) if is_conflict(&code) => StoreErrorKind::Conflict,
            Some(code) if is_full(&code) => StoreErrorKind::Full,
            Some(code) if is_unreachable(&code) => StoreErrorKind::Unreachable,
            Some(_) if is_damage(error) => StoreErrorKind::Damaged,
            _ => StoreErrorKind::Refused,
        },
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::Decode(_) => StoreErrorKind::Damaged,
        sqlx::Error::Encode(_) | sqlx::Error::Configuration(_) => StoreErrorKind::Refused,
        _ => StoreErrorKind::Unreachable,
    }
}

fn is_duplicate(error: &rusqlite::Error) -> bool {
    const DUPLICATES: [i32; 2] = [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY];
    error.sqlite_error().is_some_and(|error| DUPLICATES.contains(&error.extended_code))
}

fn kind_of_file(error: &rusqlite::Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Conflict,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Damaged,
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        _ if is_duplicate(error) => StoreErrorKind::Conflict,
        _ => StoreErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gets_in_each_others_way_is_told_from_what_is_refused() {
        for code in ["40001", "40P01", "5", "6", "517"] {
            assert!(is_conflict(code), "{code}");
        }
        for code in ["23505", "1811", "1", "8", "42P01"] {
            assert!(!is_conflict(code), "{code}");
        }
    }

    #[test]
    fn a_server_that_takes_too_long_is_unreachable() {
        for code in ["57P01", "57014", "55P03", "53300", "08006"] {
            assert!(is_unreachable(code), "{code}");
        }
        for code in ["23505", "40001", "42P01", "5", "13"] {
            assert!(!is_unreachable(code), "{code}");
        }
    }

    #[test]
    fn failures_have_kinds() {
        let of_file = |code| Fault::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).kind();
        assert_eq!(of_file(ffi::SQLITE_FULL), StoreErrorKind::Full);
        assert_eq!(of_file(ffi::SQLITE_IOERR_WRITE), StoreErrorKind::Refused);
        assert_eq!(of_file(ffi::SQLITE_CORRUPT_INDEX), StoreErrorKind::Damaged);
        assert_eq!(of_file(ffi::SQLITE_BUSY_SNAPSHOT), StoreErrorKind::Conflict);
        assert_eq!(of_file(ffi::SQLITE_CONSTRAINT_UNIQUE), StoreErrorKind::Conflict);
        assert_eq!(of_file(ffi::SQLITE_CONSTRAINT_TRIGGER), StoreErrorKind::Refused);
        assert_eq!(Fault::from(sqlx::Error::PoolTimedOut).kind(), StoreErrorKind::Unreachable);
        assert_eq!(Fault::from(sqlx::Error::RowNotFound).kind(), StoreErrorKind::Damaged);
        assert_eq!(Fault::Damaged("a row".to_owned()).kind(), StoreErrorKind::Damaged);
        assert_eq!(Fault::TooLarge("a value").kind(), StoreErrorKind::Refused);
    }
}
