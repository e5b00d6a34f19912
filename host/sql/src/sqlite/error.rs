//! What SQLite's errors mean.

use rusqlite::{Error, ErrorCode};

use super::authorizer::Authorizer;
use super::watch::Watch;
use crate::failure::{self, Failure, told};

/// Of opening a file. SQLite's own words would name its path.
pub(super) fn of_opening(error: &Error) -> Failure {
    let why = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => return Failure::Locked,
        Some(ErrorCode::NotADatabase) => "its file is no SQLite database",
        Some(ErrorCode::DatabaseCorrupt) => "its file is damaged",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "its file may not be written to",
        _ => "its file can't be opened",
    };
    Failure::Closed(why.to_owned())
}

/// Of what the host itself has carried out: the beginning and the end of a transaction.
pub(super) fn of_host(error: &Error) -> Failure {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Failure::Conflict(told(&error.to_string())),
        Some(ErrorCode::DiskFull) => Failure::Full(told(&error.to_string())),
        _ => of_opening(error),
    }
}

/// Of a statement.
pub(super) fn of_statement(error: &Error, watch: &Watch, authorizer: &Authorizer) -> Failure {
    let said = || told(&error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => watch.failure(),
        // The authorizer has said what it refuses.
        Some(ErrorCode::AuthorizationForStatementDenied) => Failure::Forbidden(authorizer.refused()),
        Some(ErrorCode::ReadOnly) => Failure::Forbidden("The statement writes, and was to read.".to_owned()),
        Some(ErrorCode::ConstraintViolation) => Failure::Conflict(said()),
        Some(ErrorCode::TooBig) => Failure::TooLarge(failure::VALUE),
        Some(ErrorCode::OutOfMemory) => Failure::Memory,
        Some(ErrorCode::DiskFull) => Failure::Full(said()),
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::CannotOpen
            | ErrorCode::NotADatabase
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::SystemIoFailure,
        ) => of_opening(error),
        // A function that is refused while it is looked up is an error like any other.
        _ => match authorizer.refusal() {
            Some(refusal) => Failure::Forbidden(refusal),
            None => Failure::Wrong(said()),
        },
    }
}
