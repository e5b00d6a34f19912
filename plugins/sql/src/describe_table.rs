//! What columns a table has.

use serde_json::Map;
use toolbay_sdk::prelude::*;
use toolbay_sdk::{Engine, SqlOutcome, SqlValue, Statement};

use crate::list_tables::text;
use crate::{chosen, quoted};

/// Name, type, whether it may not be null, default, whether it is of the primary key; then keys and indexes as texts.
const OF_SQLITE: [&str; 3] = [
    "SELECT name, type, \"notnull\", dflt_value, pk > 0 FROM pragma_table_xinfo($1) WHERE hidden <> 1 ORDER BY cid",
    "SELECT 'FOREIGN KEY (' || group_concat(\"from\", ', ') || ') REFERENCES ' || \"table\" || \
     coalesce(' (' || group_concat(\"to\", ', ') || ')', '') || \
     CASE on_delete WHEN 'NO ACTION' THEN '' ELSE ' ON DELETE ' || on_delete END \
     FROM pragma_foreign_key_list($1) GROUP BY id ORDER BY id",
    "SELECT CASE list.\"unique\" WHEN 1 THEN 'UNIQUE ' ELSE '' END || list.name || \
     ' (' || group_concat(coalesce(info.name, 'expression'), ', ') || ')' \
     FROM pragma_index_list($1) AS list, pragma_index_info(list.name) AS info \
     WHERE list.origin <> 'pk' GROUP BY list.name ORDER BY list.name",
];

const OF_POSTGRES: [&str; 3] = [
    "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), \
     i.indrelid IS NOT NULL \
     FROM pg_catalog.pg_attribute a \
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
     LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey) \
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
    "SELECT pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint \
     WHERE conrelid = to_regclass($1) AND contype = 'f' ORDER BY conname",
    "SELECT pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index \
     WHERE indrelid = to_regclass($1) AND NOT indisprimary ORDER BY indexrelid",
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The table's or view's name.
    table: String,
    /// Its database; needed where there are several.
    database: Option<String>,
}

/// Describes an SQL table or view: columns with types, foreign keys, indexes.
#[tool(reads, idempotent)]
pub(crate) fn describe_table(call: &Call, input: Input) -> Result<Value, Problem> {
    let database = chosen::database(call, input.database.as_deref())?;
    let (statements, table) = match database.engine {
        Engine::Sqlite => (OF_SQLITE, input.table.clone()),
        // Without quotes the server would take capitals for small letters.
        Engine::Postgres => (OF_POSTGRES, quoted::table(&input.table)?),
    };
    let statements = statements.map(|sql| Statement::new(sql).bind(table.as_str())).into();
    let outcomes = call.sql().execute(&database.name, statements, None)?;
    let mut found = outcomes.iter();
    let columns: Vec<Value> = found.next().map(columns).unwrap_or_default();
    if columns.is_empty() {
        let message = format!("The database `{}` has no table `{}`.", database.name, input.table);
        return Err(Problem::not_found(message).hint("Names count as they are written; list the tables."));
    }
    let mut described = Map::new();
    described.insert("database".to_owned(), database.name.into());
    described.insert("columns".to_owned(), columns.into());
    for key in ["foreign_keys", "indexes"] {
        let texts: Vec<&str> = found.next().map(texts).unwrap_or_default();
        if !texts.is_empty() {
            described.insert(key.to_owned(), json!(texts));
        }
    }
    Ok(Value::Object(described))
}

fn columns(outcome: &SqlOutcome) -> Vec<Value> {
    outcome.rows.iter().map(|row| Value::Object(column(row))).collect()
}

/// A column, with what is unusual of it.
fn column(row: &[SqlValue]) -> Map<String, Value> {
    let is_true = |place: usize| row.get(place).and_then(SqlValue::as_integer) == Some(1);
    let mut column = Map::new();
    column.insert("name".to_owned(), text(row.first()).into());
    if let Some(kind) = text(row.get(1)).filter(|kind| !kind.is_empty()) {
        column.insert("type".to_owned(), kind.into());
    }
    if is_true(2) {
        column.insert("required".to_owned(), true.into());
    }
    if let Some(default) = text(row.get(3)) {
        column.insert("default".to_owned(), default.into());
    }
    if is_true(4) {
        column.insert("primary_key".to_owned(), true.into());
    }
    column
}

fn texts(outcome: &SqlOutcome) -> Vec<&str> {
    outcome.rows.iter().filter_map(|row| text(row.first())).collect()
}
