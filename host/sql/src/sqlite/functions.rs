//! Functions of SQLite's that may take the product of their arguments' lengths. No look at a statement comes between while one works, so
//! their work is bounded before it begins.

use std::ffi::c_int;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ToSql, ffi};

use super::watch::Watch;
use crate::limits::MAX_VALUE;

/// The most that the lengths of a text and of what is looked for in it may come to, multiplied: some tenths of a second of work.
const MAX_WORK: usize = 100_000_000;

/// Each with its number of arguments, and how SQLite's own is asked. With one argument `trim` and its like look for a space alone.
const BOUNDED: [(&str, c_int, &str); 5] = [
    ("instr", 2, "SELECT instr(?1, ?2)"),
    ("ltrim", 2, "SELECT ltrim(?1, ?2)"),
    ("replace", 3, "SELECT replace(?1, ?2, ?3)"),
    ("rtrim", 2, "SELECT rtrim(?1, ?2)"),
    ("trim", 2, "SELECT trim(?1, ?2)"),
];

/// What such a function answers.
enum Answer {
    Null,
    Integer(i64),
    /// SQLite's texts needn't be UTF-8.
    Text(Vec<u8>),
}

impl ToSql for Answer {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text),
        }))
    }
}

/// Puts a bound before these functions. What they answer is what SQLite's own do, which are asked beside the file.
pub(super) fn put(connection: &Connection, watch: &Arc<Watch>) -> rusqlite::Result<()> {
    let own = Connection::open_in_memory()?;
    own.set_limit(Limit::SQLITE_LIMIT_LENGTH, c_int::try_from(MAX_VALUE).unwrap_or(c_int::MAX))?;
    let own = Arc::new(Mutex::new(own));
    // As SQLite's own are: an index and a view may use them.
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, count, asked) in BOUNDED {
        let (own, watch) = (Arc::clone(&own), Arc::clone(watch));
        connection.create_scalar_function(name, count, flags, move |context| {
            if watch.must_end() {
                return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None));
            }
            if length(context, 0).saturating_mul(length(context, 1)) > MAX_WORK {
                return Err(Error::UserFunctionError(
                    format!("{name} is given texts that are too long for one another").into(),
                ));
            }
            answer(&own.lock(), asked, context).map_err(without_words)
        })?;
    }
    Ok(())
}

fn answer(own: &Connection, asked: &str, context: &Context<'_>) -> rusqlite::Result<Answer> {
    let mut statement = own.prepare_cached(asked)?;
    for place in 0..context.len() {
        statement.raw_bind_parameter(place + 1, ToSqlOutput::Borrowed(context.get_raw(place)))?;
    }
    let mut rows = statement.raw_query();
    let Some(row) = rows.next()? else { return Ok(Answer::Null) };
    Ok(match row.get_ref(0)? {
        ValueRef::Integer(number) => Answer::Integer(number),
        ValueRef::Text(text) => Answer::Text(text.to_vec()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Answer::Null,
    })
}

/// An error's code alone: with words of its own it would be told as any error, such as of a text that has become too long.
fn without_words(error: Error) -> Error {
    match error {
        Error::SqliteFailure(code, _) => Error::SqliteFailure(code, None),
        other => other,
    }
}

/// Bytes of an argument. A number's text is short.
fn length(context: &Context<'_>, place: usize) -> usize {
    match context.get_raw(place) {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
    }
}
