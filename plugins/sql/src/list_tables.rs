//! What tables there are.

use serde_json::Map;
use toolbay_sdk::prelude::*;
use toolbay_sdk::{Database, Engine, SqlValue};

use crate::chosen;

/// Tables and views of one database that are listed.
const MAX: u32 = 1_000;

const OF_SQLITE: &str = "SELECT name, type = 'view' FROM pragma_table_list \
    WHERE schema = 'main' AND type <> 'shadow' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name";

const OF_POSTGRES: &str = "SELECT CASE WHEN table_schema = current_schema() THEN table_name \
    ELSE table_schema || '.' || table_name END, table_type = 'VIEW' FROM information_schema.tables \
    WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// One database; all of them without it.
    database: Option<String>,
}

/// Lists the SQL databases with their tables and views.
#[tool(reads, idempotent)]
pub(crate) fn list_tables(call: &Call, input: Input) -> Result<Value, Problem> {
    let databases = match input.database.as_deref() {
        Some(name) => vec![chosen::database(call, Some(name))?],
        None => call.sql().databases()?,
    };
    let mut listed = Vec::new();
    for database in &databases {
        listed.push(match tables(call, database) {
            Ok(tables) => Value::Object(tables),
            // One that can't be reached, or isn't granted, hides no other.
            Err(problem) if databases.len() > 1 => {
                json!({ "database": database.name, "error": problem.message })
            }
            Err(problem) => return Err(problem),
        });
    }
    Ok(json!({ "databases": listed }))
}

fn tables(call: &Call, database: &Database) -> Result<Map<String, Value>, Problem> {
    let (engine, statement) = match database.engine {
        Engine::Sqlite => ("sqlite", OF_SQLITE),
        Engine::Postgres => ("postgres", OF_POSTGRES),
    };
    let found = call.sql().query(&database.name, statement, Some(MAX))?;
    let (mut tables, mut views) = (Vec::new(), Vec::new());
    for row in &found.rows {
        let [name, is_view] = row.as_slice() else { continue };
        let list = if is_view.as_integer() == Some(1) { &mut views } else { &mut tables };
        list.extend(name.as_text().map(str::to_owned));
    }
    let mut listed = Map::new();
    listed.insert("database".to_owned(), database.name.as_str().into());
    listed.insert("engine".to_owned(), engine.into());
    listed.insert("writes".to_owned(), database.writes.into());
    listed.insert("tables".to_owned(), json!(tables));
    if !views.is_empty() {
        listed.insert("views".to_owned(), json!(views));
    }
    if found.more {
        listed.insert("more".to_owned(), true.into());
    }
    Ok(listed)
}

/// A cell's text, where it has one.
pub(crate) fn text(cell: Option<&SqlValue>) -> Option<&str> {
    cell.and_then(SqlValue::as_text)
}
