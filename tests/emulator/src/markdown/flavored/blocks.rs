//! Blocks that are written as tags, and quotes: what has a text and children.

use serde_json::{Value, json};

use crate::identifiers::id_of_url;
use crate::json::{Peek, put, single};
use crate::markdown::flavored::body::Body;
use crate::markdown::flavored::lines::{self, Item, ItemKind, Start};
use crate::markdown::flavored::lists;
use crate::markdown::flavored::parse::{joined, of_lines, paragraph, runs};
use crate::markdown::icon::icon_of;
use crate::markdown::tag::{self, Tag};
use crate::markdown::{Unit, Version, table};

fn children_of(lines: &[&str]) -> Vec<Value> {
    of_lines(lines)
        .into_iter()
        .filter_map(|unit| match unit {
            Unit::Block(block) => Some(block),
            // A page can't be moved by naming it inside of a block.
            Unit::Reference(_) => None,
        })
        .collect()
}

/// The text is the first paragraph, with the blanks at its ends; `<p />` is an empty one. What begins with another block
/// has no text.
pub(super) fn body(lines: &[&str]) -> Body {
    let no_text = |lines: &[&str]| Body { text: json!([]), children: children_of(lines) };
    let Some(first) = lines.first() else { return no_text(lines) };
    if tag::open(first.trim())
        .is_some_and(|(tag, after)| tag.name == "p" && tag.is_closed && after.is_empty())
    {
        return no_text(lines.get(1..).unwrap_or_default());
    }
    let is_table = lines.get(1).is_some_and(|line| table::divides(line));
    if lines::start(first) != Start::Text || is_table || first.trim_start().starts_with("![") {
        return no_text(lines);
    }
    let end = lines::paragraph_end(lines, 0);
    let text = lines.get(..end).unwrap_or_default();
    let text = if end == 1 { text.concat() } else { ends_kept(text) };
    Body { text: runs(&text), children: children_of(lines.get(end..).unwrap_or_default()) }
}

/// Lines without the blanks between them, but with those at the ends of the whole.
fn ends_kept(lines: &[&str]) -> String {
    let first = lines.first().copied().unwrap_or_default();
    let last = lines.last().copied().unwrap_or_default();
    let before = first.get(..first.len() - first.trim_start().len()).unwrap_or_default();
    let behind = last.get(last.trim_end().len()..).unwrap_or_default();
    format!("{before}{}{behind}", joined(lines))
}

/// An item of a list, with the lines that belong to it.
pub(super) fn item(item: Item, rest: &[&str]) -> Value {
    let kind = item.kind;
    lists::made(kind, body(&lists::lines(item, rest)))
}

/// Quoted lines are one quote.
pub(super) fn quote(lines: &[&str]) -> Value {
    let inner: Vec<&str> = lines
        .iter()
        .map(|line| line.trim_start().trim_start_matches('>'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    filled("quote", &body(&inner), json!({}))
}

fn filled(kind: &str, body: &Body, mut content: Value) -> Value {
    put(&mut content, "rich_text", body.text.clone());
    if !body.children.is_empty() {
        put(&mut content, "children", Value::from(body.children.clone()));
    }
    single(kind, content)
}

/// Reads the lines of one tag; what is none after all is a paragraph.
pub(super) fn read(lines: &[&str], found: &mut Vec<Unit>) {
    if !tagged(lines, found) {
        found.push(Unit::Block(paragraph(lines)));
    }
}

fn tagged(lines: &[&str], found: &mut Vec<Unit>) -> bool {
    let text = lines.join("\n");
    let text = text.trim();
    let Some((tag, after)) = tag::open(text) else { return false };
    if lines::tag_end(lines, 0) != Some(lines.len()) {
        return false;
    }
    let inner =
        if tag.is_closed { "" } else { after.strip_suffix(&format!("</{}>", tag.name)).unwrap_or(after) };
    // The line breaks beside the tags are no part of what is in between.
    let inner = inner.strip_prefix('\n').unwrap_or(inner);
    let inner = inner.strip_suffix('\n').unwrap_or(inner);
    let inner: Vec<&str> = if inner.is_empty() { Vec::new() } else { inner.split('\n').collect() };
    match tag.name.as_str() {
        "ul" | "ol" => {
            let kind = if tag.name == "ul" { ItemKind::Bulleted } else { ItemKind::Numbered };
            found.extend(
                elements(&inner, "li")
                    .into_iter()
                    .map(|(tag, body)| Unit::Block(colored(lists::made(kind, body), &tag))),
            );
            return true;
        }
        "page" | "database" | "unknown" => {
            let Some(url) = tag.attribute("url") else { return false };
            found.push(Unit::Reference(id_of_url(url)));
            return true;
        }
        _ => {}
    }
    let Some(block) = block(&tag, &inner, text) else { return false };
    found.push(Unit::Block(colored(block, &tag)));
    true
}

fn colored(mut block: Value, tag: &Tag) -> Value {
    let kind = crate::handlers::append::kind_of(&block).to_owned();
    // Pictures, equations and tables have no color in the API.
    let takes_color = block.at(&kind).has("rich_text") || kind == "table_of_contents";
    if let (Some(color), Some(content), true) = (tag.attribute("color"), block.get_mut(&kind), takes_color) {
        put(content, "color", json!(tag::color_of(color)));
    }
    block
}

fn block(tag: &Tag, inner: &[&str], whole: &str) -> Option<Value> {
    let text = || inner.join("\n");
    Some(match tag.name.as_str() {
        "p" => filled("paragraph", &body(inner), json!({})),
        "quote" => filled("quote", &body(inner), json!({})),
        "h1" => heading(1, body(inner), false),
        "h2" => heading(2, body(inner), false),
        "h3" => heading(3, body(inner), false),
        "h4" => heading(4, body(inner), false),
        "toggle" => match tag.attribute("heading") {
            None => filled("toggle", &body(inner), json!({})),
            Some(level) => heading(level.strip_prefix('h')?.parse().ok()?, body(inner), true),
        },
        "todo" => lists::made(ItemKind::Task(tag.attribute("checked") == Some("true")), body(inner)),
        "callout" => {
            let icon = tag.attribute("icon").map(icon_of);
            let content = icon.map_or_else(|| json!({}), |icon| json!({"icon": icon}));
            filled("callout", &body(inner), content)
        }
        "columns" => {
            let columns: Vec<Value> =
                raw_elements(inner, "column").iter().map(|(tag, inner)| column(tag, inner)).collect();
            json!({"column_list": {"children": columns}})
        }
        "tabs" => {
            let tabs = elements(inner, "tab").into_iter().map(|(tag, body)| {
                let icon = tag.attribute("icon").map(icon_of);
                let content = icon.map_or_else(|| json!({}), |icon| json!({"icon": icon}));
                filled("paragraph", &body, content)
            });
            json!({"tab": {"children": tabs.collect::<Vec<Value>>()}})
        }
        "equation" => json!({"equation": {"expression": text()}}),
        "table-of-contents" => json!({"table_of_contents": {}}),
        kind @ ("image" | "video" | "audio" | "file" | "pdf") => {
            single(kind, json!({"external": {"url": tag.attribute("source")?}, "caption": runs(&text())}))
        }
        kind @ ("bookmark" | "embed") => {
            single(kind, json!({"url": tag.attribute("source")?, "caption": runs(&text())}))
        }
        "synced-block" => json!({"synced_block": {"synced_from": null, "children": children_of(inner)}}),
        "synced-block-reference" => {
            let from = tag.attribute("url").map(id_of_url)?;
            json!({"synced_block": {"synced_from": {"type": "block_id", "block_id": from}}})
        }
        "table" => table::tagged(Version::Flavored, whole)?,
        _ => return None,
    })
}

/// A heading; one with children toggles.
fn heading(level: u8, body: Body, toggles: bool) -> Value {
    let is_toggleable = toggles || !body.children.is_empty();
    filled(&format!("heading_{}", level.clamp(1, 4)), &body, json!({"is_toggleable": is_toggleable}))
}

fn column(tag: &Tag, inner: &[&str]) -> Value {
    let mut content = json!({"children": children_of(inner)});
    // A percentage here, a part of one in the API.
    if let Some(ratio) =
        tag.attribute("ratio").and_then(|ratio| ratio.trim_end_matches('%').parse::<f64>().ok())
    {
        put(&mut content, "width_ratio", json!(ratio / 100.0));
    }
    json!({"column": content})
}

/// The elements of a name in a container, each with its lines.
fn raw_elements<'a>(lines: &[&'a str], name: &str) -> Vec<(Tag, Vec<&'a str>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let opened = tag::open(line.trim()).filter(|(tag, _)| tag.name == name);
        let end = opened.as_ref().and_then(|_| lines::tag_end(lines, at)).unwrap_or(at + 1);
        if let Some((tag, after)) = opened {
            let close = format!("</{name}>");
            let inner = match after.strip_suffix(close.as_str()) {
                // All of it on one line.
                Some(inner) if !inner.is_empty() => vec![inner],
                _ => lines.get(at + 1..end.saturating_sub(1)).unwrap_or_default().to_vec(),
            };
            found.push((tag, inner));
        }
        at = end;
    }
    found
}

fn elements(lines: &[&str], name: &str) -> Vec<(Tag, Body)> {
    raw_elements(lines, name).into_iter().map(|(tag, inner)| (tag, body(&inner))).collect()
}
