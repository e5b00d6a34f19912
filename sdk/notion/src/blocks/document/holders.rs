//! Tags of blocks that hold blocks.

use serde_json::{Map, Value, json};

use super::read::{End, Open, Reader, TAB};
use crate::Error;
use crate::Object;
use crate::markdown::from_rich_text;
use crate::markdown::tag::{Shape, Tag};

/// Tags of blocks that hold blocks, and the types of these.
const HOLDERS: [(&str, &str); 19] = [
    ("p", "paragraph"),
    ("h1", "heading_1"),
    ("h2", "heading_2"),
    ("h3", "heading_3"),
    ("h4", "heading_4"),
    ("quote", "quote"),
    ("toggle", "toggle"),
    ("li", "bulleted_list_item"),
    ("todo", "to_do"),
    ("synced-block", "synced_block"),
    ("synced-block-reference", "synced_block"),
    ("details", "toggle"),
    ("callout", "callout"),
    ("columns", "column_list"),
    ("column", "column"),
    ("tabs", "tab"),
    ("template", "template"),
    ("synced_block", "synced_block"),
    ("synced_block_reference", "synced_block"),
];

/// The tag of one of several tabs, whose type is a paragraph's.
const TAB_TAG: &str = "tab";

/// Tags whose first line of text is the block's own.
const TITLED: [&str; 10] = ["p", "h1", "h2", "h3", "h4", "quote", "toggle", "li", "todo", TAB_TAG];

impl<'text> Reader<'text> {
    /// The start or end of a block that holds blocks; answers with the rest of the line.
    pub(super) fn structure(
        &mut self,
        indent: usize,
        text: &'text str,
        tag: &Tag<'text>,
    ) -> Result<&'text str, Error> {
        let rest = text.get(tag.end..).unwrap_or_default().trim_start();
        if tag.name == "summary" {
            return self.summary(indent, text, rest);
        }
        if let Some(list) = list_of(tag) {
            self.leave(indent)?;
            match tag.shape {
                Shape::Opening => self.lists.push(list),
                _ => {
                    self.lists.pop();
                }
            }
            return Ok(rest);
        }
        let Some((name, kind)) = holder_of(tag.name) else { return Ok(rest) };
        let kind = match name {
            "li" => self.lists.last().copied().unwrap_or(kind),
            _ => kind,
        };
        match tag.shape {
            Shape::Closing => self.end(indent, name)?,
            _ => self.holder(indent, tag, name, kind)?,
        }
        Ok(rest)
    }

    fn holder(
        &mut self,
        indent: usize,
        tag: &Tag<'text>,
        name: &'static str,
        kind: &str,
    ) -> Result<(), Error> {
        self.leave(indent)?;
        let level = tag.attribute("heading").filter(|_| name == "toggle");
        let heading = level.and_then(|level| holder_of(level).filter(|(level, _)| level.starts_with('h')));
        let kind = self.kind(heading.map_or(kind, |(_, heading)| heading))?;
        let mut members = Map::new();
        if heading.is_some() {
            members.insert("toggle".to_owned(), true.into());
        }
        for (key, value) in &tag.attributes {
            let (member, value) = match (*key, name) {
                ("url", "synced_block" | "synced-block") => continue,
                ("heading", "toggle") if heading.is_some() => continue,
                ("checked", "todo") => {
                    if value == "true" {
                        members.insert("checked".to_owned(), true.into());
                    }
                    continue;
                }
                ("ratio", "column") => ("width", share(value)),
                ("url", _) => ("synced_from", mirrored(value)),
                ("width", _) => {
                    ("width", value.parse::<f64>().map_or_else(|_| json!(value), |width| json!(width)))
                }
                (other, _) => (other, json!(value)),
            };
            if kind.members.iter().any(|known| known.name == member) {
                members.insert(member.to_owned(), value);
            } else {
                self.note(&format!("`{key}` of `<{name}>` was left out"));
            }
        }
        self.push(kind, members, End::Tag(name))?;
        if tag.shape == Shape::Empty {
            self.close()?;
        }
        Ok(())
    }

    /// The line of a toggle that is always seen.
    fn summary(&mut self, indent: usize, text: &'text str, rest: &'text str) -> Result<&'text str, Error> {
        let toggle = self.open.last_mut().filter(|open| {
            open.end == End::Tag("details") && open.children.is_empty() && !open.members.contains_key("text")
        });
        let (Some(toggle), Some((words, after))) = (toggle, rest.split_once("</summary>")) else {
            self.note("`<summary>` was kept as its text");
            self.leave(indent)?;
            self.text_block("paragraph", text, Map::new(), indent + TAB)?;
            return Ok("");
        };
        if !words.is_empty() {
            toggle.members.insert("text".to_owned(), words.into());
        }
        Ok(after.trim_start())
    }

    /// Ends the innermost block of this tag, and what is open in it.
    pub(super) fn end(&mut self, indent: usize, name: &str) -> Result<(), Error> {
        let is_it = |open: &Open| matches!(open.end, End::Tag(own) if own == name);
        if !self.open.iter().any(is_it) {
            self.note(&format!("`</{name}>` ends nothing and was kept as its text"));
            self.leave(indent)?;
            return self.text_block("paragraph", &format!("\\</{name}>"), Map::new(), indent + TAB);
        }
        while let Some(open) = self.open.last() {
            let found = is_it(open);
            if let (End::Tag(other), false) = (&open.end, found) {
                let (other, line) = (*other, open.line);
                self.note_at(line, &format!("`<{other}>` has no end and was ended with `</{name}>`"));
            }
            self.close()?;
            if found {
                break;
            }
        }
        Ok(())
    }
}

/// The block that a link to it or an id names: Notion links to a block as to a page.
fn mirrored(link: &str) -> Value {
    Object::Anything.find(link).map_or_else(|_| json!(link), |id| json!(id))
}

/// A share of the width, of its percentage.
fn share(percent: &str) -> Value {
    match percent.trim_end_matches('%').parse::<f64>() {
        Ok(percent) => json!(percent / 100.0),
        Err(_) => json!(percent),
    }
}

/// The name of a tag of a block that holds blocks, and the block's type.
fn holder_of(name: &str) -> Option<(&'static str, &'static str)> {
    if name == TAB_TAG {
        return Some((TAB_TAG, "paragraph"));
    }
    HOLDERS.into_iter().find(|(known, _)| *known == name)
}

/// The type of item in a list by tags.
fn list_of(tag: &Tag<'_>) -> Option<&'static str> {
    match (tag.name, tag.shape) {
        (_, Shape::Empty) => None,
        ("ul", _) => Some("bulleted_list_item"),
        ("ol", _) => Some("numbered_list_item"),
        _ => None,
    }
}

/// True for the start or end of a block that holds blocks, and for the line of a toggle that is always seen.
pub(super) fn is_structure(tag: &Tag<'_>) -> bool {
    let is_holder = holder_of(tag.name).is_some() || list_of(tag).is_some();
    is_holder || tag.name == "summary" && tag.shape == Shape::Opening
}

/// True for a block whose first line of text is its own.
pub(super) fn has_text(open: &Open) -> bool {
    matches!(open.kind.name, "callout" | "template")
        || matches!(open.end, End::Tag(name) if TITLED.contains(&name))
}

/// In Notion's markdown the first line in a callout is the callout's own text.
pub(super) fn take_text(holder: &mut Open) {
    let is_plain = holder.children.first().is_some_and(|first| {
        let body = first.get("paragraph").and_then(Value::as_object);
        body.is_some_and(|body| body.keys().all(|key| key == "rich_text"))
    });
    if is_plain && !holder.members.contains_key("text") {
        let first = holder.children.remove(0);
        let elements = first.pointer("/paragraph/rich_text").unwrap_or(&Value::Null);
        let verbatim = elements.pointer("/0/verbatim").and_then(Value::as_str);
        let text = verbatim.map_or_else(|| from_rich_text(elements), str::to_owned);
        if !text.is_empty() {
            holder.members.insert("text".to_owned(), text.into());
        }
    }
}
