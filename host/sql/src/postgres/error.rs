//! What the server's errors mean.

use sqlx::Error;

use crate::failure::{Failure, told};

/// Of connecting, and of what is asked first.
pub(super) fn of_connecting(error: &Error) -> Failure {
    match error.as_database_error() {
        // Too many clients, starting, stopping: later it may work.
        Some(said) if said.code().is_some_and(|code| code.starts_with("53") || code.starts_with("57P")) => {
            Failure::Away("it takes no connection now".to_owned())
        }
        Some(said) => closed(&told(said.message())),
        None => Failure::Away(kind(error)),
    }
}

/// Of what the operator has to see to. The words, which may name users, hosts and files, are for the log alone.
pub(super) fn closed(why: &str) -> Failure {
    tracing::warn!(why, "sql.not_connected");
    Failure::Closed("the host can't connect to it as it is configured".to_owned())
}

/// Of a statement.
pub(super) fn of_statement(error: &Error) -> Failure {
    let Some(said) = error.as_database_error() else { return Failure::Broken(kind(error)) };
    let message = told(said.message());
    let code = said.code().unwrap_or_default();
    match code.as_ref() {
        "57014" => Failure::Time,
        "55P03" => Failure::Locked,
        // The transaction may not write.
        "25006" => Failure::Forbidden(format!("The statement was to read: {message}.")),
        "42501" => Failure::Denied(message),
        "40001" | "40P01" => Failure::Conflict(message),
        "53100" | "53200" => Failure::Full(message),
        code if code.starts_with("23") => Failure::Conflict(message),
        code if code.starts_with("57P") || code.starts_with("08") => Failure::Broken(message),
        _ => Failure::Wrong(message),
    }
}

/// What broke, without what it was about: a library's text may repeat an address.
pub(super) fn kind(error: &Error) -> String {
    match error {
        Error::Io(error) => error.kind().to_string(),
        Error::Tls(_) => "TLS failed".to_owned(),
        Error::Protocol(_) => "the server spoke another protocol".to_owned(),
        _ => "the connection failed".to_owned(),
    }
}
