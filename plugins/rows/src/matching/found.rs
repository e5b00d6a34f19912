//! The rows that a filter finds, with the columns that are needed of them.

use serde_json::Map;
use toolbay_sdk::notion::DataSource;
use toolbay_sdk::notion::query::{PAGE_SIZE, Query};
use toolbay_sdk::prelude::*;

/// How many rows are counted before it is only said that there are more.
const COUNTED: usize = 1_000;

/// A row, and what it holds.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) properties: Map<String, Value>,
}

/// All rows that the filter finds.
///
/// # Errors
///
/// `limit_exceeded` where there are more than may be changed, with their number.
pub(super) fn rows(
    call: &Call,
    source: &DataSource,
    filter: &Value,
    columns: &[String],
    at_most: usize,
) -> Result<Vec<Row>, Problem> {
    let query = Query::of(&source.id).with("filter", filter.clone()).column_ids(columns.to_vec());
    let mut rows: Vec<Row> = Vec::new();
    let mut count = 0;
    let mut cursor: Option<String> = None;
    loop {
        let found = query.page(call, cursor.as_deref(), PAGE_SIZE)?;
        for mut page in found.rows {
            count += 1;
            if count > at_most {
                continue;
            }
            let Some(id) = page.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
            let properties = match page.get_mut("properties").map(Value::take) {
                Some(Value::Object(properties)) => properties,
                _ => Map::new(),
            };
            rows.push(Row { id, properties });
        }
        cursor = found.next_cursor;
        let has_more = cursor.is_some() || found.is_capped;
        if count > at_most && (count > COUNTED || !has_more) {
            return Err(too_many(count, at_most, has_more));
        }
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

fn too_many(count: usize, at_most: usize, has_more: bool) -> Problem {
    let told = if has_more { format!("More than {COUNTED}") } else { count.to_string() };
    Problem::limit_exceeded(format!("{told} rows match, and at most {at_most} may be changed."))
        .hint(match has_more {
            false => format!("Narrow `where`, or say `\"at_most\": {count}` if all of them are meant."),
            true => "Narrow `where`: one call changes at most 1000.".to_owned(),
        })
        .details(json!({ "matched": count, "has_more": has_more }))
}
