//! Enhanced markdown to blocks in the form of a request. Children are indented by a tab.

use serde_json::{Value, json};

use crate::identifiers::id_of_url;
use crate::json::{Peek, put, single};
use crate::markdown::icon::icon_of;
use crate::markdown::{Unit, Version, inline, table, tag, unit};

/// The text in top-level pieces.
pub(crate) fn units(text: &str) -> Vec<Unit> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if line.trim().is_empty() {
            at += 1;
            continue;
        }
        let end = end_of(&lines, at);
        match reference(line) {
            Some(reference) => found.push(Unit::Reference(reference)),
            None => found.extend(block(lines.get(at..end).unwrap_or_default()).into_iter().map(Unit::Block)),
        }
        at = end;
    }
    found
}

fn blocks(text: &str) -> Vec<Value> {
    unit::blocks(units(text))
}

fn runs(text: &str) -> Value {
    inline::parse(Version::Enhanced, text)
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
    } else if first.starts_with("$$") && one_line_equation(first).is_none() {
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

/// An equation between its signs on one line.
fn one_line_equation(line: &str) -> Option<&str> {
    let inner = line.trim_end().strip_prefix("$$")?.strip_suffix("$$")?.trim();
    (!inner.is_empty()).then_some(inner)
}

/// The blocks that some lines make: one, and behind a heading that doesn't toggle those that were indented below it.
fn block(lines: &[&str]) -> Vec<Value> {
    let Some((first, rest)) = lines.split_first() else { return Vec::new() };
    if let Some(fenced) = fenced(first, rest, lines) {
        return fenced.into_iter().collect();
    }
    if let Some((tag, after)) = tag::open(first)
        && let Some(block) = tagged(&tag, after, inner(rest))
    {
        return vec![block];
    }
    if matches!(first.trim(), "---" | "***" | "___") {
        return vec![json!({"divider": {}})];
    }
    let mut made = line(first);
    let below = blocks(&unindented(rest));
    let kind = crate::handlers::append::kind_of(&made).to_owned();
    let takes_no_children = kind.starts_with("heading_") && !made.at(&kind).is_true("is_toggleable");
    if takes_no_children {
        return std::iter::once(made).chain(below).collect();
    }
    with_children(&mut made, below);
    vec![made]
}

/// What has an end of its own, on its line or on a later one.
fn fenced(first: &str, rest: &[&str], lines: &[&str]) -> Option<Option<Value>> {
    if let Some(info) = first.strip_prefix("```") {
        return Some(Some(code(info, inner(rest))));
    }
    if let Some(expression) = one_line_equation(first) {
        return Some(Some(json!({"equation": {"expression": expression}})));
    }
    if first.trim_end() == "$$" {
        return Some(Some(json!({"equation": {"expression": inner(rest).join("\n")}})));
    }
    let opens = |name: &str| tag::open(first).is_some_and(|(tag, _)| tag.name == name);
    if opens("table") {
        return Some(table::tagged(Version::Enhanced, &lines.join("\n")));
    }
    if first.starts_with('|') {
        return Some(table::piped(Version::Enhanced, lines));
    }
    if opens("callout") {
        return Some(Some(callout(first, inner(rest))));
    }
    opens("details").then(|| Some(details(first, inner(rest))))
}

fn unindented(lines: &[&str]) -> String {
    lines.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect::<Vec<&str>>().join("\n")
}

/// Media, columns, synced blocks and tables of contents, which have tags.
fn tagged(tag: &tag::Tag, after: &str, lines: &[&str]) -> Option<Value> {
    let below = || blocks(&unindented(lines));
    match tag.name.as_str() {
        kind @ ("audio" | "video" | "file" | "pdf") => {
            let caption =
                after.split_once(&format!("</{kind}>")).map(|(caption, _)| caption).unwrap_or_default();
            let media = json!({"external": {"url": tag.attribute("src")?}, "caption": runs(caption)});
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

/// Headings five and six are headings four.
const HEADINGS: [(&str, &str); 6] = [
    ("# ", "heading_1"),
    ("## ", "heading_2"),
    ("### ", "heading_3"),
    ("#### ", "heading_4"),
    ("##### ", "heading_4"),
    ("###### ", "heading_4"),
];

fn plain_line(line: &str) -> Value {
    let text = |kind: &str, text: &str| single(kind, json!({"rich_text": runs(text)}));
    for (mark, kind) in HEADINGS {
        if let Some(rest) = line.strip_prefix(mark) {
            return text(kind, rest);
        }
    }
    if let Some(rest) = line.strip_prefix('>') {
        return text("quote", rest.strip_prefix(' ').unwrap_or(rest));
    }
    for (mark, checked) in [("- [ ] ", false), ("- [x] ", true), ("- [X] ", true)] {
        if let Some(rest) = line.strip_prefix(mark) {
            return json!({"to_do": {"rich_text": runs(rest), "checked": checked}});
        }
    }
    for mark in ["- ", "* ", "+ "] {
        if let Some(rest) = line.strip_prefix(mark) {
            return item("bulleted_list_item", rest);
        }
    }
    if let Some((number, rest)) = line.split_once(". ")
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return item("numbered_list_item", rest);
    }
    let image = line
        .strip_prefix("![")
        .and_then(|rest| rest.split_once("]("))
        .and_then(|(caption, rest)| Some((caption, rest.strip_suffix(')')?)));
    if let Some((caption, url)) = image {
        return json!({"image": {"external": {"url": url}, "caption": runs(caption)}});
    }
    if line == "<empty-block/>" {
        return text("paragraph", "");
    }
    text("paragraph", line)
}

/// An item of a list holds text; another block is the child of an empty item.
fn item(kind: &str, rest: &str) -> Value {
    let made = plain_line(rest);
    if crate::handlers::append::kind_of(&made) == "paragraph" {
        return single(kind, json!({"rich_text": runs(rest)}));
    }
    single(kind, json!({"rich_text": [], "children": [made]}))
}

/// The language is the first word behind the fence.
fn code(info: &str, lines: &[&str]) -> Value {
    let text = lines.join("\n");
    let runs = if text.is_empty() { json!([]) } else { json!([{"text": {"content": text}}]) };
    json!({"code": {"rich_text": runs, "language": crate::schemas::blocks::language_of(info)}})
}

fn callout(open: &str, lines: &[&str]) -> Value {
    let tag = tag::open(open).map(|(tag, _)| tag);
    let attribute = |key: &str| tag.as_ref().and_then(|tag| tag.attribute(key)).map(str::to_owned);
    let (icon, color) = (attribute("icon"), attribute("color"));
    let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect();
    let (first, rest) = lines.split_first().map_or(("", Vec::new()), |(first, rest)| (*first, rest.to_vec()));
    let mut callout = json!({"callout": {"rich_text": runs(first)}});
    if let (Some(icon), Some(content)) = (icon, callout.get_mut("callout")) {
        put(content, "icon", icon_of(&icon));
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
    let mut toggle = json!({"toggle": {"rich_text": runs(summary), "color": color}});
    with_children(&mut toggle, blocks(&unindented(&rest)));
    toggle
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let found = units("<page url=\"https://app.notion.com/p/aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa\">X</page>");
        assert_eq!(found, [Unit::Reference("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa".to_owned())]);
    }
}
