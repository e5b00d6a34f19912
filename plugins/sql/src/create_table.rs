//! A new table.

use toolbay_sdk::Statement;
use toolbay_sdk::prelude::*;

use crate::{chosen, quoted};

/// Longest type of a column, in bytes.
const MAX_TYPE: usize = 60;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The new table's name.
    table: String,
    /// Its columns, in their order.
    #[schemars(length(min = 1, max = 200))]
    columns: Vec<Column>,
    /// Let a table of this name be as it is.
    #[serde(default)]
    if_not_exists: bool,
    /// Needed where there are several.
    database: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    name: String,
    /// Such as INTEGER, TEXT, REAL, NUMERIC(10,2).
    #[serde(rename = "type")]
    kind: String,
    /// Of several, together.
    #[serde(default)]
    primary_key: bool,
    /// Not null.
    #[serde(default)]
    required: bool,
    #[serde(default)]
    unique: bool,
    /// A text, a number, true or false.
    #[serde(default)]
    default: Value,
    /// The column that its values are of, such as people(id).
    references: Option<String>,
}

/// Makes a table in an SQL database.
#[tool(writes)]
pub(crate) fn create_table(call: &Call, input: Input) -> Result<Value, Problem> {
    let database = chosen::name(call, input.database.as_deref())?;
    let sql = definition(&input)?;
    call.sql().execute(&database, vec![Statement::new(sql.as_str())], None)?;
    Ok(json!({ "database": database, "table": input.table, "sql": sql }))
}

fn definition(input: &Input) -> Result<String, Problem> {
    let keys: Vec<&Column> = input.columns.iter().filter(|column| column.primary_key).collect();
    let mut parts = Vec::new();
    for column in &input.columns {
        parts.push(part(column, keys.len() == 1)?);
    }
    if keys.len() > 1 {
        let names: Result<Vec<_>, _> = keys.iter().map(|column| quoted::name(&column.name)).collect();
        parts.push(format!("PRIMARY KEY ({})", names?.join(", ")));
    }
    let unless = if input.if_not_exists { "IF NOT EXISTS " } else { "" };
    Ok(format!("CREATE TABLE {unless}{} ({})", quoted::table(&input.table)?, parts.join(", ")))
}

fn part(column: &Column, is_only_key: bool) -> Result<String, Problem> {
    let mut part = format!("{} {}", quoted::name(&column.name)?, kind(column)?);
    if column.primary_key && is_only_key {
        part += " PRIMARY KEY";
    }
    if column.required {
        part += " NOT NULL";
    }
    if column.unique {
        part += " UNIQUE";
    }
    if !column.default.is_null() {
        let value = quoted::value(&column.default).ok_or_else(|| {
            Problem::invalid_input(format!("The default of `{}` is no value of a column.", column.name))
                .hint("Give a text, a number, true or false.")
        })?;
        part += &format!(" DEFAULT {value}");
    }
    if let Some(other) = &column.references {
        part += &format!(" REFERENCES {}", reference(other)?);
    }
    Ok(part)
}

/// A type in words, numbers and brackets, and nothing that could end the column.
fn kind(column: &Column) -> Result<&str, Problem> {
    let kind = column.kind.trim();
    if kind.len() <= MAX_TYPE && is_type(kind) {
        return Ok(kind);
    }
    Err(Problem::invalid_input(format!("The type of `{}` can't be one.", column.name))
        .hint("Types are words such as INTEGER, TEXT, REAL, BLOB or NUMERIC(10,2)."))
}

/// Words with one pair of brackets at most, within which alone there are commas, and `[]` at the end for a list: `timestamp(3) with time zone`.
fn is_type(kind: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == ' ' || letter == '_';
    let kind = kind.trim_end_matches("[]");
    let (before, rest) = kind.split_once('(').unwrap_or((kind, ")"));
    let Some((within, after)) = rest.split_once(')') else { return false };
    before.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && before.chars().chain(after.chars()).all(is_part)
        && within.chars().all(|letter| is_part(letter) || letter == ',')
}

/// `people(id)` or `people`.
fn reference(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    match text.split_once('(') {
        None => quoted::table(text),
        Some((table, rest)) => {
            let column = rest.strip_suffix(')').ok_or_else(|| {
                Problem::invalid_input(format!("`{text}` names no column.")).hint("Write it as people(id).")
            })?;
            Ok(format!("{} ({})", quoted::table(table.trim())?, quoted::name(column.trim())?))
        }
    }
}
