//! Rows, by a statement that only reads.

use toolbay_sdk::prelude::*;

use crate::{chosen, parameters, shown};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// One SELECT (or WITH, VALUES, EXPLAIN).
    sql: String,
    /// Values for $1, $2, …
    #[serde(default)]
    parameters: Vec<Value>,
    /// Needed where there are several.
    database: Option<String>,
    /// Most rows.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 10_000))]
    limit: u32,
}

fn hundred() -> u32 {
    100
}

/// Reads rows of an SQL database by one statement, which can change nothing. Each row is a list in the order of `columns`; `more` says that
/// the limit cut them.
#[tool(reads, idempotent)]
pub(crate) fn read_query(call: &Call, input: Input) -> Result<Value, Problem> {
    let database = chosen::name(call, input.database.as_deref())?;
    let statement = parameters::statement(input.sql, &input.parameters)?;
    let outcome = call.sql().query(&database, statement, Some(input.limit))?;
    Ok(Value::Object(shown::rows(&outcome)))
}
