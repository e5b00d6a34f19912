//! Tables of markdown, by pipes or by tags.

use serde_json::{Map, Value, json};

use crate::ARRAY_LIMIT;
use crate::Error;
use crate::markdown::tag::{Shape, Tag};

/// The cells of `| a | b |`; `\|` is a pipe in a cell.
pub(super) fn cells(line: &str) -> Vec<String> {
    let inner = line.trim();
    let inner = inner.strip_prefix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match (character, characters.peek()) {
            ('\\', Some('|')) => cell.extend(characters.next()),
            ('\\', Some(_)) => {
                cell.push('\\');
                cell.extend(characters.next());
            }
            ('|', None) => return trimmed(cells),
            ('|', Some(_)) => cells.push(String::new()),
            (other, _) => cell.push(other),
        }
    }
    trimmed(cells)
}

fn trimmed(cells: Vec<String>) -> Vec<String> {
    cells.into_iter().map(|cell| cell.trim_matches([' ', '\t']).to_owned()).collect()
}

/// True for the line under a table's header, such as `| --- | :-: |`.
pub(super) fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.contains('-')
        && line.contains('|')
        && line.bytes().all(|byte| matches!(byte, b'-' | b':' | b'|' | b' ' | b'\t'))
}

/// Most cells of a table: filling short rows up must not make a small text large.
const CELL_LIMIT: usize = 100_000;

/// A table's members from rows of cells, filled up to the longest.
pub(super) fn members(
    mut rows: Vec<Vec<String>>,
    header_row: bool,
    header_column: bool,
) -> Result<Map<String, Value>, Error> {
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    if width > ARRAY_LIMIT || width * rows.len() > CELL_LIMIT {
        return Err(Error::limit_exceeded(format!(
            "The table has {} rows of {width} cells; at most {ARRAY_LIMIT} in a row and {CELL_LIMIT} in all are taken.",
            rows.len()
        ))
        .hint("Divide the table, or make a database of it."));
    }
    for row in &mut rows {
        row.resize(width, String::new());
    }
    let mut members = Map::from_iter([("rows".to_owned(), json!(rows))]);
    for (name, on) in [("header_row", header_row), ("header_column", header_column)] {
        if on {
            members.insert(name.to_owned(), true.into());
        }
    }
    Ok(members)
}

/// A table by tags as it was read.
#[derive(Debug, Default)]
pub(super) struct Tagged {
    pub(super) rows: Vec<Vec<String>>,
    /// All cells of the first row were `<th>`.
    pub(super) header: bool,
    /// There were colours or other attributes on rows and cells, which Notion's API can't set.
    pub(super) attributes: bool,
    /// There was text outside of cells.
    pub(super) stray: bool,
}

/// Reads what stands between `<table>` and `</table>`.
pub(super) fn tagged(source: &str) -> Tagged {
    let mut table = Tagged::default();
    let (mut position, mut cell, mut headers) = (0, None, 0);
    while let Some(rest) = source.get(position..).filter(|rest| !rest.is_empty()) {
        let skip = rest.find(['<', '\\']).unwrap_or(rest.len());
        let (words, from) = rest.split_at_checked(skip).unwrap_or((rest, ""));
        let escaped = from.strip_prefix('\\').and_then(|after| after.chars().next());
        let tag = Tag::read(source, position + skip)
            .filter(|tag| matches!(tag.name, "td" | "th" | "tr" | "thead" | "tbody" | "colgroup" | "col"));
        let (text, end) = match (&tag, escaped) {
            (Some(tag), _) => (words.to_owned(), tag.end),
            (None, Some(escaped)) => {
                (format!("{words}\\{escaped}"), position + skip + 1 + escaped.len_utf8())
            }
            (None, None) => {
                (format!("{words}{}", from.get(..1).unwrap_or_default()), position + skip + from.len().min(1))
            }
        };
        match cell.as_mut() {
            Some(cell) => String::push_str(cell, &text),
            None => table.stray |= !text.trim().is_empty(),
        }
        position = end;
        let Some(tag) = tag else { continue };
        table.attributes |= matches!(tag.name, "td" | "th" | "tr") && !tag.attributes.is_empty();
        match (tag.name, tag.shape) {
            ("tr", Shape::Opening) => table.rows.push(Vec::new()),
            ("td" | "th", Shape::Opening) => {
                headers += usize::from(tag.name == "th" && table.rows.len() == 1);
                cell = Some(String::new());
            }
            ("td" | "th", Shape::Closing) => {
                if let (Some(text), Some(row)) = (cell.take(), table.rows.last_mut()) {
                    row.push(text.trim_matches([' ', '\t', '\n']).to_owned());
                }
            }
            _ => {}
        }
    }
    table.header = headers > 0 && table.rows.first().is_some_and(|row| row.len() == headers);
    table
}
