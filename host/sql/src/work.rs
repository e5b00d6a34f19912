//! A request to a database, once it is known what it does.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use toolbay_kernel::gate::Payload;
use toolbay_kernel::sql::{EGRESS, SqlEngine, SqlRequest, SqlStatement, SqlValue};
use toolbay_kernel::{Access, Code, Problem};

use crate::limits::{DEFAULT_ROWS, MAX_PARAMETER_BYTES, MAX_PARAMETERS, MAX_ROWS, MAX_SQL, MAX_STATEMENTS};
use crate::statement::{self, Kind};

/// A request to a database: what its statements are, and what they do.
#[derive(Clone)]
pub(crate) struct Work {
    pub(crate) database: String,
    pub(crate) steps: Arc<[Step]>,
    /// Most rows of each statement.
    pub(crate) max_rows: usize,
    /// The strongest thing that any of its statements does.
    pub(crate) access: Access,
}

/// A statement with its parameters.
pub(crate) struct Step {
    pub(crate) text: String,
    pub(crate) parameters: Vec<SqlValue>,
    pub(crate) kind: Kind,
    pub(crate) access: Access,
    pub(crate) verb: &'static str,
}

/// Not the statements: a log is no place for them.
impl fmt::Debug for Work {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Work").field("database", &self.database).finish_non_exhaustive()
    }
}

impl Payload for Work {
    fn in_words(&self) -> Value {
        let steps: Vec<Value> = self.steps.iter().map(|step| json!([step.text, step.parameters])).collect();
        json!([EGRESS, self.database, self.max_rows, steps])
    }
}

impl Work {
    /// What a request for a database does.
    ///
    /// # Errors
    ///
    /// `invalid_input` for what can't be right, `limit_exceeded` beyond a bound, `forbidden` for what isn't carried out for tools.
    pub(crate) fn read(database: &str, engine: SqlEngine, request: SqlRequest) -> Result<Self, Problem> {
        let SqlRequest { statements, max_rows } = request;
        check_sizes(&statements)?;
        let several = statements.len() > 1;
        let mut access = Access::Reads;
        let mut steps = Vec::with_capacity(statements.len());
        for (place, SqlStatement { sql, parameters }) in statements.into_iter().enumerate() {
            let read = statement::read(&sql, engine).map_err(|error| match several {
                true => numbered(error.problem(), place + 1),
                false => error.problem(),
            })?;
            access = access.max(read.access);
            let (kind, verb, text) = (read.kind, read.verb, read.text.to_owned());
            steps.push(Step { text, parameters, kind, access: read.access, verb });
        }
        let max_rows = max_rows.map_or(DEFAULT_ROWS, |rows| usize::try_from(rows).unwrap_or(MAX_ROWS));
        Ok(Self {
            database: database.to_owned(),
            steps: steps.into(),
            max_rows: max_rows.clamp(1, MAX_ROWS),
            access,
        })
    }

    /// What is written to, for people; empty for a read.
    pub(crate) fn target(&self) -> String {
        if self.access == Access::Reads {
            return String::new();
        }
        let mut verbs: Vec<&str> = Vec::new();
        for step in self.steps.iter() {
            if !verbs.contains(&step.verb) {
                verbs.push(step.verb);
            }
        }
        format!("{} in the database `{}`", verbs.join(", "), self.database)
    }
}

fn numbered(problem: Problem, number: usize) -> Problem {
    let message = format!("Statement {number}: {}", problem.message);
    Problem { message, ..problem }
}

fn check_sizes(statements: &[SqlStatement]) -> Result<(), Problem> {
    let beyond = |what: String| Err(Problem::new(Code::LimitExceeded, what).hint("Send less at once."));
    if statements.is_empty() {
        return Err(Problem::new(Code::InvalidInput, "There is no statement.").hint("Give at least one."));
    }
    if statements.len() > MAX_STATEMENTS {
        return beyond(format!("A request has at most {MAX_STATEMENTS} statements."));
    }
    if statements.iter().map(|statement| statement.sql.len()).sum::<usize>() > MAX_SQL {
        return beyond(format!("The statements of a request have at most {MAX_SQL} bytes."));
    }
    if statements.iter().any(|statement| statement.parameters.len() > MAX_PARAMETERS) {
        return beyond(format!("A statement has at most {MAX_PARAMETERS} parameters."));
    }
    let parameters = statements.iter().flat_map(|statement| &statement.parameters);
    if parameters.map(length).sum::<usize>() > MAX_PARAMETER_BYTES {
        return beyond(format!("The parameters of a request have at most {MAX_PARAMETER_BYTES} bytes."));
    }
    Ok(())
}

/// Bytes of a value.
pub(crate) fn length(value: &SqlValue) -> usize {
    match value {
        SqlValue::Text(text) => text.len(),
        SqlValue::Blob(bytes) => bytes.len(),
        SqlValue::Null | SqlValue::Boolean(_) | SqlValue::Integer(_) | SqlValue::Real(_) => 0,
    }
}
