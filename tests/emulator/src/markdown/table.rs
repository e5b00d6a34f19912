//! Tables: rows of pipes, and Notion's tags.

use serde_json::{Value, json};

use crate::json::{Peek, put};
use crate::markdown::tag::{self, Tag};
use crate::markdown::{Version, inline};

/// A row of pipes in its cells; a pipe after a backslash belongs to its cell.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut found = vec![String::new()];
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(cell) = found.last_mut() else { break };
        match letter {
            '\\' => {
                cell.push(letter);
                cell.extend(letters.next());
            }
            '|' if letters.peek().is_none() => {}
            '|' => found.push(String::new()),
            _ => cell.push(letter),
        }
    }
    found.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Whether a line divides the header of a table of pipes from its rows.
pub(super) fn divides(line: &str) -> bool {
    let divider = |cell: &String| {
        let dashes = cell.trim_start_matches(':').trim_end_matches(':');
        !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-')
    };
    line.contains('-') && line.contains('|') && cells(line).iter().all(divider)
}

/// A table of pipes, whose first row is its header.
pub(super) fn piped(version: Version, lines: &[&str]) -> Option<Value> {
    let rows: Vec<Vec<Value>> = lines
        .iter()
        .filter(|line| !divides(line))
        .map(|line| cells(line).iter().map(|cell| inline::parse(version, cell)).collect())
        .collect();
    table(rows, true, false)
}

/// A table of tags.
pub(super) fn tagged(version: Version, text: &str) -> Option<Value> {
    let (open, mut rest) = tag::open(text)?;
    let is_on = |key: &str| open.attribute(key) == Some("true");
    let mut columns: Vec<Option<String>> = Vec::new();
    let mut row_color = None;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    while let Some(at) = rest.find('<') {
        rest = rest.get(at..).unwrap_or_default();
        let Some((tag, after)) = tag::open(rest) else {
            rest = rest.get(1..).unwrap_or_default();
            continue;
        };
        rest = after;
        match tag.name.as_str() {
            "col" => columns.push(color(&tag)),
            "tr" => {
                row_color = color(&tag);
                rows.push(Vec::new());
            }
            "td" | "th" => {
                let Some((inner, after)) = tag::inside(rest, &tag.name) else { continue };
                rest = after;
                let Some(row) = rows.last_mut() else { continue };
                let column = columns.get(row.len()).cloned().flatten();
                let color = color(&tag).or_else(|| row_color.clone()).or(column);
                row.push(colored(inline::parse(version, inner.trim_matches('\n')), color.as_deref()));
            }
            _ => {}
        }
    }
    table(rows, is_on("header-row"), is_on("header-column"))
}

/// A table in the second version: with pipes when its first row is its one header, else with tags.
pub(super) fn written(rows: &[Vec<String>], header_row: bool, header_column: bool) -> String {
    let mut lines: Vec<String> = Vec::new();
    if header_row && !header_column {
        for (place, cells) in rows.iter().enumerate() {
            lines.push(format!("| {} |", cells.join(" | ")));
            if place == 0 {
                lines.push(format!("|{}", " --- |".repeat(cells.len())));
            }
        }
        return lines.join("\n");
    }
    let row = if header_row { " header-row=\"true\"" } else { "" };
    let column = if header_column { " header-column=\"true\"" } else { "" };
    lines.push(format!("<table{row}{column}>"));
    for cells in rows {
        lines.push("<tr>".to_owned());
        lines.extend(cells.iter().map(|cell| format!("<td>{cell}</td>")));
        lines.push("</tr>".to_owned());
    }
    lines.push("</table>".to_owned());
    lines.join("\n")
}

fn color(tag: &Tag) -> Option<String> {
    tag.attribute("color").map(tag::color_of)
}

/// Gives the runs that have no color of their own one.
fn colored(mut runs: Value, color: Option<&str>) -> Value {
    for run in runs.as_array_mut().into_iter().flatten() {
        if let (Some(color), Some(annotations)) = (color, run.get_mut("annotations"))
            && !annotations.has("color")
        {
            put(annotations, "color", json!(color));
        }
    }
    runs
}

fn table(rows: Vec<Vec<Value>>, header_row: bool, header_column: bool) -> Option<Value> {
    let width = rows.iter().map(Vec::len).max().filter(|width| *width > 0)?;
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|mut cells| {
            cells.resize(width, json!([]));
            json!({"table_row": {"cells": cells}})
        })
        .collect();
    Some(json!({"table": {
        "table_width": width, "has_column_header": header_row, "has_row_header": header_column, "children": rows,
    }}))
}
