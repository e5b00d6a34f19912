//! Notion-flavored markdown to blocks in the form of a request.

use serde_json::{Value, json};

use crate::json::single;
use crate::markdown::flavored::blocks;
use crate::markdown::flavored::lines::{self, Start};
use crate::markdown::{Unit, Version, inline, table};
use crate::schemas::blocks::language_of;

/// The text in top-level pieces.
pub(crate) fn units(text: &str) -> Vec<Unit> {
    let lines: Vec<&str> = text.lines().collect();
    of_lines(&lines)
}

pub(super) fn of_lines(lines: &[&str]) -> Vec<Unit> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let end = lines::end(lines, at).max(at + 1);
        read(lines.get(at..end).unwrap_or_default(), &mut found);
        at = end;
    }
    found
}

pub(super) fn runs(text: &str) -> Value {
    inline::parse(Version::Flavored, text)
}

/// A paragraph's lines, without the blanks before and behind each.
pub(super) fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<&str>>().join("\n")
}

fn read(lines: &[&str], found: &mut Vec<Unit>) {
    let Some((first, rest)) = lines.split_first() else { return };
    // A fence that nothing closes goes on to the end.
    let inner = || match rest.split_last() {
        Some((last, inner)) if closes(first, last) => inner.join("\n"),
        _ => rest.join("\n"),
    };
    let block = match lines::start(first) {
        Start::Blank => return,
        Start::Fence(_, _, info) => code(&inner(), info),
        Start::Equation => json!({"equation": {"expression": inner()}}),
        Start::Tag => return blocks::read(lines, found),
        Start::Heading(level, text) => {
            let bare = text.trim_end_matches('#');
            let text = if bare.is_empty() || bare.ends_with(' ') { bare.trim_end() } else { text };
            single(&format!("heading_{}", level.min(4)), json!({"rich_text": runs(text)}))
        }
        Start::Divider => json!({"divider": {}}),
        Start::Quote => blocks::quote(lines),
        Start::Item(item) => blocks::item(item, rest),
        Start::Text => paragraph(lines),
    };
    found.push(Unit::Block(block));
}

fn closes(open: &str, line: &str) -> bool {
    let line = line.trim();
    match lines::start(open) {
        Start::Fence(sign, length, _) => line.len() >= length && line.chars().all(|letter| letter == sign),
        _ => line == "$$",
    }
}

/// Text, a picture that stands alone, or a table of pipes.
pub(super) fn paragraph(lines: &[&str]) -> Value {
    if lines.get(1).is_some_and(|line| table::divides(line))
        && let Some(table) = table::piped(Version::Flavored, lines)
    {
        return table;
    }
    let text = joined(lines);
    let image = text
        .strip_prefix("![")
        .and_then(|rest| rest.split_once("]("))
        .and_then(|(caption, rest)| Some((caption, rest.strip_suffix(')')?)))
        .filter(|(_, url)| !url.contains(['(', ')', '\n']));
    match image {
        Some((caption, url)) => json!({"image": {"external": {"url": url}, "caption": runs(caption)}}),
        None => json!({"paragraph": {"rich_text": runs(&text)}}),
    }
}

fn code(text: &str, info: &str) -> Value {
    let runs = if text.is_empty() { json!([]) } else { json!([{"text": {"content": text}}]) };
    json!({"code": {"rich_text": runs, "language": language_of(info)}})
}
