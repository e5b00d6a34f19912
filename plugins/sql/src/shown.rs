//! Rows as a model reads them.

use std::fmt::Write as _;

use serde_json::Map;
use toolbay_sdk::prelude::*;
use toolbay_sdk::{SqlOutcome, SqlValue};

/// Bytes of a blob that are shown.
const MAX_BYTES: usize = 64;

/// The rows of a statement, each as a list in the order of the columns; nothing for a statement without rows.
pub(crate) fn rows(outcome: &SqlOutcome) -> Map<String, Value> {
    let mut shown = Map::new();
    if outcome.columns.is_empty() {
        return shown;
    }
    let rows: Vec<Vec<Value>> = outcome.rows.iter().map(|row| row.iter().map(value).collect()).collect();
    shown.insert("columns".to_owned(), json!(outcome.columns));
    shown.insert("rows".to_owned(), json!(rows));
    if outcome.more {
        shown.insert("more".to_owned(), true.into());
    }
    shown
}

fn value(value: &SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Boolean(value) => (*value).into(),
        SqlValue::Integer(value) => (*value).into(),
        // JSON has no infinity.
        SqlValue::Real(value) if value.is_finite() => (*value).into(),
        SqlValue::Real(value) => value.to_string().into(),
        SqlValue::Text(text) => text.as_str().into(),
        SqlValue::Blob(bytes) => blob(bytes).into(),
    }
}

/// As SQL writes it; a long one by its length, since a model can do nothing with it.
fn blob(bytes: &[u8]) -> String {
    if bytes.len() > MAX_BYTES {
        return format!("(a blob of {} bytes)", bytes.len());
    }
    let mut text = String::from("x'");
    for byte in bytes {
        let _infallible = write!(text, "{byte:02x}");
    }
    text + "'"
}
