//! Rows of a database as a table of markdown.

use toolbay_sdk::notion::properties::plain::plain;
use toolbay_sdk::notion::{Schema, flatten};
use toolbay_sdk::prelude::*;

use super::window;

/// Most columns beside the title: a table that is wider does not read well.
const MOST_COLUMNS: usize = 8;

/// Most characters of a cell.
const LONGEST_CELL: usize = 80;

/// The rows with their titles and the first columns that any of them fills.
pub(super) fn of(schema: &Schema, rows: &[Value]) -> String {
    let columns: Vec<&str> = schema
        .properties()
        .iter()
        .map(|property| property.name.as_str())
        .filter(|name| rows.iter().any(|row| flatten::properties(row).contains_key(*name)))
        .take(MOST_COLUMNS)
        .collect();
    let mut lines = vec![line(["title"].into_iter().chain(columns.iter().copied()))];
    lines.push("| --- ".repeat(columns.len() + 1) + "|");
    for row in rows {
        let title = flatten::title(row).unwrap_or_default();
        let values: Vec<String> = columns
            .iter()
            .map(|name| {
                let value = row.get("properties").and_then(|properties| properties.get(*name));
                value.and_then(plain).map(|value| words(&value)).unwrap_or_default()
            })
            .collect();
        lines.push(line([title.as_str()].into_iter().chain(values.iter().map(String::as_str))));
    }
    lines.join("\n")
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    cells.fold(String::new(), |line, cell| line + "| " + &escaped(cell) + " ") + "|"
}

fn escaped(cell: &str) -> String {
    let kept = window::to(cell, LONGEST_CELL);
    let end = if kept.len() < cell.len() { "..." } else { "" };
    format!("{}{end}", kept.replace('|', "\\|").replace(['\n', '\r'], " "))
}

/// A plain value as people would write it into a cell.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) => elements.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(object) => ["name", "url", "id", "start"]
            .into_iter()
            .find_map(|key| object.get(key).and_then(Value::as_str))
            .map_or_else(|| value.to_string(), str::to_owned),
        other => other.to_string(),
    }
}
