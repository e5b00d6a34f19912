//! Markdown to blocks in the form of a request. Children are indented by a tab.

use serde_json::{Value, json};

use crate::identifiers::id_of_url;
use crate::json::{put, single};
use crate::markdown::{inline, tag};

/// A top-level piece of markdown.
pub(crate) struct Segment {
    /// The lines that it was read from.
    pub(crate) source: String,
    /// The blocks that it makes.
    pub(crate) blocks: Vec<Value>,
    /// The child page, database or block without a form in markdown that it stands for, which is kept and not made.
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

/// Tags whose blocks run to their closing tag.
const FENCED: [&str; 7] =
    ["table", "callout", "details", "columns", "column", "synced_block", "synced_block_reference"];

/// The first line after the block that starts at `at`: fenced blocks run to their fence, others over
/// the lines indented below them.
fn end_of(lines: &[&str], at: usize) -> usize {
    let first = lines.get(at).copied().unwrap_or_default();
    let fence = if first.starts_with("```") {
        Some("```".to_owned())
    } else if first.starts_with("$$") {
        Some("$$".to_owned())
    } else {
        let name = tag::open(first).map(|(tag, _)| tag).filter(|tag| !tag.is_closed).map(|tag| tag.name);
        name.filter(|name| FENCED.contains(&name.as_str())).map(|name| format!("</{name}>"))
    };
    if let Some(close) = fence.filter(|close| !(close.starts_with('<') && first.contains(close.as_str()))) {
        let end = lines.iter().enumerate().skip(at + 1).find(|(_, line)| line.trim_end() == close);
        return end.map_or(lines.len(), |(place, _)| place + 1);
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

/// The id in `<page url="…">`, `<database url="…">` or `<unknown url="…"/>`.
fn reference(line: &str) -> Option<String> {
    let (tag, _) = tag::open(line)?;
    let is_reference = ["page", "database", "unknown"].contains(&tag.name.as_str());
    is_reference.then(|| tag.attribute("url").map(id_of_url)).flatten()
}

fn block(lines: &[&str]) -> Option<Value> {
    let (first, rest) = lines.split_first()?;
    if let Some(language) = first.strip_prefix("```") {
        return Some(code(language.trim(), inner(rest)));
    }
    if *first == "$$" {
        return Some(json!({"equation": {"expression": inner(rest).join("\n")}}));
    }
    let opens = |name: &str| tag::open(first).is_some_and(|(tag, _)| tag.name == name);
    if opens("table") {
        let header = |key: &str| first.contains(&format!("header-{key}=\"true\""));
        return table(&tagged_cells(&lines.join("\n")), header("row"), header("column"));
    }
    if first.starts_with('|') {
        return table(&piped_cells(lines), true, false);
    }
    if opens("callout") {
        return Some(callout(first, inner(rest)));
    }
    if opens("details") {
        return Some(details(first, inner(rest)));
    }
    if let Some((tag, after)) = tag::open(first)
        && let Some(block) = tagged(&tag, after, inner(rest))
    {
        return Some(block);
    }
    if matches!(first.trim(), "---" | "***" | "___") {
        return Some(json!({"divider": {}}));
    }
    let mut made = line(first);
    let below: Vec<&str> = rest.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
    with_children(&mut made, blocks(&below.join("\n")));
    Some(made)
}

/// Media, columns, synced blocks and tables of contents, which have tags.
fn tagged(tag: &tag::Tag, after: &str, lines: &[&str]) -> Option<Value> {
    let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
    let below = || blocks(&lines.join("\n"));
    match tag.name.as_str() {
        kind @ ("audio" | "video" | "file" | "pdf") => {
            let caption =
                after.split_once(&format!("</{kind}>")).map(|(caption, _)| caption).unwrap_or_default();
            let media =
                json!({"external": {"url": tag.attribute("src")?}, "caption": inline::parse(caption)});
            Some(single(kind, media))
        }
        "table_of_contents" => {
            let color = tag.attribute("color").map_or_else(|| "default".to_owned(), tag::color_of);
            Some(json!({"table_of_contents": {"color": color}}))
        }
        "columns" => Some(json!({"column_list": {"children": below()}})),
        "column" => Some(json!({"column": {"children": below()}})),
        "synced_block_reference" => {
            let from = tag.attribute("url").map(id_of_url)?;
            Some(json!({"synced_block": {"synced_from": {"type": "block_id", "block_id": from}}}))
        }
        "synced_block" => Some(json!({"synced_block": {"synced_from": null, "children": below()}})),
        _ => None,
    }
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

/// One line with its attribute list.
fn line(line: &str) -> Value {
    let (line, attributes) = tag::attributes_of(line);
    let mut made = plain_line(line);
    let kind = crate::handlers::append::kind_of(&made).to_owned();
    if let Some(content) = made.get_mut(&kind) {
        for (key, value) in attributes {
            match key.as_str() {
                "color" if kind != "image" => put(content, "color", json!(tag::color_of(&value))),
                "toggle" if kind.starts_with("heading_") => {
                    put(content, "is_toggleable", json!(value == "true"));
                }
                _ => {}
            }
        }
    }
    made
}

fn plain_line(line: &str) -> Value {
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
    let tag = tag::open(open).map(|(tag, _)| tag);
    let attribute = |key: &str| tag.as_ref().and_then(|tag| tag.attribute(key)).map(str::to_owned);
    let (icon, color) = (attribute("icon"), attribute("color"));
    let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
    let (first, rest) = lines.split_first().map_or(("", Vec::new()), |(first, rest)| (*first, rest.to_vec()));
    let mut callout = json!({"callout": {"rich_text": inline::parse(first)}});
    if let (Some(icon), Some(content)) = (icon, callout.get_mut("callout")) {
        put(content, "icon", json!({"emoji": icon}));
    }
    if let (Some(color), Some(content)) = (color, callout.get_mut("callout")) {
        put(content, "color", json!(tag::color_of(&color)));
    }
    with_children(&mut callout, blocks(&rest.join("\n")));
    callout
}

fn details(open: &str, lines: &[&str]) -> Value {
    let (first, rest) = lines.split_first().map_or(("", Vec::new()), |(first, rest)| (*first, rest.to_vec()));
    let summary = first.trim();
    let summary = summary.strip_prefix("<summary>").unwrap_or(summary);
    let summary = summary.strip_suffix("</summary>").unwrap_or(summary);
    let color = tag::open(open).and_then(|(tag, _)| tag.attribute("color").map(tag::color_of));
    let color = color.unwrap_or_else(|| "default".to_owned());
    let mut toggle = json!({"toggle": {"rich_text": inline::parse(summary), "color": color}});
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

fn table(rows: &[Vec<String>], header_row: bool, header_column: bool) -> Option<Value> {
    let width = rows.iter().map(Vec::len).max().filter(|width| *width > 0)?;
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let cells: Vec<Value> =
                (0..width).map(|at| inline::parse(row.get(at).map_or("", String::as_str))).collect();
            json!({"table_row": {"cells": cells}})
        })
        .collect();
    Some(json!({"table": {
        "table_width": width, "has_column_header": header_row, "has_row_header": header_column, "children": rows,
    }}))
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
