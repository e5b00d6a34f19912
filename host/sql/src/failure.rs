//! What can go wrong with a request to a database, and what that means for the gate.

use std::time::Duration;

use toolbay_kernel::egress::Sent;
use toolbay_kernel::{Code, Problem, printable};

use crate::limits::MAX_RESULT;

/// Longest text of a database that is told, in bytes.
const MAX_TOLD: usize = 500;

/// How long a database that is in use is left alone.
const BUSY_WAIT: Duration = Duration::from_millis(500);

/// Why a request wasn't answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// No connection can be made, and it wouldn't help to try at once.
    #[error("can't be used: {0}")]
    Closed(String),
    /// No connection could be made.
    #[error("can't be reached: {0}")]
    Away(String),
    /// Another program holds a lock.
    #[error("is in use by another program")]
    Locked,
    /// The database's own word against the statement.
    #[error("says: {0}")]
    Wrong(String),
    /// What is there is in the way: a constraint, or another transaction.
    #[error("says: {0}")]
    Conflict(String),
    #[error("{0}")]
    Forbidden(String),
    #[error("doesn't allow it: {0}")]
    Denied(String),
    #[error("The statements took longer than they may.")]
    Time,
    #[error("The caller has left.")]
    Left,
    #[error("The statements need more memory than they may use.")]
    Memory,
    #[error("{0}")]
    TooLarge(&'static str),
    /// The database can't grow as far as the statements would have it.
    #[error("has no room for that: {0}")]
    Full(String),
    /// The connection broke, and with it the transaction.
    #[error("broke off: {0}")]
    Broken(String),
    /// The same, when the transaction was to be made last.
    #[error("broke off when the transaction was to be committed: {0}")]
    Doubt(String),
}

/// A row that is larger than any may be.
pub(crate) const ROW: &str = "A row of the answer is larger than a megabyte.";

/// An answer's first row that is larger than any answer may be.
pub(crate) const RESULT: &str = "The first row of the answer is larger than an answer may be.";

/// A value that is longer than any may be.
pub(crate) const VALUE: &str = "A value is longer than a million bytes.";

/// Too many columns.
pub(crate) const COLUMNS: &str = "The answer has more than 200 columns.";

/// A database's own words, bounded and in one line.
pub(crate) fn told(text: &str) -> String {
    printable::line(text, MAX_TOLD)
}

impl Failure {
    /// What the gate makes of it.
    pub(crate) fn sent(&self, database: &str, writes: bool) -> Sent {
        let problem = self.problem(database);
        match self {
            Self::Away(_) => Sent::NotSent(problem),
            Self::Locked => Sent::Busy { wait: BUSY_WAIT, problem, retryable: true },
            Self::Doubt(_) => Sent::Unknown(problem),
            // A read is asked again. A write's transaction ended with its connection.
            Self::Broken(_) if !writes => Sent::Unknown(problem),
            _ => Sent::Refused(problem),
        }
    }

    fn problem(&self, database: &str) -> Problem {
        let of_database = || format!("The database `{database}` {self}");
        match self {
            Self::Closed(_) => Problem::new(Code::Unavailable, of_database())
                .hint(format!("An operator finds it under [databases.{database}]; `toolbay config check` or the log says what is wrong.")),
            Self::Away(_) => Problem::new(Code::Unavailable, of_database()).hint("Ask again in a few seconds."),
            Self::Locked => Problem::new(Code::RateLimited, format!("{}.", of_database()))
                .hint("Ask again in a few seconds."),
            Self::Wrong(_) => Problem::new(Code::InvalidInput, of_database())
                .hint("Correct the statement; look at the tables and their columns first."),
            Self::Conflict(_) => Problem::new(Code::Conflict, of_database())
                .hint("Look at what is there. Nothing of this request was carried out."),
            Self::Forbidden(_) => Problem::new(Code::Forbidden, self.to_string())
                .hint("Tools read and change tables, and use functions that only compute something."),
            Self::Denied(_) => Problem::new(Code::Forbidden, of_database())
                .hint("An operator can allow the database's user more."),
            Self::Time => Problem::new(Code::LimitExceeded, self.to_string())
                .hint("Ask for less: fewer rows, a WHERE, a LIMIT. Nothing of this request was carried out."),
            Self::Left => Problem::new(Code::Cancelled, self.to_string()),
            Self::Memory => Problem::new(Code::LimitExceeded, self.to_string())
                .hint("Ask for less: sort and group fewer rows."),
            Self::TooLarge(_) => Problem::new(Code::LimitExceeded, self.to_string()).hint(format!(
                "Ask for fewer columns, or a part of a value: substr(column, 1, 1000). An answer has at most {MAX_RESULT} bytes."
            )),
            Self::Full(_) => Problem::new(Code::LimitExceeded, of_database())
                .hint("Write less at once; or an operator makes room."),
            Self::Broken(_) => Problem::new(Code::UpstreamFailed, of_database())
                .hint("Nothing of this request was carried out. Ask again."),
            Self::Doubt(_) => Problem::new(Code::UpstreamFailed, of_database())
                .hint("Look at the tables before you repeat it."),
        }
    }
}
