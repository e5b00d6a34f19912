//! What commands print: lines for people, or JSON; and nothing in either that would act on a terminal.
//!
//! Whoever reads may stop at any moment, as `head` does: then the command has nothing left to say, and ends.

use std::io::{ErrorKind, Write as _};

use serde_json::Value;
use toolbay_kernel::printable;

/// How this command answers.
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether the answer is JSON, and nothing else may be printed.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints one thing: as JSON, or as the lines that say it.
    pub(crate) fn print(&self, value: &Value, lines: impl FnOnce() -> String) {
        if self.json {
            say(&format!("{}\n", printable::json(value)));
        } else {
            say(&format!("{}\n", printable::lines(&lines())));
        }
    }

    /// Says more of the answer, where it is for people: what is JSON has all of it.
    pub(crate) fn line(&self, text: &str) {
        if !self.json {
            say(&format!("{}\n", printable::lines(text)));
        }
    }

    /// Says something beside the answer, on standard error.
    pub(crate) fn note(text: &str) {
        // Where nobody reads it, nobody misses it.
        let _unread = writeln!(std::io::stderr(), "{}", printable::lines(text));
    }

    /// Prints a list: as JSON, or as a table with these columns.
    pub(crate) fn table(&self, rows: &[Value], columns: &[&str], when_empty: &str) {
        if self.json {
            say(&format!("{}\n", printable::json(&Value::from(rows.to_vec()))));
        } else if rows.is_empty() {
            say(&format!("{}\n", printable::lines(when_empty)));
        } else {
            say(&table(rows, columns));
        }
    }
}

/// Writes to standard output. When that can't be done, nothing else of the command is of use.
pub(super) fn say(text: &str) {
    let mut output = std::io::stdout().lock();
    let Err(error) = output.write_all(text.as_bytes()).and_then(|()| output.flush()) else { return };
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    Output::note(&format!("error: standard output can't be written: {error}"));
    std::process::exit(1);
}

fn table(rows: &[Value], columns: &[&str]) -> String {
    let header = columns.iter().map(|column| column.to_uppercase()).collect();
    let mut lines: Vec<Vec<String>> = vec![header];
    lines.extend(rows.iter().map(|row| columns.iter().map(|column| cell(row.get(column))).collect()));
    let width =
        |index: usize| lines.iter().filter_map(|line| line.get(index)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns.len()).map(|index| width(index).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in &lines {
        let padded: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.is_empty() => "-".to_owned(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    };
    printable::name(&text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_aligned_and_holds_no_control_characters() {
        let rows =
            [json!({"name": "a\u{1b}[2J\n", "tools": ["x", "y"]}), json!({"name": "long name", "tools": []})];
        assert_eq!(
            table(&rows, &["name", "tools"]),
            "NAME          TOOLS\na\\u{1b}[2J\\n  x,y\nlong name     -\n"
        );
    }
}
