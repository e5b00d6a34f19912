//! Changes, by a statement.

use toolbay_sdk::prelude::*;

use crate::{chosen, parameters, shown};

/// Rows that a statement returns, at most.
const MAX_ROWS: u32 = 100;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// One INSERT, UPDATE, DELETE, or statement about a table, index or view.
    sql: String,
    /// Values for $1, $2, …
    #[serde(default)]
    parameters: Vec<Value>,
    /// Needed where there are several.
    database: Option<String>,
}

/// Changes an SQL database by one statement, and says how many rows it changed. With RETURNING it answers them too.
#[tool(destroys, least = writes)]
pub(crate) fn write_query(call: &Call, input: Input) -> Result<Value, Problem> {
    let database = chosen::name(call, input.database.as_deref())?;
    let statement = parameters::statement(input.sql, &input.parameters)?;
    let outcomes = call.sql().execute(&database, vec![statement], Some(MAX_ROWS))?;
    let outcome = outcomes.into_iter().next().unwrap_or_default();
    let mut shown = shown::rows(&outcome);
    shown.insert("changes".to_owned(), outcome.changes.into());
    Ok(Value::Object(shown))
}
