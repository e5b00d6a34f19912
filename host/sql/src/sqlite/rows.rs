//! Carrying out a statement, and reading its rows.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, ToSql};
use toolbay_kernel::Access;
use toolbay_kernel::sql::{SqlOutcome, SqlValue};

use crate::failure::{self, Failure};
use crate::limits::{CELL, MAX_COLUMNS, MAX_RESULT};
use crate::work::{Step, length};

/// What can go wrong on the way.
#[derive(Debug)]
pub(super) enum Error {
    Failure(Failure),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Reads the rows of the statements of one request, within their bounds.
pub(super) struct Reader {
    max_rows: usize,
    /// Bytes that are left for rows.
    left: usize,
}

impl Reader {
    pub(super) fn new(max_rows: usize) -> Self {
        Self { max_rows, left: MAX_RESULT }
    }

    /// Carries out one statement.
    pub(super) fn run(
        &mut self,
        connection: &Connection,
        step: &Step,
        access: Access,
    ) -> Result<SqlOutcome, Error> {
        let mut statement = connection.prepare(&step.text)?;
        // SQLite's own word for it; a plan only tells of a statement.
        if access == Access::Reads && !statement.readonly() {
            return Err(Error::Failure(Failure::Forbidden(
                "The statement writes, and was to read.".to_owned(),
            )));
        }
        bind(&mut statement, &step.parameters)?;
        let before = connection.total_changes();
        let mut outcome = if statement.column_count() == 0 {
            statement.raw_execute()?;
            SqlOutcome::default()
        } else {
            self.read(&mut statement)?
        };
        if connection.total_changes() != before {
            outcome.changes = connection.changes();
        }
        Ok(outcome)
    }

    fn read(&mut self, statement: &mut Statement<'_>) -> Result<SqlOutcome, Error> {
        if statement.column_count() > MAX_COLUMNS {
            return Err(Error::Failure(Failure::TooLarge(failure::COLUMNS)));
        }
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut outcome = SqlOutcome { columns, ..SqlOutcome::default() };
        let names = outcome.columns.iter().map(|name| name.len() + CELL).sum();
        self.left = self.left.checked_sub(names).ok_or(Error::Failure(Failure::TooLarge(failure::RESULT)))?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if outcome.rows.len() >= self.max_rows {
                outcome.more = true;
                break;
            }
            let mut read = Vec::with_capacity(outcome.columns.len());
            for ordinal in 0..outcome.columns.len() {
                read.push(value(row.get_ref(ordinal)?));
            }
            let size = read.iter().map(|value| length(value) + CELL).sum();
            match self.left.checked_sub(size) {
                Some(left) => self.left = left,
                None if outcome.rows.is_empty() => {
                    return Err(Error::Failure(Failure::TooLarge(failure::RESULT)));
                }
                None => {
                    outcome.more = true;
                    break;
                }
            }
            outcome.rows.push(read);
        }
        Ok(outcome)
    }
}

/// Binds parameters by their numbers: `$2` is the second wherever it stands, as `?2` is, and `?` is the next one.
fn bind(statement: &mut Statement<'_>, parameters: &[SqlValue]) -> Result<(), Error> {
    let mut most = 0;
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index);
        let number = name.map_or(Some(index), |name| name.get(1..)?.parse().ok());
        let parameter = number.and_then(|number: usize| parameters.get(number.checked_sub(1)?));
        let Some(parameter) = parameter else { return Err(miscounted(parameters.len())) };
        most = most.max(number.unwrap_or_default());
        statement.raw_bind_parameter(index, Bound(parameter))?;
    }
    if most == parameters.len() { Ok(()) } else { Err(miscounted(parameters.len())) }
}

fn miscounted(given: usize) -> Error {
    let said = format!("the statement's parameters don't match those that are given, which are {given}");
    Error::Failure(Failure::Wrong(said))
}

struct Bound<'a>(&'a SqlValue);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            SqlValue::Null => ValueRef::Null,
            SqlValue::Boolean(value) => ValueRef::Integer((*value).into()),
            SqlValue::Integer(value) => ValueRef::Integer(*value),
            SqlValue::Real(value) => ValueRef::Real(*value),
            SqlValue::Text(text) => ValueRef::Text(text.as_bytes()),
            SqlValue::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A value of SQLite. A text that is none, as far as UTF-8 goes, is bytes.
fn value(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(value) => SqlValue::Integer(value),
        ValueRef::Real(value) => SqlValue::Real(value),
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) => SqlValue::Text(text.to_owned()),
            Err(_) => SqlValue::Blob(bytes.to_owned()),
        },
        ValueRef::Blob(bytes) => SqlValue::Blob(bytes.to_owned()),
    }
}
