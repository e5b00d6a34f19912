//! Names and values as SQL has them in a text.

use toolbay_sdk::prelude::*;

/// A name in quotes, whatever it is.
pub(crate) fn name(name: &str) -> Result<String, Problem> {
    if name.trim().is_empty() || name.contains('\0') {
        return Err(Problem::invalid_input("A name is empty.").hint("Name each table and column."));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// The name of a table, which may have its schema before a dot.
pub(crate) fn table(given: &str) -> Result<String, Problem> {
    let parts: Result<Vec<_>, _> = given.split('.').map(name).collect();
    Ok(parts?.join("."))
}

/// A value.
pub(crate) fn value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.contains('\0') => Some(format!("'{}'", text.replace('\'', "''"))),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(if *value { "TRUE" } else { "FALSE" }.to_owned()),
        _ => None,
    }
}
