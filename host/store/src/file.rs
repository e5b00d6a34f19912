//! The one connection that writes to a SQLite file.
//!
//! A statement runs where it is called, in some microseconds: handing it to a thread and back would take longer than most do.
//! What waits for the disk is the caller's to mind.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql};

use crate::cells::{self, Cell, Row};
use crate::error::Fault;
use crate::parameter::Parameter;

/// Statements that are kept prepared: about as many as this crate has.
const PREPARED: usize = 256;

/// Opens a file that is there.
pub(crate) fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // Whoever finds the file busy waits without a thread.
    connection.busy_timeout(Duration::ZERO)?;
    connection.execute_batch(
        // NORMAL may lose the last commits with the power; what was acknowledged must stay. What a savepoint needs to be undone is
        // some pages: in a file of its own each would cost more than the transaction.
        // The one connection that writes keeps 16 MiB of pages at most, in the place of SQLite's 2: beside a million entries the upper pages
        // of the indexes alone are more than that.
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -16384;",
    )?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

/// Runs a statement; answers the number of rows that it changed.
pub(crate) fn execute(connection: &Connection, sql: &str, parameters: &[Parameter]) -> Result<u64, Fault> {
    let mut statement = prepared(connection, sql, parameters)?;
    Ok(statement.raw_execute()? as u64)
}

/// Runs a statement, and reads its rows.
pub(crate) fn rows<T: Row>(
    connection: &Connection,
    sql: &str,
    parameters: &[Parameter],
) -> Result<Vec<T>, Fault> {
    let mut statement = prepared(connection, sql, parameters)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut read = Vec::with_capacity(names.len());
        for (ordinal, name) in names.iter().enumerate() {
            read.push((name.as_str(), cell(row.get_ref(ordinal)?)?));
        }
        rows.push(cells::row(read)?);
    }
    Ok(rows)
}

fn prepared<'c>(
    connection: &'c Connection,
    sql: &str,
    parameters: &[Parameter],
) -> Result<CachedStatement<'c>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        // To SQLite `$2` is a name: its place is that of its first use.
        let number =
            statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        let parameter = number.and_then(|number| parameters.get(number.checked_sub(1)?));
        let parameter =
            parameter.ok_or_else(|| rusqlite::Error::InvalidParameterCount(parameters.len(), index))?;
        statement.raw_bind_parameter(index, parameter)?;
    }
    Ok(statement)
}

fn cell(value: ValueRef<'_>) -> Result<Cell, Fault> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(integer) => Cell::Integer(integer),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        ValueRef::Text(text) => match str::from_utf8(text) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => return Err(Fault::Damaged("a text is none".to_owned())),
        },
        ValueRef::Real(_) => return Err(Fault::Damaged("a column is a fraction".to_owned())),
    })
}

impl ToSql for Parameter {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Integer(Some(integer)) => ValueRef::Integer(*integer),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Text(None) | Self::Integer(None) | Self::Bytes(None) => ValueRef::Null,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_bound_by_their_number() {
        let connection = Connection::open_in_memory().unwrap();
        type Told = (String, i64, Option<String>, Vec<u8>, i64);
        let told: Vec<Told> = rows(
            &connection,
            "SELECT $3, $1, $2, $4, $1",
            &[7.into(), None::<String>.into(), "three".into(), vec![4_u8].into()],
        )
        .unwrap();
        assert_eq!(told, [("three".to_owned(), 7, None, vec![4], 7)]);
        assert!(rows::<(i64,)>(&connection, "SELECT $2", &[7.into()]).is_err(), "there is no second");
        assert!(rows::<(i64,)>(&connection, "SELECT ?", &[7.into()]).is_err(), "it has no number");
    }
}
