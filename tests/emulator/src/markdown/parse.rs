//! Markdown to blocks in the form of a request. Children are indented by a tab.

use serde_json::{Value, json};

use crate::json::{put, single};
use crate::markdown::inline;

/// A top-level piece of markdown.
pub(crate) struct Segment {
    /// The lines that it was read from.
    pub(crate) source: String,
    /// The blocks that it makes.
    pub(crate) blocks: Vec<Value>,
    /// The child page or database that it stands for, which is kept and not made.
    pub(crate) reference: Option<String>,
}

/// All blocks of a text.
pub(crate) fn blocks(text: &str) -> Vec<Value> {
    segments(text).into_iter().flat_map(|segment| segment.blocks).collect()
}

/// The text in top-level pieces.
pub(crate) fn segments(text: &str) -> Vec<Segment> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if line.trim().is_empty() {
            at += 1;
            continue;
        }
        let end = end_of(&lines, at);
        let taken = lines.get(at..end).unwrap_or_default();
        let reference = reference(line);
        let blocks = if reference.is_some() { Vec::new() } else { block(taken).into_iter().collect() };
        found.push(Segment { source: taken.join("\n"), blocks, reference });
        at = end;
    }
    found
}

/// The first line after the block that starts at `at`: fenced blocks run to their fence, others over
/// the lines indented below them.
fn end_of(lines: &[&str], at: usize) -> usize {
    let first = lines.get(at).copied().unwrap_or_default();
    for (open, close) in [
        ("```", "```"),
        ("$$", "$$"),
        ("<table", "</table>"),
        ("<callout", "</callout>"),
        ("<details", "</details>"),
        ("<columns", "</columns>"),
    ] {
        let one_line = first.contains(close) && open != close;
        if first.starts_with(open) && !one_line {
            let fence = lines.iter().enumerate().skip(at + 1).find(|(_, line)| line.trim_end() == close);
            return fence.map_or(lines.len(), |(place, _)| place + 1);
        }
    }
    if first.starts_with('|') {
        return lines
            .iter()
            .enumerate()
            .skip(at)
            .find(|(_, line)| !line.starts_with('|'))
            .map_or(lines.len(), |(place, _)| place);
    }
    lines
        .iter()
        .enumerate()
        .skip(at + 1)
        .find(|(_, line)| !line.starts_with('\t'))
        .map_or(lines.len(), |(place, _)| place)
}

/// The id in `<page url="…">` or `<database url="…">`.
fn reference(line: &str) -> Option<String> {
    if !(line.starts_with("<page ") || line.starts_with("<database ")) {
        return None;
    }
    let url = line.split_once("url=\"")?.1.split_once('"')?.0;
    let tail = url.trim_end_matches('/').rsplit('/').next()?;
    Some(crate::identifiers::canonical(
        tail.rsplit('-').next().filter(|last| last.len() == 32).unwrap_or(tail),
    ))
}

fn block(lines: &[&str]) -> Option<Value> {
    let (first, rest) = lines.split_first()?;
    if let Some(language) = first.strip_prefix("```") {
        return Some(code(language.trim(), inner(rest)));
    }
    if *first == "$$" {
        return Some(json!({"equation": {"expression": inner(rest).join("\n")}}));
    }
    if first.starts_with("<table") {
        return table(&tagged_cells(&lines.join("\n")), first.contains("header-row=\"true\""));
    }
    if first.starts_with('|') {
        return table(&piped_cells(lines), true);
    }
    if first.starts_with("<callout") {
        return Some(callout(first, inner(rest)));
    }
    if first.starts_with("<details") {
        return Some(details(inner(rest)));
    }
    if matches!(first.trim(), "---" | "***" | "___") {
        return Some(json!({"divider": {}}));
    }
    let mut made = line(first);
    let below: Vec<&str> = rest.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
    with_children(&mut made, blocks(&below.join("\n")));
    Some(made)
}

fn with_children(block: &mut Value, children: Vec<Value>) {
    if children.is_empty() {
        return;
    }
    let kind = crate::handlers::append::kind_of(block).to_owned();
    if let Some(content) = block.get_mut(&kind) {
        if kind.starts_with("heading_") {
            put(content, "is_toggleable", json!(true));
        }
        put(content, "children", Value::from(children));
    }
}

fn inner<'a>(rest: &'a [&'a str]) -> &'a [&'a str] {
    rest.split_last().map(|(_, inner)| inner).unwrap_or_default()
}

fn line(line: &str) -> Value {
    let text = |kind: &str, text: &str| single(kind, json!({"rich_text": inline::parse(text)}));
    for (mark, kind) in [
        ("# ", "heading_1"),
        ("## ", "heading_2"),
        ("### ", "heading_3"),
        ("#### ", "heading_4"),
        ("> ", "quote"),
    ] {
        if let Some(rest) = line.strip_prefix(mark) {
            return text(kind, rest);
        }
    }
    for (mark, checked) in [("- [ ] ", false), ("- [x] ", true), ("- [X] ", true)] {
        if let Some(rest) = line.strip_prefix(mark) {
            return json!({"to_do": {"rich_text": inline::parse(rest), "checked": checked}});
        }
    }
    for mark in ["- ", "* ", "+ "] {
        if let Some(rest) = line.strip_prefix(mark) {
            return text("bulleted_list_item", rest);
        }
    }
    if let Some((number, rest)) = line.split_once(". ")
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return text("numbered_list_item", rest);
    }
    let image = line
        .strip_prefix("![")
        .and_then(|rest| rest.split_once("]("))
        .and_then(|(caption, rest)| Some((caption, rest.strip_suffix(')')?)));
    if let Some((caption, url)) = image {
        return json!({"image": {"external": {"url": url}, "caption": inline::parse(caption)}});
    }
    if line == "<empty-block/>" {
        return text("paragraph", "");
    }
    text("paragraph", line)
}

fn code(language: &str, lines: &[&str]) -> Value {
    let known = if crate::schemas::blocks::is_language(language) { language } else { "plain text" };
    let mut runs = Vec::new();
    let letters: Vec<char> = lines.join("\n").chars().collect();
    for piece in letters.chunks(2000) {
        runs.push(json!({"text": {"content": piece.iter().collect::<String>()}}));
    }
    json!({"code": {"rich_text": runs, "language": known}})
}

fn callout(open: &str, lines: &[&str]) -> Value {
    let icon = open.split_once("icon=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(icon, _)| icon);
    let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
    let (first, rest) = lines.split_first().map_or(("", Vec::new()), |(first, rest)| (*first, rest.to_vec()));
    let mut callout = json!({"callout": {"rich_text": inline::parse(first)}});
    if let (Some(icon), Some(content)) = (icon, callout.get_mut("callout")) {
        put(content, "icon", json!({"emoji": icon}));
    }
    with_children(&mut callout, blocks(&rest.join("\n")));
    callout
}

fn details(lines: &[&str]) -> Value {
    let (first, rest) = lines.split_first().map_or(("", Vec::new()), |(first, rest)| (*first, rest.to_vec()));
    let summary = first.trim().trim_start_matches("<summary>").trim_end_matches("</summary>");
    let mut toggle = json!({"toggle": {"rich_text": inline::parse(summary)}});
    let below: Vec<&str> = rest.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
    with_children(&mut toggle, blocks(&below.join("\n")));
    toggle
}

fn piped_cells(lines: &[&str]) -> Vec<Vec<String>> {
    lines
        .iter()
        .filter(|line| !line.chars().all(|letter| matches!(letter, '|' | '-' | ':' | ' ')))
        .map(|line| line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn tagged_cells(text: &str) -> Vec<Vec<String>> {
    text.split("<tr>")
        .skip(1)
        .map(|row| {
            row.split("<td>")
                .skip(1)
                .map(|cell| cell.split("</td>").next().unwrap_or_default().to_owned())
                .collect()
        })
        .collect()
}

fn table(rows: &[Vec<String>], header: bool) -> Option<Value> {
    let width = rows.iter().map(Vec::len).max().filter(|width| *width > 0)?;
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let cells: Vec<Value> =
                (0..width).map(|at| inline::parse(row.get(at).map_or("", String::as_str))).collect();
            json!({"table_row": {"cells": cells}})
        })
        .collect();
    Some(json!({"table": {"table_width": width, "has_column_header": header, "children": rows}}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Peek;

    #[test]
    fn lines_become_blocks() {
        let made =
            blocks("# Title\n\nText\n- one\n\t- inner\n- [x] done\n1. first\n```rust\nfn x() {}\n```\n---");
        let kinds: Vec<&str> = made.iter().map(crate::handlers::append::kind_of).collect();
        assert_eq!(
            kinds,
            [
                "heading_1",
                "paragraph",
                "bulleted_list_item",
                "to_do",
                "numbered_list_item",
                "code",
                "divider"
            ]
        );
        assert_eq!(made[2].at("bulleted_list_item").items("children").len(), 1);
        assert_eq!(made[5].at("code").text("language"), Some("rust"));
    }

    #[test]
    fn child_pages_are_references() {
        let found =
            segments("<page url=\"https://app.notion.com/p/aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa\">X</page>");
        assert_eq!(found[0].reference.as_deref(), Some("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"));
    }
}
