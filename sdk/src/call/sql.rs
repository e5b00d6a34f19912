//! SQL databases as a call sees them.

use crate::host::Host;
use crate::provider::Provider;
use crate::{Database, Problem, SqlOutcome, Statement};

/// The SQL databases that the operator named.
///
/// ```no_run
/// # use toolbay_sdk::prelude::*;
/// # use toolbay_sdk::Statement;
/// # fn example(call: &Call) -> Result<(), Problem> {
/// let late = Statement::new("SELECT name FROM tasks WHERE due < $1").bind("2026-01-01");
/// let rows = call.sql().query("main", late, Some(100))?.rows;
/// let done = Statement::new("UPDATE tasks SET done = $1 WHERE id = $2").bind(true).bind(7);
/// call.sql().execute("main", vec![done], None)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sql<'call> {
    host: &'call Provider,
}

impl<'call> Sql<'call> {
    pub(super) fn new(host: &'call Provider) -> Self {
        Self { host }
    }

    /// The databases that there are, by name.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub fn databases(self) -> Result<Vec<Database>, Problem> {
        self.host.databases()
    }

    /// The rows of one statement that only reads: at most `max_rows`, of which the host gives 10,000 at once and 1,000 where nothing is
    /// said. Needs `sql.read`.
    ///
    /// # Errors
    ///
    /// `forbidden` for a statement that may do more, and what the database says.
    pub fn query(
        self,
        database: &str,
        statement: impl Into<Statement>,
        max_rows: Option<u32>,
    ) -> Result<SqlOutcome, Problem> {
        self.host.query(database, statement.into(), max_rows)
    }

    /// Carries statements out in one transaction, in their order: all of them or none. Needs `sql.write` where one of them writes, which
    /// is then sent at most once.
    ///
    /// # Errors
    ///
    /// What the database says, and `outcome_unknown` where nobody can tell whether it was carried out.
    pub fn execute(
        self,
        database: &str,
        statements: Vec<Statement>,
        max_rows: Option<u32>,
    ) -> Result<Vec<SqlOutcome>, Problem> {
        self.host.execute(database, statements, max_rows)
    }
}
