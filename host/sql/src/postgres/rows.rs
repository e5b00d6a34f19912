//! Carrying out a statement, and reading its rows.
//!
//! The server itself writes a row as JSON, cuts the rows at their bound, and leaves out a row that is too large: what comes over the
//! connection is bounded before it is sent, and every type has a form. So a query is asked as the source of another one, after the server
//! has said what columns it has. Only one statement can be asked so: the server takes no second one with parameters.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use futures_util::TryStreamExt as _;
use serde_json::value::RawValue;
use sqlx::{
    AssertSqlSafe, Column as _, Either, Executor as _, PgConnection, Row as _, SqlSafeStr as _,
    Statement as _, TypeInfo as _,
};
use toolbay_kernel::Access;
use toolbay_kernel::sql::{SqlOutcome, SqlValue};

use super::arguments;
use super::error;
use crate::failure::{self, Failure};
use crate::limits::{CELL, MAX_COLUMNS, MAX_RESULT, MAX_VALUE};
use crate::statement::Kind;
use crate::work::{Step, length};

/// Reads the rows of the statements of one request, within their bounds.
pub(super) struct Reader {
    max_rows: usize,
    /// Bytes that are left for rows.
    left: usize,
}

/// A column, as the server describes it.
struct Described {
    name: String,
    kind: String,
}

impl Reader {
    pub(super) fn new(max_rows: usize) -> Self {
        Self { max_rows, left: MAX_RESULT }
    }

    /// Carries out one statement.
    pub(super) async fn run(
        &mut self,
        connection: &mut PgConnection,
        step: &Step,
    ) -> Result<SqlOutcome, Failure> {
        let columns = describe(connection, step).await?;
        if columns.len() > MAX_COLUMNS {
            return Err(Failure::TooLarge(failure::COLUMNS));
        }
        let names = columns.iter().map(|column| column.name.len() + CELL).sum();
        self.left = self.left.checked_sub(names).ok_or(Failure::TooLarge(failure::RESULT))?;
        match columns.is_empty() {
            true => command(connection, step).await,
            false => self.read(connection, step, columns).await,
        }
    }

    /// The rows of a query, or of what a statement returns.
    async fn read(
        &mut self,
        connection: &mut PgConnection,
        step: &Step,
        columns: Vec<Described>,
    ) -> Result<SqlOutcome, Failure> {
        let asked = AssertSqlSafe(around(&step.text, columns.len(), self.max_rows, step.kind));
        let query = sqlx::query_with(asked, encoded(step)?).persistent(false);
        let mut rows = connection.fetch(query);
        let mut outcome = SqlOutcome::default();
        while let Some(row) = rows.try_next().await.map_err(|failed| of_wrapped(&failed, step))? {
            let text: Option<&str> = row.try_get(0).map_err(|failed| error::of_statement(&failed))?;
            let changes: i64 = row.try_get(1).map_err(|failed| error::of_statement(&failed))?;
            outcome.changes = u64::try_from(changes).unwrap_or_default();
            if outcome.more || outcome.rows.len() >= self.max_rows {
                outcome.more = true;
                continue;
            }
            let read = values(text.ok_or(Failure::TooLarge(failure::ROW))?, &columns)?;
            let size = read.iter().map(|value| length(value) + CELL).sum();
            match self.left.checked_sub(size) {
                Some(left) => {
                    self.left = left;
                    outcome.rows.push(read);
                }
                None if outcome.rows.is_empty() => return Err(Failure::TooLarge(failure::RESULT)),
                None => outcome.more = true,
            }
        }
        outcome.columns = columns.into_iter().map(|column| column.name).collect();
        Ok(outcome)
    }
}

/// What the columns of a statement's rows are; none for one without rows. The server takes one statement alone.
async fn describe(connection: &mut PgConnection, step: &Step) -> Result<Vec<Described>, Failure> {
    let types = arguments::types(&step.parameters);
    let text = AssertSqlSafe(step.text.clone()).into_sql_str();
    let described =
        connection.prepare_with(text, &types).await.map_err(|failed| error::of_statement(&failed))?;
    let needed = match described.parameters() {
        Some(Either::Left(types)) => types.len(),
        Some(Either::Right(count)) => count,
        None => 0,
    };
    if needed != step.parameters.len() {
        let given = step.parameters.len();
        let said = format!("the statement has {needed} parameters, and {given} are given");
        return Err(Failure::Wrong(said));
    }
    let column = |column: &sqlx::postgres::PgColumn| Described {
        name: column.name().to_owned(),
        kind: column.type_info().name().to_owned(),
    };
    Ok(described.columns().iter().map(column).collect())
}

async fn command(connection: &mut PgConnection, step: &Step) -> Result<SqlOutcome, Failure> {
    let query = sqlx::query_with(AssertSqlSafe(step.text.clone()), encoded(step)?).persistent(false);
    let done = connection.execute(query).await.map_err(|failed| error::of_statement(&failed))?;
    // The server counts the rows of a query without columns too.
    let changes = if step.access == Access::Reads { 0 } else { done.rows_affected() };
    Ok(SqlOutcome { changes, ..SqlOutcome::default() })
}

/// What a statement's error means, of one that was put into another.
fn of_wrapped(failed: &sqlx::Error, step: &Step) -> Failure {
    /// What the server doesn't support: a WITH that changes something, anywhere but at the very top.
    const UNSUPPORTED: &str = "0A000";
    let code = failed.as_database_error().and_then(|said| said.code());
    if step.verb == "WITH" && step.kind == Kind::Command && code.as_deref() == Some(UNSUPPORTED) {
        return Failure::Wrong(NESTED.to_owned());
    }
    error::of_statement(failed)
}

/// Of a statement that can't be put into another.
const NESTED: &str = "a statement that answers rows can't change something within its WITH; \
                      give the change as a statement of its own, with RETURNING";

fn encoded(step: &Step) -> Result<sqlx::postgres::PgArguments, Failure> {
    arguments::encoded(&step.parameters).map_err(|_| Failure::Wrong("a parameter can't be sent".to_owned()))
}

/// A query around a statement: each row as JSON where it isn't too large, and how many rows there are where it writes. The statement stands
/// in lines of its own, so that a comment at its end hides nothing.
fn around(statement: &str, columns: usize, max_rows: usize, kind: Kind) -> String {
    let mut names = String::new();
    for number in 0..columns {
        let _infallible = write!(names, "{}c{number}", if number == 0 { "" } else { ", " });
    }
    let rows = format!("SELECT CASE WHEN octet_length(line) <= {MAX_VALUE} THEN line END, ");
    let limit = max_rows.saturating_add(1);
    match kind {
        Kind::Command => format!(
            "WITH toolbay ({names}) AS (\n{statement}\n) {rows}(SELECT count(*) FROM toolbay) FROM \
             (SELECT row_to_json(toolbay)::text AS line FROM toolbay LIMIT {limit}) AS lines"
        ),
        Kind::Query => format!(
            "{rows}0::bigint FROM (SELECT row_to_json(toolbay)::text AS line FROM (\n{statement}\n) \
             AS toolbay ({names}) LIMIT {limit}) AS lines"
        ),
    }
}

/// The values of a row, as the server wrote it.
fn values(line: &str, columns: &[Described]) -> Result<Vec<SqlValue>, Failure> {
    let unreadable = || Failure::Broken("a row can't be read".to_owned());
    let cells: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(line).map_err(|_| unreadable())?;
    let mut values = Vec::with_capacity(columns.len());
    for (number, column) in columns.iter().enumerate() {
        let cell = cells.get(format!("c{number}").as_str()).ok_or_else(unreadable)?;
        values.push(value(cell.get(), &column.kind).ok_or_else(unreadable)?);
    }
    Ok(values)
}

/// A value by its JSON and the type of its column. What JSON has no form for is a text, as the server writes it; lists and records are JSON
/// in a text.
fn value(json: &str, kind: &str) -> Option<SqlValue> {
    if json == "null" {
        return Some(SqlValue::Null);
    }
    let text = || serde_json::from_str::<String>(json).ok();
    Some(match kind {
        "BOOL" => SqlValue::Boolean(json == "true"),
        "INT2" | "INT4" | "INT8" | "OID" => SqlValue::Integer(json.trim_matches('"').parse().ok()?),
        "FLOAT4" | "FLOAT8" => SqlValue::Real(json.trim_matches('"').parse().ok()?),
        "BYTEA" => SqlValue::Blob(hex::decode(text()?.strip_prefix("\\x")?).ok()?),
        "JSON" | "JSONB" => SqlValue::Text(json.to_owned()),
        _ => SqlValue::Text(text().unwrap_or_else(|| json.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_by_its_type() {
        let text = |text: &str| SqlValue::Text(text.to_owned());
        for (json, kind, expected) in [
            ("null", "INT4", SqlValue::Null),
            ("true", "BOOL", SqlValue::Boolean(true)),
            ("9223372036854775807", "INT8", SqlValue::Integer(i64::MAX)),
            ("0.1", "FLOAT8", SqlValue::Real(0.1)),
            ("\"Infinity\"", "FLOAT8", SqlValue::Real(f64::INFINITY)),
            ("12345678901234567890.50", "NUMERIC", text("12345678901234567890.50")),
            ("\"2026-01-02T03:04:05\"", "TIMESTAMP", text("2026-01-02T03:04:05")),
            ("\"\\\\x00ff\"", "BYTEA", SqlValue::Blob(vec![0, 255])),
            ("[1,2]", "INT4[]", text("[1,2]")),
            ("\"a\"", "JSONB", text("\"a\"")),
            ("\"null\"", "TEXT", text("null")),
        ] {
            assert_eq!(value(json, kind), Some(expected), "{json} as {kind}");
        }
        assert_eq!(value("\"x\"", "INT4"), None);
    }

    #[test]
    fn a_comment_at_the_end_hides_nothing() {
        let asked = around("SELECT 1 -- end", 1, 10, Kind::Query);
        assert!(asked.contains("-- end\n)") && asked.ends_with("LIMIT 11) AS lines"), "{asked}");
    }
}
