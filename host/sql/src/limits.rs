//! The bounds of a request to a database, with the reason for each number.

use std::time::Duration;

/// Statements of one request: a batch is made of requests.
pub(crate) const MAX_STATEMENTS: usize = 50;

/// Bytes of SQL in one request, all statements together. People write hundreds; an engine's parser takes some hundred bytes of memory for
/// each.
pub(crate) const MAX_SQL: usize = 100_000;

/// Parameters of one statement.
pub(crate) const MAX_PARAMETERS: usize = 1_000;

/// Bytes of the parameters of one request.
pub(crate) const MAX_PARAMETER_BYTES: usize = 4 * 1024 * 1024;

/// Rows of one statement's answer where the request doesn't say how many.
pub(crate) const DEFAULT_ROWS: usize = 1_000;

/// Rows of one statement's answer.
pub(crate) const MAX_ROWS: usize = 10_000;

/// Columns of one statement's answer.
pub(crate) const MAX_COLUMNS: usize = 200;

/// Bytes of one value, and of one row of PostgreSQL. What SQLite's functions may take of its square is bounded with them.
pub(crate) const MAX_VALUE: usize = 1_000_000;

/// Bytes of the rows of one answer, all statements together: with its tags less than what an answer of the door may have.
pub(crate) const MAX_RESULT: usize = 2 * 1024 * 1024;

/// What a cell counts at least.
pub(crate) const CELL: usize = 8;

/// Connections to one database at the same time, unless its settings say otherwise.
pub const DEFAULT_CONNECTIONS: u8 = 4;

/// The most that its settings can say.
pub const MAX_CONNECTIONS: u8 = 16;

/// How long the statements of one request may take together, unless the database's settings say otherwise.
pub const DEFAULT_TIME: Duration = Duration::from_secs(10);

/// The most that its settings can say: a call has 40 seconds.
pub const MAX_TIME: Duration = Duration::from_secs(30);

/// How long before the call's end an answer has to be there, so that the call can tell what became of it.
pub(crate) const BEFORE_THE_END: Duration = Duration::from_millis(250);

/// How long a statement waits for another program that holds a lock.
pub(crate) const LOCKED: Duration = Duration::from_secs(3);
