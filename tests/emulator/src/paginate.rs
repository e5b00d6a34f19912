//! Lists in pages. A cursor names the first item of the next page (recorded), except for queries of
//! a data source, whose cursors carry a session too.

use serde_json::{Value, json};

use crate::errors::{Refusal, bad_cursor};
use crate::json::{put, single};

/// The most that one page holds, and what it holds when nothing is asked.
pub(crate) const MOST: usize = 100;

/// A `page_size` as lists read it (recorded): more than 100 is 100, zero is 100, and a negative
/// number is an empty page (`None`).
pub(crate) fn size_of(value: &Value) -> Option<usize> {
    match value.as_f64() {
        None => Some(MOST),
        Some(0.0) => Some(MOST),
        Some(negative) if negative < 0.0 => None,
        Some(size) => Some((size as usize).min(MOST)),
    }
}

/// One page of `ids`: the part to show, and the cursor to what follows.
pub(crate) fn slice<'a>(
    ids: &'a [String],
    cursor: Option<&str>,
    size: Option<usize>,
) -> Result<(&'a [String], Option<String>), Refusal> {
    let start = match cursor {
        None => 0,
        Some(cursor) => ids.iter().position(|id| id == cursor).ok_or_else(|| bad_cursor(cursor))?,
    };
    let end = start.saturating_add(size.unwrap_or(0)).min(ids.len());
    Ok((ids.get(start..end).unwrap_or_default(), ids.get(end).cloned()))
}

/// A list object. The results are moved into it: `json!` would copy every one.
pub(crate) fn list(results: Vec<Value>, next_cursor: Option<String>, kind: &str) -> Value {
    let mut list = single("object", json!("list"));
    put(&mut list, "results", Value::Array(results));
    put(&mut list, "next_cursor", json!(next_cursor));
    put(&mut list, "has_more", json!(next_cursor.is_some()));
    put(&mut list, "type", json!(kind));
    put(&mut list, kind, json!({}));
    list
}
