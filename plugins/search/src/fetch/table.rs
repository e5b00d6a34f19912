//! Rows of a database as a table of markdown.

use toolbay_sdk::notion::properties::known;
use toolbay_sdk::notion::properties::plain::plain;
use toolbay_sdk::notion::table::own_name;
use toolbay_sdk::notion::{NotionId, Schema, flatten};
use toolbay_sdk::prelude::*;

use super::window;

/// Most columns beside the title: a table that is wider does not read well.
const MAX_COLUMNS: usize = 8;

/// Most characters of a cell.
const MAX_CELL_LENGTH: usize = 80;

/// Rows as a table of markdown, and what it leaves unsaid.
pub(super) struct Shown {
    pub(super) text: String,
    /// Columns that are filled and have no place in the table.
    pub(super) left_out: Vec<String>,
    /// Columns of which some cell is not whole.
    pub(super) cut: Vec<String>,
    /// Columns of which Notion did not compute some cell.
    pub(super) not_computed: Vec<String>,
}

/// The rows with their ids, their titles and the first columns that any of them fills, named as a query names them.
pub(super) fn of(schema: &Schema, rows: &[Value]) -> Shown {
    let title = schema.title().map_or("title", |title| title.name.as_str());
    let names = || schema.properties().iter().map(|property| property.name.as_str());
    let is_filled = |name: &&str| rows.iter().any(|row| flatten::properties(row).contains_key(*name));
    let filled: Vec<&str> = names().filter(is_filled).collect();
    let (columns, left_out) = filled.split_at_checked(MAX_COLUMNS).unwrap_or((&filled, &[]));
    let id = own_name(names());
    let mut lines = vec![line([id.as_str(), title].into_iter().chain(columns.iter().copied()))];
    lines.push("| --- ".repeat(columns.len() + 2) + "|");
    let (mut cut, mut not_computed) = (Vec::new(), Vec::new());
    for row in rows {
        let value_of = |name: &str| row.get("properties").and_then(|properties| properties.get(name));
        for name in names() {
            let is_unknown = value_of(name).is_some_and(known::is_not_computed);
            note(&mut not_computed, name, is_unknown || known::is_partial(name, row, schema));
        }
        let mut cells = vec![id_of(row)];
        for name in std::iter::once(title).chain(columns.iter().copied()) {
            let value = value_of(name);
            let cell = value.and_then(plain).map(|value| words(&value)).unwrap_or_default();
            let is_long = window::to(&cell, MAX_CELL_LENGTH).len() < cell.len();
            note(&mut cut, name, is_long || value.is_some_and(known::is_cut));
            cells.push(cell);
        }
        lines.push(line(cells.iter().map(String::as_str)));
    }
    let left_out = left_out.iter().map(|name| (*name).to_owned()).collect();
    Shown { text: lines.join("\n"), left_out, cut, not_computed }
}

fn note(names: &mut Vec<String>, name: &str, is_so: bool) {
    if is_so && !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

/// The id as links have it, which every tool takes.
fn id_of(row: &Value) -> String {
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
    id.parse::<NotionId>().map_or_else(|_| id.to_owned(), |id| id.undashed())
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    cells.fold(String::new(), |line, cell| line + "| " + &escaped(cell) + " ") + "|"
}

fn escaped(cell: &str) -> String {
    let kept = window::to(cell, MAX_CELL_LENGTH);
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
